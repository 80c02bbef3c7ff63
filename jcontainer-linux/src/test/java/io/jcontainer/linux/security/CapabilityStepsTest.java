package io.jcontainer.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.run.ContainerPlansTest;
import org.junit.jupiter.api.Test;

class CapabilityStepsTest {
  private static final Capabilities SOME =
      Capabilities.none()
          .with(Capability.CHOWN, Capability.CHECKPOINT_RESTORE)
          .ambient(Capability.NET_RAW, Capability.BPF);

  @Test
  void root_has_what_is_granted_and_inherits_what_is_ambient() {
    assertThat(CapabilitySteps.words(SOME, true))
        .containsExactly(0x2001L, 0x2001L, 0x2000L, 0x180L, 0x180L, 0x80L);
  }

  @Test
  void others_have_what_is_ambient() {
    assertThat(CapabilitySteps.words(SOME, false))
        .containsExactly(0x2000L, 0x2000L, 0x2000L, 0x80L, 0x80L, 0x80L);
    assertThat(CapabilitySteps.words(Capabilities.defaults(), false)).containsOnly(0L);
  }

  @Test
  void a_capability_that_this_kernel_does_not_have_is_refused() {
    LaunchRequest old = ContainerPlansTest.requestWithLastCapability(37);
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("true")
            .capabilities(Capabilities.none().with(Capability.PERFMON))
            .build();
    LaunchRequest request =
        new LaunchRequest(
            spec, old.id(), old.host(), old.user(), old.idmapLayers(), old.joined(), old.sources());

    assertThatThrownBy(() -> CapabilitySteps.bound(request.process(), new Steps()))
        .isInstanceOfSatisfying(
            HostUnsupportedException.class, e -> assertThat(e.feature()).isEqualTo("CAP_PERFMON"));
  }
}
