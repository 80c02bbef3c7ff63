package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {
  @ParameterizedTest
  @CsvSource({"0, 80", "24, 0", "-1, 80", "24, -1", "65536, 80", "24, 65536"})
  void a_size_that_no_window_has_is_refused(int rows, int columns) {
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> new Terminal(rows, columns))
        .satisfies(failure -> assertThat(failure.field()).isEqualTo("terminal"))
        .withMessageContaining("from 1 to 65535");
  }

  @Test
  void the_greatest_size_is_that_of_the_kernel() {
    assertThat(new Terminal(65_535, 65_535).columns()).isEqualTo(65_535);
    assertThat(Terminal.DEFAULT).isEqualTo(new Terminal(24, 80));
  }

  @Test
  void there_is_none_by_default() {
    assertThat(ProcessSpec.of("sh").terminal()).isEmpty();
    assertThat(ContainerSpec.of("sh").process().terminal()).isEmpty();
  }

  @Test
  void a_copy_of_a_spec_has_the_same() {
    Terminal size = new Terminal(50, 132);
    ContainerSpec spec = ContainerSpec.builder().command("sh").terminal(size).build();

    assertThat(spec.toBuilder().build().process().terminal()).contains(size);
    assertThat(spec.process().toBuilder().build().terminal()).contains(size);
  }

  private static void assertRefused(String field, Consumer<ProcessSpec.Builder> change) {
    ProcessSpec.Builder builder = ProcessSpec.builder().command("sh").terminal(Terminal.DEFAULT);
    change.accept(builder);
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(builder::build)
        .satisfies(failure -> assertThat(failure.field()).isEqualTo(field))
        .withMessageContaining("terminal");
  }

  @Test
  void a_stream_that_leads_elsewhere_is_refused() {
    assertRefused("stdin", builder -> builder.stdin(Stdio.NULL));
    assertRefused("stdout", builder -> builder.stdout(Stdio.to(Path.of("/tmp/log"))));
    assertRefused("stderr", builder -> builder.stderr(Stdio.STDOUT));
  }
}
