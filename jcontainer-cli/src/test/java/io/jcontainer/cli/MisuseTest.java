package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MisuseTest {
  private final Trial trial = new Trial();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "fly",
        "--frobnicate",
        "run",
        "run --",
        "run --frobnicate -- true",
        "run --hostname",
        "run --hostname a --hostname b -- true",
        "run --hostname under_score -- true",
        "run --workdir relative -- true",
        "run --network bridge -- true",
        "run --timeout soon -- true",
        "run --timeout 0 -- true",
        "run --timeout -5s -- true",
        "run --rootfs= true",
        "run --read-only --writable -- true",
        "run --rootfs /base --writable --writable-in /kept -- true",
        "run --writable-in /kept -- true",
        "run --rootfs-fallback -- true",
        "run -e =value -- true",
        "run -e= -- true",
      })
  void a_wrong_call_exits_with_125_and_one_message(String line) {
    assertThat(trial.run(line.isEmpty() ? new String[0] : line.split(" "))).isEqualTo(125);

    assertThat(trial.runtime.started).isEmpty();
    assertThat(trial.out()).isEmpty();
    assertThat(trial.err())
        .startsWith("jcontainer: ")
        .doesNotContain("\tat ", "Exception", "internal error")
        .hasLineCount(trial.err().contains("\nSee '") ? 2 : 1);
  }

  @Test
  void an_unknown_option_is_named_with_the_place_of_help() {
    trial.run("run", "--frobnicate", "true");

    assertThat(trial.err())
        .isEqualTo("jcontainer: Unknown option: '--frobnicate'\nSee 'jcontainer run --help'.\n");
  }

  @Test
  void an_unknown_verb_is_named() {
    trial.run("fly", "--to", "moon");

    assertThat(trial.err())
        .isEqualTo("jcontainer: 'fly' is not a jcontainer command\nSee 'jcontainer --help'.\n");
  }

  @Test
  void a_wrong_duration_is_told_with_the_units() {
    trial.run("run", "--timeout", "soon", "--", "true");

    assertThat(trial.err()).contains("'--timeout'", "'soon'", "ms, s, m, h, d");
  }
}
