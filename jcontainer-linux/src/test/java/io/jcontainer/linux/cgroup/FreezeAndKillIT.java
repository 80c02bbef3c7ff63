package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real processes of v1 and v2, each where this machine has it. */
@LeakChecked
@Tag("cgroups")
@RequiresHost(Feature.ROOT)
@Timeout(120)
class FreezeAndKillIT {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String FORKS =
      "while :; do sh -c 'sleep 1000 & sleep 1000 &' & sh -c : ; done";

  private final Kernel kernel = new JnaKernel();

  private static TestCgroup cgroup(Version version) throws Exception {
    return TestCgroup.of(version, Controller.FREEZER);
  }

  private Freezer freezer(TestCgroup cgroup) {
    return Freezer.of(kernel, List.of(cgroup.directory())).orElseThrow();
  }

  private static boolean killed(Process process) throws InterruptedException {
    return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 128 + 9;
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void what_is_frozen_does_nothing_until_it_is_thawed(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      Process process = cgroup.start("", "trap 'exit 7' TERM; while :; do sleep 0.01; done");
      assertThat(Poll.until(LONG, () -> cgroup.pids().size() == 2)).isTrue();
      Freezer freezer = freezer(cgroup);
      assertThat(freezer.isFrozen()).isFalse();

      freezer.freeze(LONG);

      assertThat(freezer.isFrozen()).isTrue();
      List<Long> pids = cgroup.pids();
      process.destroy(); // SIGTERM, which it can handle only if it runs
      assertThat(process.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();
      assertThat(cgroup.pids()).isEqualTo(pids);

      freezer.thaw();

      assertThat(freezer.isFrozen()).isFalse();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(7);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void what_forks_all_the_time_is_frozen_whole(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      cgroup.start("", "while :; do sh -c : ; done");
      cgroup.start("below", "while :; do sh -c : ; done");
      assertThat(Poll.until(LONG, () -> cgroup.pids().size() >= 2)).isTrue();
      for (int i = 0; i < 20; i++) {
        freezer(cgroup).freeze(LONG);
        List<Long> frozen = cgroup.pids();
        assertThat(cgroup.pids()).isEqualTo(frozen);
        freezer(cgroup).thaw();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void an_empty_one_can_be_frozen(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      freezer(cgroup).freeze(LONG);
      assertThat(freezer(cgroup).isFrozen()).isTrue();
      freezer(cgroup).thaw();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void all_of_it_is_killed_also_below(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      Process one = cgroup.start("", "exec sleep 1000");
      Process two = cgroup.start("below/it", "exec sleep 1000");
      cgroup.awaitPids(2);

      assertThat(new Killer(kernel, List.of(cgroup.directory())).kill(LONG)).isTrue();

      assertThat(killed(one)).isTrue();
      assertThat(killed(two)).isTrue();
      cgroup.awaitPids(0);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void what_is_frozen_is_killed_and_dies(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      Process process = cgroup.start("", "exec sleep 1000");
      cgroup.awaitPids(1);
      freezer(cgroup).freeze(LONG);

      assertThat(new Killer(kernel, List.of(cgroup.directory())).kill(LONG)).isTrue();

      assertThat(killed(process)).isTrue();
      assertThat(freezer(cgroup).isFrozen()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void what_forks_all_the_time_is_killed(Version version) throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      Process bomb = cgroup.start("", FORKS);
      assertThat(Poll.until(LONG, () -> cgroup.pids().size() > 20)).isTrue();

      assertThat(new Killer(kernel, List.of(cgroup.directory())).kill(LONG)).isTrue();

      assertThat(killed(bomb)).isTrue();
      cgroup.awaitPids(0);
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void what_forks_all_the_time_is_killed_without_cgroup_kill(Version version) throws Exception {
    Kernel old = withoutCgroupKill();
    try (TestCgroup cgroup = cgroup(version)) {
      Process bomb = cgroup.start("", FORKS);
      assertThat(Poll.until(LONG, () -> cgroup.pids().size() > 100)).isTrue(); // several batches

      assertThat(new Killer(old, List.of(cgroup.directory())).kill(LONG)).isTrue();

      assertThat(killed(bomb)).isTrue();
      cgroup.awaitPids(0);
    }
  }

  /** As it was before Linux 5.14. */
  private Kernel withoutCgroupKill() {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("writeFile")
                  && ((Path) arguments[0]).endsWith("cgroup.kill")) {
                throw new SyscallException("open(cgroup.kill)", Errno.ENOENT);
              }
              try {
                return method.invoke(kernel, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void a_killed_one_that_nobody_has_waited_for_is_no_process_any_more(Version version)
      throws Exception {
    try (TestCgroup cgroup = cgroup(version)) {
      // Its child's end is waited for by nobody as long as it is stopped.
      Process parent = cgroup.start("", "sleep 1000 & kill -STOP $$");
      assertThat(Poll.until(LONG, () -> ProcFs.stat(parent.pid()).orElseThrow().state() == 'T'))
          .isTrue();
      cgroup.awaitPids(2);

      assertThat(new Killer(withoutCgroupKill(), List.of(cgroup.directory())).kill(LONG)).isTrue();

      assertThat(killed(parent)).isTrue();
    }
  }

  private ProcessCgroup guest(TestCgroup container) {
    return ProcessCgroup.make(kernel, List.of(container.directory()), "1").orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void a_further_process_is_killed_with_all_that_came_from_it_and_nothing_else(Version version)
      throws Exception {
    try (TestCgroup container = cgroup(version)) {
      Process first = container.start("", "exec sleep 1000");
      ProcessCgroup guest = guest(container);
      Process further = container.start("exec-1", FORKS);
      assertThat(Poll.until(LONG, () -> container.pids().size() > 20)).isTrue();
      assertThat(guest.removeIfEmpty()).isFalse();

      guest.kill(LONG);

      assertThat(killed(further)).isTrue();
      container.awaitPids(1);
      assertThat(first.isAlive()).isTrue();
      assertThat(Poll.until(LONG, guest::removeIfEmpty)).isTrue();
      assertThat(guest.removeIfEmpty()).isTrue();
    }
  }

  /** With nothing but a {@link Killer} it would stay, on v1, until the container is thawed. */
  @ParameterizedTest
  @EnumSource(Version.class)
  void a_further_process_in_a_frozen_container_is_killed_and_the_container_stays_frozen(
      Version version) throws Exception {
    try (TestCgroup container = cgroup(version)) {
      Process first = container.start("", "trap 'exit 7' TERM; while :; do sleep 0.01; done");
      ProcessCgroup guest = guest(container);
      Process further = container.start("exec-1", "while :; do sleep 0.01; done");
      assertThat(Poll.until(LONG, () -> container.pids().size() == 4)).isTrue();
      freezer(container).freeze(LONG);
      assertThat(guest.isHeld()).isEqualTo(version == Version.V1);

      guest.kill(LONG);

      assertThat(killed(further)).isTrue();
      container.awaitPids(2);
      assertThat(freezer(container).isFrozen()).isTrue();
      first.destroy(); // SIGTERM, which it can handle only if it runs
      assertThat(first.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();
      guest.remove();
    }
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void one_that_is_removed_is_gone(Version version) throws Exception {
    CgroupDirectory directory;
    try (TestCgroup cgroup = cgroup(version)) {
      directory = cgroup.directory();
    }
    Freezer freezer = Freezer.of(kernel, List.of(directory)).orElseThrow();

    assertThatThrownBy(() -> freezer.freeze(LONG)).isInstanceOf(ContainerGoneException.class);
    assertThat(freezer.isFrozen()).isFalse();
    assertThat(new Killer(kernel, List.of(directory)).kill(LONG)).isTrue();
  }
}
