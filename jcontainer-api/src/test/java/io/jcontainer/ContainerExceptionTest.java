package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LaunchPlan.Step;
import org.junit.jupiter.api.Test;

class ContainerExceptionTest {
  private static final Step STEP = new Step(Actor.CONTAINER, "chdir(\"/x\")", "as the spec says");

  @Test
  void a_failed_start_names_the_call_its_errno_the_cure_and_the_step() {
    StartFailedException e =
        new StartFailedException(STEP, "ENOENT", "No such file or directory", "Make it", null);

    assertThat(e)
        .hasMessage(
            """
            start failed: chdir("/x"): No such file or directory (ENOENT). Make it
              step: container  chdir("/x")  # as the spec says""");
    assertThat(e.step()).isEqualTo(STEP);
    assertThat(e.errno()).isEqualTo("ENOENT");
    assertThat(e.hint()).contains("Make it");
  }

  @Test
  void a_failed_start_without_a_known_cure_does_not_make_one_up() {
    StartFailedException e =
        new StartFailedException(STEP, "EIO", "Input/output error", null, new Exception("below"));

    assertThat(e)
        .hasMessageStartingWith("start failed: chdir(\"/x\"): Input/output error (EIO)\n")
        .hasRootCauseMessage("below");
    assertThat(e.hint()).isEmpty();
  }

  @Test
  void what_the_host_cannot_do_is_named_with_the_reason() {
    HostUnsupportedException e = new HostUnsupportedException("overlay", "no module", null);

    assertThat(e).hasMessage("overlay cannot be had here: no module");
    assertThat(e.feature()).isEqualTo("overlay");
  }

  @Test
  void without_a_backend_a_runtime_says_what_to_add() {
    assertThatThrownBy(ContainerRuntime::create)
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("io.jcontainer:jcontainer-linux");
  }
}
