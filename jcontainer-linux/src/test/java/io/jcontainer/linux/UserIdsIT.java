package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStatus;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which ids of the host a container's ids are. */
@Timeout(60)
class UserIdsIT extends WithRuntime {
  private final long uid = ProcFs.status(ProcFs.ownPid()).uids().get(1);
  private final long gid = ProcFs.status(ProcFs.ownPid()).gids().get(1);

  /** All that an ordinary user may map without being granted anything. */
  private IdMapping single() {
    return new IdMapping(List.of(new Range(0, uid, 1)), List.of(new Range(0, gid, 1)));
  }

  private static ContainerSpec with(IdMapping ids, String... command) {
    return ContainerSpec.builder().command(command).namespaces(ns -> ns.ids(ids)).build();
  }

  private static List<String> words(String line) {
    return List.of(line.strip().split("\\s+"));
  }

  private static long subordinateId(String file) throws IOException {
    String name = System.getProperty("user.name");
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> Long.valueOf(line.split(":", -1)[1]))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void the_hosts_root_is_nobody_inside_by_default() {
    assertThat(words(run(ContainerSpec.of("cat", "/proc/self/uid_map")).expectedOut()))
        .element(1)
        .isNotEqualTo("0");
    try (Container container = waiting()) {
      assertThat(ProcFs.status(container.pid()).uids()).doesNotContain(0L);
      assertThat(ProcFs.status(container.pid()).gids()).doesNotContain(0L);
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void root_gives_any_ids_to_a_container_of_its_own() {
    IdMapping ids =
        new IdMapping(
            List.of(new Range(0, 500_000, 10), new Range(1000, 600_000, 1)),
            List.of(new Range(0, 700_000, 10)));
    try (Container container = runtime.start(with(ids, "cat"))) {
      assertThat(ProcFs.status(container.pid()).uids()).containsOnly(500_000L);
      assertThat(ProcFs.status(container.pid()).gids()).containsOnly(700_000L);
      assertThat(ProcFs.namespace(container.pid(), "user")).isNotEqualTo(namespaceOfTheRuntime());
    }
    assertThat(
            run(with(ids, "cat", "/proc/self/uid_map")).expectedOut().lines().map(it -> words(it)))
        .containsExactly(List.of("0", "500000", "10"), List.of("1000", "600000", "1"));
  }

  private String namespaceOfTheRuntime() {
    try (Container container = waiting()) {
      return ProcFs.namespace(container.pid(), "user");
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_process_of_a_container_can_become_each_mapped_user() {
    String script =
        "setpriv --reuid=9 --regid=8 --clear-groups"
            + " sh -c 'id -u; id -g; grep CapEff /proc/self/status'";

    assertThat(run(with(IdMapping.range(500_000, 10), "sh", "-c", script)).expectedOut())
        .isEqualTo("9\n8\nCapEff:\t0000000000000000\n");
  }

  @Test
  void a_single_id_denies_setgroups_to_an_ordinary_user() {
    // Else it could drop a group by which a file denies him access: CVE-2014-8989.
    String expected = Feature.ROOT.available() ? "allow\n" : "deny\n";

    assertThat(run(with(single(), "cat", "/proc/self/setgroups")).expectedOut())
        .isEqualTo(expected);
  }

  @Test
  void a_single_id_is_root_inside_and_the_jvms_user_outside() {
    try (Container container = runtime.start(with(single(), "cat"))) {
      assertThat(ProcFs.status(container.pid()).uids()).containsOnly(uid);
    }
    ProcStatus inside =
        ProcStatus.parse(run(with(single(), "cat", "/proc/self/status")).expectedOut());
    assertThat(inside.uids()).containsOnly(0L);
    assertThat(inside.gids()).containsOnly(0L);
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.SUBORDINATE_IDS})
  void an_ordinary_user_has_its_own_id_and_the_granted_ones_by_default() throws IOException {
    Finished finished =
        sh("cat /proc/self/uid_map /proc/self/setgroups; grep Groups /proc/self/status");
    List<String> lines = finished.expectedOut().lines().toList();

    assertThat(words(lines.get(0))).containsExactly("0", Long.toString(uid), "1");
    assertThat(words(lines.get(1)))
        .containsExactly("1", Long.toString(subordinateId("/etc/subuid")), "65536");
    assertThat(lines.get(2)).isEqualTo("allow");
    assertThat(words(lines.get(3))).containsExactly("Groups:");
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.SUBORDINATE_IDS})
  void a_container_whose_root_is_a_granted_id_can_be_killed_too() throws IOException {
    IdMapping ids =
        new IdMapping(
            List.of(new Range(0, subordinateId("/etc/subuid"), 100)),
            List.of(new Range(0, subordinateId("/etc/subgid"), 100)));
    try (Container container = runtime.start(with(ids, "cat"))) {
      assertThat(ProcFs.status(container.pid()).uids()).containsOnly(subordinateId("/etc/subuid"));
      container.kill();
      assertThat(container.waitFor().signal()).hasValue(Signal.KILL);
    }
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.SUBORDINATE_IDS})
  void a_container_whose_root_is_a_granted_id_can_open_its_streams_by_their_paths()
      throws IOException {
    IdMapping ids =
        new IdMapping(
            List.of(new Range(0, subordinateId("/etc/subuid"), 100)),
            List.of(new Range(0, subordinateId("/etc/subgid"), 100)));

    assertThat(run(with(ids, "sh", "-c", "echo x >/dev/stdout")).expectedOut()).isEqualTo("x\n");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void ids_that_nobody_granted_are_refused_with_advice() {
    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> run(with(IdMapping.range(0, 10), "true")))
        .withMessageContaining("/etc/subuid");
  }

  @Test
  void a_mapping_without_root_is_refused() {
    IdMapping ids = new IdMapping(List.of(new Range(1, uid, 1)), List.of(new Range(1, gid, 1)));

    assertThatThrownBy(() -> run(with(ids, "true"))).isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void a_runtime_with_chosen_ids_gives_them_to_all_its_containers() {
    try (ContainerRuntime other =
        ContainerRuntime.create(RuntimeOptions.defaults().withIds(single()))) {
      for (int i = 0; i < 2; i++) {
        assertThat(
                words(
                    Finished.of(other, ContainerSpec.of("cat", "/proc/self/uid_map"))
                        .expectedOut()))
            .containsExactly("0", Long.toString(uid), "1");
      }
    }
  }

  @Test
  void a_container_with_ids_of_its_own_can_share_all_with_another() {
    try (Container first = runtime.start(with(single(), "cat"))) {
      Namespace its = Namespace.of(first);
      ContainerSpec joining =
          ContainerSpec.builder()
              .command("cat", "/proc/self/uid_map")
              .namespaces(ns -> ns.user(its).network(its).pid(its).ipc(its).uts(its))
              .build();

      assertThat(words(run(joining).expectedOut())).containsExactly("0", Long.toString(uid), "1");
    }
  }

  @Test
  @RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
  void a_write_layer_works_with_a_single_id(@HostRootedTempDir Path directory) {
    ContainerSpec spec =
        with(single(), "sh", "-c", "echo x >/new && rm -r /home && mkdir /home/ && cat /new")
            .toBuilder()
            .rootfs(LayeredRootfs.directory(RootfsFixtures.busyboxRoot(directory.resolve("root"))))
            .build();

    assertThat(run(spec).expectedOut()).isEqualTo("x\n");
  }
}
