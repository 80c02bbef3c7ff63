package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SystemVerbTest {
  private final Trial trial = new Trial();

  @Test
  void what_was_swept_is_printed_a_path_a_line() {
    trial.runtime.swept =
        List.of(Path.of("/run/jcontainer/name-web"), Path.of("/run/jcontainer/x"));
    assertThat(trial.run("system", "sweep")).isZero();
    assertThat(trial.out()).isEqualTo("/run/jcontainer/name-web\n/run/jcontainer/x\n");
    assertThat(trial.runtime.closed).isTrue();
  }

  @Test
  void nothing_to_sweep_is_no_failure_and_prints_nothing() {
    assertThat(trial.run("system", "sweep")).isZero();
    assertThat(trial.out()).isEmpty();
  }

  @Test
  void another_task_and_none_are_misuse() {
    assertThat(trial.run("system", "prune")).isEqualTo(ExitCode.FAILED);
    assertThat(trial.err())
        .contains("'prune' is not a jcontainer system command", "'jcontainer system --help'");
    assertThat(trial.run("system")).isEqualTo(ExitCode.FAILED);
  }
}
