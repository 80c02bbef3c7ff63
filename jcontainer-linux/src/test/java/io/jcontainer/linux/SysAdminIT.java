package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a container with CAP_SYS_ADMIN, or with all capabilities, cannot undo. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class SysAdminIT extends WithRuntime {
  private static final Capabilities SYS_ADMIN = Capabilities.defaults().with(Capability.SYS_ADMIN);

  /** Tries each mount below /proc and /sys, and the read-only ones; says what it could do. */
  static final String UNDO =
      """
      n=0
      for point in $(busybox cut -d' ' -f5 /proc/self/mountinfo | grep -E '^/(proc|sys)/'); do
        n=$((n+1))
        busybox umount $point && echo "uncovered $point"
        busybox umount -l $point && echo "uncovered $point"
      done 2>/dev/null
      for point in $(busybox awk '$6 ~ /^ro/ {print $5}' /proc/self/mountinfo); do
        n=$((n+1))
        busybox mount -o remount,bind,rw $point && echo "writable $point"
        busybox mount -o remount,rw $point && echo "writable $point"
      done 2>/dev/null
      for point in /proc /sys /dev; do
        busybox umount -l $point && echo "uncovered $point"
      done 2>/dev/null
      test $n -gt 8 && echo tried
      """;

  private Path root = Path.of("/");

  /** The runtime keeps the user namespace that it makes for the first of these containers. */
  @BeforeAll
  void warmUp() {
    run(ContainerSpec.builder().command("true").capabilities(SYS_ADMIN).build()).expectedOut();
  }

  @BeforeEach
  void makeRoot(@HostRootedTempDir Path directory) {
    root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
  }

  private ContainerSpec.Builder spec(Capabilities capabilities, String script) {
    return ContainerSpec.builder()
        .rootfs(LayeredRootfs.directory(root))
        .capabilities(capabilities)
        .command("sh", "-c", script);
  }

  @Test
  void no_mask_can_be_unmounted_and_nothing_that_is_read_only_made_writable() {
    for (Capabilities capabilities : List.of(SYS_ADMIN, Capabilities.all())) {
      assertThat(run(spec(capabilities, UNDO).build()).out()).isEqualTo("tried\n");
    }
  }

  @Test
  void a_further_namespace_of_its_own_does_not_help() {
    String script = "busybox unshare -m sh -c '" + UNDO.replace("'", "'\\''") + "'";

    assertThat(run(spec(SYS_ADMIN, script).build()).out()).isEqualTo("tried\n");
  }

  @Test
  void a_read_only_root_stays_read_only() {
    String script = UNDO + "touch /x && echo written; touch /bin/x && echo written; :";
    assertThat(
            run(spec(SYS_ADMIN, script).rootfs(LayeredRootfs.directory(root).readOnly()).build())
                .out())
        .isEqualTo("tried\n");
  }

  @Test
  void a_directory_of_the_host_that_is_read_only_stays_read_only() throws IOException {
    Path data = Files.createDirectory(root.resolveSibling("data"));
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxrwxrwx"));
    String script =
        UNDO
            + "busybox mount -o remount,bind,rw /data 2>/dev/null && echo writable;"
            + "touch /data/x 2>/dev/null && echo written; :";

    assertThat(run(spec(SYS_ADMIN, script).mount(Mount.bind(data, "/data")).build()).out())
        .isEqualTo("tried\n");
    assertThat(data).isEmptyDirectory();
  }

  @Test
  void mounts_of_its_own_can_be_made_and_undone() {
    String script =
        "mkdir /m && mount -t tmpfs none /m && echo x >/m/x && cat /m/x && umount /m && ls /m";

    assertThat(run(spec(SYS_ADMIN, script).build()).expectedOut()).isEqualTo("x\n");
  }

  @Test
  void the_ids_are_those_of_every_other_container() {
    String script = "cat /proc/self/uid_map /proc/self/gid_map | busybox awk '{print $1, $3}'";

    assertThat(run(spec(SYS_ADMIN, script).build()).expectedOut())
        .isEqualTo(run(spec(Capabilities.defaults(), script).build()).expectedOut());
  }

  @Test
  void the_network_is_the_containers_to_configure() {
    Capabilities both = SYS_ADMIN.with(Capability.NET_ADMIN);

    assertThat(
            run(spec(both, "ip link set lo down && ip addr add 10.9.8.7/24 dev lo && ip addr")
                    .build())
                .expectedOut())
        .contains("10.9.8.7/24");
  }

  @Test
  void an_exec_can_have_what_the_container_has() {
    try (Container container = runtime.start(spec(SYS_ADMIN, "cat").build());
        ContainerProcess undo =
            container.exec(
                ProcessSpec.builder().command("sh", "-c", UNDO).capabilities(SYS_ADMIN).build())) {
      assertThat(undo.stdout().readText()).isEqualTo("tried\n");
    }
  }

  @Test
  void an_exec_cannot_have_it_in_a_container_that_was_started_without() {
    ProcessSpec undo =
        ProcessSpec.builder().command("sh", "-c", UNDO).capabilities(SYS_ADMIN).build();
    try (Container container = runtime.start(spec(Capabilities.defaults(), "cat").build())) {
      assertThatExceptionOfType(InvalidSpecException.class)
          .isThrownBy(() -> container.exec(undo).close())
          .satisfies(e -> assertThat(e.field()).isEqualTo("capabilities"));
    }
  }

  @Test
  void a_container_that_joins_the_user_namespace_of_another_is_locked_too() {
    try (Container first = runtime.start(spec(Capabilities.defaults(), "cat").build())) {
      ContainerSpec second =
          spec(SYS_ADMIN, UNDO).namespaces(ns -> ns.user(Namespace.of(first))).build();
      assertThat(run(second).out()).isEqualTo("tried\n");
    }
  }

  @Test
  void a_container_that_joins_the_mounts_of_another_cannot_undo_them() {
    try (Container first = runtime.start(spec(Capabilities.defaults(), "cat").build())) {
      ContainerSpec second =
          ContainerSpec.builder()
              .capabilities(SYS_ADMIN)
              .command("sh", "-c", UNDO)
              .namespaces(ns -> ns.mount(Namespace.of(first)).pid(Namespace.of(first)))
              .build();
      assertThat(run(second).out()).isEqualTo("tried\n");
    }
  }
}
