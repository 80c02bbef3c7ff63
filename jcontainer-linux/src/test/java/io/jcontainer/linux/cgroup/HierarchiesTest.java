package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.Controller.CPU;
import static io.jcontainer.linux.cgroup.Controller.CPUACCT;
import static io.jcontainer.linux.cgroup.Controller.CPUSET;
import static io.jcontainer.linux.cgroup.Controller.DEVICES;
import static io.jcontainer.linux.cgroup.Controller.FREEZER;
import static io.jcontainer.linux.cgroup.Controller.HUGETLB;
import static io.jcontainer.linux.cgroup.Controller.IO;
import static io.jcontainer.linux.cgroup.Controller.MEMORY;
import static io.jcontainer.linux.cgroup.Controller.PIDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HierarchiesTest {
  /** Each controller of v1 for itself, and a v2 that has none: a virtual machine. */
  private static final List<String> HYBRID =
      List.of(
          "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755",
          "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu",
          "33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct",
          "34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset",
          "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory",
          "36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices",
          "37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer",
          "38 31 0:35 / /sys/fs/cgroup/blkio rw,relatime - cgroup cgroup rw,blkio",
          "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids",
          "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd",
          "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw");

  private static final List<String> HYBRID_OWN =
      List.of(
          "9:name=systemd:/",
          "8:pids:/",
          "7:blkio:/",
          "6:freezer:/",
          "5:devices:/",
          "4:memory:/process_api/dd612f06",
          "3:cpuset:/",
          "2:cpuacct:/",
          "1:cpu:/",
          "0::/");

  /** Debian 12. */
  private static final List<String> V2 =
      List.of(
          "22 28 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw",
          "30 22 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot");

  /** Ubuntu 20.04, with systemd. */
  private static final List<String> SYSTEMD_HYBRID =
      List.of(
          "33 24 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755",
          "34 33 0:28 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate",
          "35 33 0:29 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd",
          "38 33 0:32 / /sys/fs/cgroup/rdma rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,rdma",
          "39 33 0:33 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,net_cls,net_prio",
          "40 33 0:34 / /sys/fs/cgroup/hugetlb rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,hugetlb",
          "41 33 0:35 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,cpu,cpuacct",
          "42 33 0:36 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,cpuset,clone_children",
          "46 33 0:40 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:23 - cgroup cgroup rw,memory");

  private static final List<String> SYSTEMD_HYBRID_OWN =
      List.of(
          "12:rdma:/",
          "11:hugetlb:/",
          "10:net_cls,net_prio:/",
          "8:cpu,cpuacct:/user.slice",
          "7:cpuset:/",
          "3:memory:/user.slice/user-1000.slice/session-1.scope",
          "1:name=systemd:/user.slice/user-1000.slice/session-1.scope",
          "0::/user.slice/user-1000.slice/session-1.scope");

  private static Hierarchies of(List<String> mounts, List<String> own, String... controllers)
      throws IOException {
    return Hierarchies.of(mounts, own, cgroup -> List.of(controllers));
  }

  private static Hierarchy at(Hierarchies hierarchies, Controller controller) {
    return hierarchies.of(controller).orElseThrow();
  }

  @Test
  void each_controller_is_looked_for_by_itself() throws IOException {
    Hierarchies found = of(HYBRID, HYBRID_OWN, "hugetlb");

    assertThat(at(found, MEMORY).ownDirectory())
        .isEqualTo(Path.of("/sys/fs/cgroup/memory/process_api/dd612f06"));
    assertThat(at(found, MEMORY).version()).isEqualTo(Version.V1);
    assertThat(at(found, CPU).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/cpu"));
    assertThat(at(found, IO).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/blkio"));
    assertThat(at(found, HUGETLB).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
    assertThat(at(found, HUGETLB).version()).isEqualTo(Version.V2);
  }

  @Test
  void the_freezer_is_that_of_v2_also_beside_v1() throws IOException {
    assertThat(at(of(HYBRID, HYBRID_OWN), FREEZER).version()).isEqualTo(Version.V2);
  }

  @Test
  void what_else_needs_no_controller_in_v2_is_left_to_v1_where_it_has_it() throws IOException {
    assertThat(at(of(HYBRID, HYBRID_OWN), CPUACCT).version()).isEqualTo(Version.V1);
    assertThat(at(of(HYBRID, HYBRID_OWN), DEVICES).version()).isEqualTo(Version.V1);
    assertThat(at(of(V2, List.of("0::/")), CPUACCT).version()).isEqualTo(Version.V2);
    assertThat(at(of(V2, List.of("0::/")), DEVICES).version()).isEqualTo(Version.V2);
  }

  @Test
  void without_v2_all_is_in_v1() throws IOException {
    List<String> mounts = HYBRID.stream().filter(line -> !line.contains("cgroup2")).toList();
    Hierarchies found = of(mounts, HYBRID_OWN);

    assertThat(at(found, FREEZER).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/freezer"));
    assertThat(at(found, CPUACCT).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/cpuacct"));
    assertThat(found.v2()).isEmpty();
    assertThat(found.of(HUGETLB)).isEmpty();
    assertThat(found.whyNot(HUGETLB))
        .isEqualTo("no hierarchy of cgroups with the controller hugetlb is mounted for this JVM");
    assertThat(found.all()).allMatch(each -> each.version() == Version.V1).hasSize(8);
  }

  @Test
  void v2_has_what_the_own_cgroup_has_got() throws IOException {
    String own = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u7.scope";
    List<Path> asked = new ArrayList<>();
    Hierarchies found =
        Hierarchies.of(
            V2,
            List.of("0::" + own),
            cgroup -> {
              asked.add(cgroup);
              return List.of("cpu", "memory", "pids", "rdma", "misc");
            });

    assertThat(asked).containsExactly(Path.of("/sys/fs/cgroup" + own));
    assertThat(found.all()).hasSize(1);
    assertThat(at(found, MEMORY).controllers())
        .containsExactlyInAnyOrder(CPU, MEMORY, PIDS, CPUACCT, FREEZER, DEVICES);
    assertThat(at(found, MEMORY).own()).isEqualTo(own);
    assertThat(found.of(IO)).isEmpty();
    assertThat(found.whyNot(IO))
        .startsWith("the controller io is not in /sys/fs/cgroup/user.slice/")
        .contains("run-u7.scope/cgroup.controllers");
  }

  @Test
  void several_controllers_share_a_hierarchy() throws IOException {
    Hierarchies found = of(SYSTEMD_HYBRID, SYSTEMD_HYBRID_OWN);

    assertThat(at(found, CPU).ownDirectory())
        .isEqualTo(Path.of("/sys/fs/cgroup/cpu,cpuacct/user.slice"));
    assertThat(at(found, CPU).controllers()).containsExactlyInAnyOrder(CPU, CPUACCT);
    assertThat(at(found, CPUACCT)).isEqualTo(at(found, CPU));
    assertThat(at(found, CPUSET).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/cpuset"));
    assertThat(at(found, HUGETLB).version()).isEqualTo(Version.V1);
    assertThat(found.of(PIDS)).isEmpty();
  }

  @Test
  void hierarchies_with_nothing_that_is_used_are_passed_over() throws IOException {
    assertThat(of(SYSTEMD_HYBRID, SYSTEMD_HYBRID_OWN).all())
        .extracting(each -> each.mountPoint().getFileName().toString())
        .containsExactlyInAnyOrder("hugetlb", "cpu,cpuacct", "cpuset", "memory", "unified");
  }

  @Test
  void in_a_container_with_a_cgroup_namespace_the_own_cgroup_is_the_root() throws IOException {
    List<String> mounts =
        List.of("1042 1041 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec - cgroup2 cgroup rw");
    Hierarchies found = of(mounts, List.of("0::/"), "memory");

    assertThat(at(found, MEMORY).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup"));
    assertThat(at(found, MEMORY).readOnly()).isTrue();
  }

  @Test
  void in_a_container_without_one_what_is_mounted_begins_at_its_cgroup() throws IOException {
    List<String> mounts =
        List.of(
            "740 739 0:30 /docker/4f2a /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory",
            "741 739 0:31 /docker/4f2a /sys/fs/cgroup/pids ro,nosuid - cgroup cgroup rw,pids");
    List<String> own = List.of("5:pids:/docker/4f2a/deeper", "4:memory:/docker/4f2a");
    Hierarchies found = of(mounts, own);

    assertThat(at(found, MEMORY).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/memory"));
    assertThat(at(found, PIDS).ownDirectory()).isEqualTo(Path.of("/sys/fs/cgroup/pids/deeper"));
  }

  @Test
  void what_begins_elsewhere_does_not_show_the_own_cgroup() throws IOException {
    List<String> mounts = List.of("3 2 0:2 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw");
    Hierarchies found = of(mounts, List.of("0::/docker/12"), "memory");

    assertThat(found.all()).isEmpty();
    assertThat(found.whyNot(FREEZER))
        .isEqualTo(
            "/sys/fs/cgroup shows the cgroup /docker/1 and what is below it, and this JVM is in"
                + " /docker/12; mount it again in the JVM's cgroup namespace");
  }

  @Test
  void a_cgroup_outside_of_the_namespace_is_not_below_its_root() throws IOException {
    List<String> mounts = List.of("3 2 0:2 / /sys/fs/cgroup rw - cgroup2 cgroup rw");

    assertThat(of(mounts, List.of("0::/..")).all()).isEmpty();
    assertThat(of(mounts, List.of("0::/../session-1.scope")).all()).isEmpty();
    assertThat(of(mounts, List.of("0::/..name")).all()).hasSize(1);
  }

  @Test
  void a_mount_from_outside_of_the_namespace_shows_what_is_named_from_there() throws IOException {
    List<String> above = List.of("3 2 0:2 /../.. /sys/fs/cgroup rw - cgroup2 cgroup rw");

    assertThat(of(above, List.of("0::/")).all()).isEmpty(); // nobody tells its name
    assertThat(of(above, List.of("0::/../../..")).all()).isEmpty();
    assertThat(of(above, List.of("0::/../../beside/x")).all())
        .extracting(Hierarchy::ownDirectory)
        .containsExactly(Path.of("/sys/fs/cgroup/beside/x"));
  }

  @Test
  void of_several_mounts_the_one_is_used_that_shows_the_own_cgroup_and_can_be_written_to()
      throws IOException {
    List<String> mounts =
        List.of(
            "3 2 0:2 /elsewhere /a rw - cgroup2 cgroup rw",
            "4 2 0:2 / /b ro,nosuid - cgroup2 cgroup rw",
            "5 2 0:2 / /c rw,nosuid - cgroup2 cgroup rw",
            "6 2 0:2 / /d rw,nosuid - cgroup2 cgroup rw");

    assertThat(of(mounts, List.of("0::/x")).all())
        .extracting(Hierarchy::ownDirectory)
        .containsExactly(Path.of("/c/x"));
  }

  @Test
  void of_two_mounts_at_one_place_the_later_counts() throws IOException {
    List<String> mounts =
        List.of(
            "3 2 0:2 / /sys/fs/cgroup rw - cgroup2 cgroup rw",
            "4 3 0:2 /x /sys/fs/cgroup rw - cgroup2 cgroup rw");

    assertThat(of(mounts, List.of("0::/x/y")).all())
        .extracting(Hierarchy::ownDirectory)
        .containsExactly(Path.of("/sys/fs/cgroup/y"));
  }

  @Test
  void blanks_and_backslashes_are_written_as_octal_numbers() throws IOException {
    List<String> mounts =
        List.of(
            "3 2 0:2 /a\\040b\\134c /mnt/c\\011g\\134\\040- rw master:1 propagate_from:2 - cgroup2 cgroup rw");

    assertThat(of(mounts, List.of("0::/a b\\c/d")).all())
        .extracting(Hierarchy::ownDirectory)
        .containsExactly(Path.of("/mnt/c\tg\\ -/d"));
  }

  @Test
  void a_colon_may_be_in_the_name_of_a_cgroup() throws IOException {
    assertThat(of(V2, List.of("0::/a:b:c")).all())
        .extracting(Hierarchy::own)
        .containsExactly("/a:b:c");
  }

  @Test
  void a_hierarchy_that_is_not_mounted_is_nowhere() throws IOException {
    Hierarchies found = of(V2, List.of("4:memory:/x", "0::/"));

    assertThat(found.of(MEMORY)).isEmpty();
    assertThat(of(List.of(), List.of("0::/")).all()).isEmpty();
    assertThat(of(List.of("garbage", ""), List.of("garbage", "")).all()).isEmpty();
  }

  @Test
  void where_nothing_is_mounted_that_is_what_is_said() throws IOException {
    assertThat(of(List.of(), List.of()).whyNot(IO))
        .isEqualTo("no hierarchy of cgroups with the controller blkio is mounted for this JVM");
  }

  @Test
  void a_cgroup_has_a_directory_if_it_is_below_what_is_mounted() throws IOException {
    List<String> mounts = List.of("3 2 0:2 /docker/1 /sys/fs/cgroup rw - cgroup2 cgroup rw");
    Hierarchy found = of(mounts, List.of("0::/docker/1/x")).all().get(0);

    Map<String, String> directories =
        Map.of(
            "/docker/1", "/sys/fs/cgroup",
            "/docker/1/y", "/sys/fs/cgroup/y",
            "/docker/1/..x", "/sys/fs/cgroup/..x");
    directories.forEach(
        (cgroup, directory) -> assertThat(found.directory(cgroup)).contains(Path.of(directory)));
    assertThat(found.directory("/docker/2")).isEmpty();
    assertThat(found.directory("/docker/1/../2")).isEmpty();
    assertThat(found.directory("/")).isEmpty();
  }

  @Test
  void this_jvm_is_in_what_is_found() throws IOException {
    for (Hierarchy hierarchy : Hierarchies.look().all()) {
      assertThat(hierarchy.ownDirectory().resolve("cgroup.procs"))
          .content()
          .contains(String.valueOf(ProcessHandle.current().pid()));
    }
  }
}
