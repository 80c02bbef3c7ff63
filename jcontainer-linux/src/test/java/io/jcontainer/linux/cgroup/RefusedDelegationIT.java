package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.CgroupLimits;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said where v2 is somebody else's, or in use: which cgroup, why, and what helps. */
@LeakChecked
@Tag("cgroups")
@RequiresHost(Feature.CGROUP_V2)
class RefusedDelegationIT {
  private static final CgroupLimits LIMITS = CgroupLimits.builder().pids(20).build();

  private final Kernel kernel = new JnaKernel();
  @TempDir Path directory;

  /** What comes of it; nothing is left then. */
  private AbstractThrowableAssert<?, ? extends Throwable> refusal(
      RuntimeOptions options, CgroupLimits limits) {
    try (Cgroups cgroups =
        new Cgroups(
            kernel,
            StateDirectory.at(directory.resolve("state"), kernel.effectiveUserId()),
            options,
            () -> "unused")) {
      return assertThatThrownBy(() -> cgroups.make("c1", limits))
          .isInstanceOf(HostUnsupportedException.class);
    }
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void a_parent_of_somebody_elses_is_cured_by_a_scope_that_is_delegated() {
    refusal(RuntimeOptions.defaults().withCgroupParent("/"), LIMITS)
        .hasMessageContaining("limits.pids")
        .hasMessageContaining("EACCES")
        .hasMessageContaining("systemd-run --user --scope -p Delegate=yes");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void a_parent_of_somebody_elses_that_is_not_there_is_named() {
    refusal(RuntimeOptions.defaults().withCgroupParent("/jcontainer-test"), LIMITS)
        .hasMessageContaining("/sys/fs/cgroup/jcontainer-test")
        .hasMessageContaining("Delegate=yes");
  }

  @Test
  void a_jvm_that_must_not_be_moved_is_in_the_way_itself() {
    refusal(RuntimeOptions.defaults(), LIMITS)
        .hasMessageContaining("limits.pids")
        .hasMessageContaining("has processes, " + ProcessHandle.current().pid())
        .hasMessageContaining("no internal processes")
        .hasMessageContaining("RuntimeOptions.withCgroupDelegation(true)");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void a_controller_that_was_not_delegated_is_named_with_the_unit_that_can() {
    refusal(
            RuntimeOptions.defaults().withCgroupDelegation(true),
            CgroupLimits.builder().pids(20).cpuset("0").build())
        .hasMessageContaining("limits.cpuset")
        .hasMessageContaining("has no controller cpuset")
        .hasMessageContaining("systemctl edit user@.service");
  }

  @Test
  void with_the_best_effort_all_of_it_is_told_and_nothing_is_limited() {
    CgroupLimits any = LIMITS.toBuilder().bestEffort().build();
    try (Cgroups cgroups =
        new Cgroups(
            kernel,
            StateDirectory.at(directory.resolve("state"), kernel.effectiveUserId()),
            RuntimeOptions.defaults(),
            () -> "unused")) {
      Cgroup group = cgroups.make("c1", any);
      assertThat(group.unenforced()).anyMatch(each -> each.startsWith("limits.pids cannot be"));
      group.remove();
    }
  }
}
