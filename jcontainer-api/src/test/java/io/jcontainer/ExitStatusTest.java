package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExitStatusTest {
  @Test
  void only_code_0_without_a_signal_is_success() {
    assertThat(ExitStatus.exited(0).isSuccess()).isTrue();
    assertThat(ExitStatus.exited(1).isSuccess()).isFalse();
    assertThat(ExitStatus.signaled(9).isSuccess()).isFalse();
  }

  @Test
  void a_signal_is_told_only_if_there_was_one() {
    assertThat(ExitStatus.exited(9).signal()).isEmpty();
    assertThat(ExitStatus.signaled(9).signal()).hasValue(Signal.KILL);
  }

  @Test
  void shells_make_one_number_of_code_and_signal() {
    assertThat(ExitStatus.exited(255).shellCode()).isEqualTo(255);
    assertThat(ExitStatus.signaled(9).shellCode()).isEqualTo(137);
    assertThat(ExitStatus.signaled(64).shellCode()).isEqualTo(192);
  }

  @Test
  void it_prints_how_it_ended() {
    assertThat(ExitStatus.exited(3)).hasToString("exited with 3");
    assertThat(ExitStatus.signaled(15)).hasToString("killed by signal 15");
    assertThat(new ExitStatus(0, 9, true)).hasToString("killed by signal 9 (timed out)");
    Optional<ByteSize> peak = Optional.of(ByteSize.ofMebibytes(1));
    assertThat(ExitStatus.signaled(9).withMemory(true, peak))
        .hasToString("killed by signal 9 (out of memory, at most 1048576 bytes of memory)");
    assertThat(new ExitStatus(0, 9, true).withMemory(true, Optional.empty()))
        .hasToString("killed by signal 9 (timed out, out of memory)");
  }

  @Test
  void without_cgroups_nothing_is_said_of_memory() {
    assertThat(ExitStatus.signaled(9).oomKilled()).isFalse();
    assertThat(ExitStatus.exited(0).peakMemory()).isEmpty();
    assertThat(ExitStatus.exited(3).withMemory(false, Optional.empty()))
        .isEqualTo(ExitStatus.exited(3));
  }

  @ParameterizedTest
  @CsvSource({"-1, 0", "256, 0", "0, -1", "0, 65"})
  void a_number_that_no_process_ends_with_is_refused(int code, int signal) {
    assertThatThrownBy(() -> new ExitStatus(code, signal, false))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
