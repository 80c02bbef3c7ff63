package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.HostReport.Finding;
import io.jcontainer.linux.cgroup.Hierarchies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CgroupProbeTest {
  private static final List<String> V2 =
      List.of("31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate");
  private static final List<String> V1 =
      List.of(
          "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro",
          "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct",
          "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
          "34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
          "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");

  private static Finding of(List<String> mounts, List<String> own, Predicate<Path> writable)
      throws IOException {
    return CgroupProbe.of(
        Hierarchies.of(
            mounts,
            own,
            cgroup ->
                cgroup.startsWith("/sys/fs/cgroup/unified") ? List.of() : List.of("cpu", "memory")),
        writable,
        false);
  }

  @Test
  void a_delegated_cgroup_of_v2_works() throws IOException {
    Path own = Path.of("/sys/fs/cgroup/user.slice/me");
    Finding finding = of(V2, List.of("0::/user.slice/me"), own::equals);

    assertThat(finding.works()).isTrue();
    assertThat(finding.title()).contains("v2 (cpu, cpuacct, devices, freezer, memory)");
  }

  @Test
  void one_that_is_not_delegated_is_cured_by_systemd() throws IOException {
    Finding finding = of(V2, List.of("0::/"), path -> false);

    assertThat(finding.cause()).contains("/sys/fs/cgroup cannot be written to");
    assertThat(finding.cure()).get().asString().contains("Delegate=yes");
  }

  @Test
  void each_hierarchy_of_v1_has_to_be_writable() throws IOException {
    List<String> own = List.of("9:name=systemd:/s", "4:memory:/m", "1:cpu,cpuacct:/c", "0::/");

    assertThat(of(V1, own, path -> path.toString().matches("/sys/fs/cgroup/(cpu/c|memory/m)")))
        .matches(Finding::works)
        .extracting(Finding::title)
        .asString()
        .contains("v1 (cpu, cpuacct, memory)");
    assertThat(of(V1, own, path -> path.endsWith("c")).cause())
        .contains("/sys/fs/cgroup/memory/m cannot be written to");
  }

  @Test
  void what_of_a_hierarchy_is_mounted_is_where_the_own_cgroup_is_looked_for() throws IOException {
    List<String> mounts = List.of("3 2 0:2 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw");

    assertThat(of(mounts, List.of("0::/docker/1/x"), Path.of("/sys/fs/cgroup/x")::equals).works())
        .isTrue();
    assertThat(of(mounts, List.of("0::/elsewhere"), path -> true).cause())
        .get()
        .asString()
        .startsWith("/sys/fs/cgroup shows the cgroup /docker/1");
  }

  @Test
  void a_host_without_cgroups_is_told_as_such() throws IOException {
    assertThat(of(List.of(), List.of(), path -> true).cause())
        .get()
        .asString()
        .startsWith("no hierarchy");
  }
}
