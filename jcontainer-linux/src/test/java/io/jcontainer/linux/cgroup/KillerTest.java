package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillerTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final FakeKernel kernel = new FakeKernel();
  @TempDir Path directory;

  @AfterEach
  void nothing_stays_open() {
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  private boolean kill(Version version) {
    CgroupDirectory own = new CgroupDirectory(version, Set.of(Controller.FREEZER), directory);
    return new Killer(kernel, List.of(own)).kill(LONG);
  }

  private void file(String name, String content) {
    try {
      Files.createDirectories(directory.resolve(name).getParent());
      Files.writeString(directory.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void v2_does_it_by_one_write_and_is_thawed() {
    file("cgroup.kill", "");
    file("cgroup.freeze", "1");
    file("cgroup.procs", "4711\n");

    assertThat(kill(Version.V2)).isTrue();

    assertThat(kernel.calls()).containsExactly("write cgroup.kill 1", "write cgroup.freeze 0");
  }

  @Test
  void a_cgroup_that_its_owner_removes_right_behind_that_had_all_of_it_killed() {
    file("cgroup.kill", "");
    file("cgroup.freeze", "1");
    kernel.onWrite(killed -> directory.resolve("cgroup.freeze").toFile().delete());

    assertThat(kill(Version.V2)).isTrue();

    assertThat(kernel.calls()).containsExactly("write cgroup.kill 1", "write cgroup.freeze 0");
  }

  @Test
  void before_linux_5_14_they_are_killed_one_by_one_while_they_are_frozen() {
    int one = kernel.newChild();
    int two = kernel.newChild();
    file("cgroup.freeze", "0");
    file("cgroup.procs", one + "\n");
    file("below/cgroup.procs", two + "\n");
    kernel.onWrite(
        freeze -> {
          if (kernel.calls().contains("signal " + two + " 9")) {
            file("cgroup.procs", "");
            file("below/cgroup.procs", "");
          }
        });

    assertThat(kill(Version.V2)).isTrue();

    assertThat(kernel.calls())
        .containsExactly(
            "write cgroup.kill 1",
            "write cgroup.freeze 1",
            "signal " + one + " 9",
            "signal " + two + " 9",
            "write cgroup.freeze 0",
            "write cgroup.freeze 1",
            "write cgroup.freeze 0");
  }

  @Test
  void v1_kills_then_thaws() {
    int pid = kernel.newChild();
    file("freezer.state", "FROZEN");
    file("cgroup.procs", pid + "\n");
    kernel.onWrite(
        state -> {
          if (kernel.calls().contains("signal " + pid + " 9")) {
            file("cgroup.procs", "");
          }
        });

    assertThat(kill(Version.V1)).isTrue();

    assertThat(kernel.calls())
        .startsWith(
            "write freezer.state FROZEN", "signal " + pid + " 9", "write freezer.state THAWED");
    assertThat(kernel.calls()).endsWith("write freezer.state THAWED");
  }

  @Test
  void one_that_is_no_longer_listed_when_it_could_be_killed_is_somebody_else() {
    int pid = kernel.newChild();
    file("freezer.state", "THAWED");
    file("cgroup.procs", pid + "\n");
    kernel.onPidfd(opened -> file("cgroup.procs", ""));

    assertThat(kill(Version.V1)).isTrue();

    assertThat(kernel.calls()).doesNotContain("signal " + pid + " 9");
  }

  @Test
  void those_of_another_pid_namespace_are_out_of_reach_and_no_process_0_is_killed() {
    file("freezer.state", "THAWED");
    file("cgroup.procs", "0\n");

    assertThat(kill(Version.V1)).isTrue();

    assertThat(kernel.calls()).noneMatch(call -> call.startsWith("signal"));
  }

  @Test
  void what_fails_on_the_way_leaves_it_thawed() {
    file("freezer.state", "THAWED");
    file("cgroup.procs", kernel.newChild() + "\n");
    kernel.failNext("pidfd_send_signal", Errno.EPERM);

    assertThatThrownBy(() -> kill(Version.V1))
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("EPERM");
    assertThat(kernel.calls()).endsWith("write freezer.state THAWED");
  }

  @Test
  void a_cgroup_that_is_gone_has_nobody_to_kill() throws IOException {
    Files.delete(directory);

    assertThat(kill(Version.V1)).isTrue();
    assertThat(kill(Version.V2)).isTrue();
  }
}
