package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.StartFailedException;
import io.jcontainer.User;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.ProcStatus;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As whom a container's first process runs: users by name and number, and the five sets. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class IdentityIT extends WithRuntime {
  private static final long DOCKERS = 0xa80425fbL;
  private static final String STATUS = "cat /proc/self/status; echo HOME: $HOME";

  private Path root = Path.of("/");

  @BeforeEach
  void makeRoot(@HostRootedTempDir Path directory) throws IOException {
    root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    Files.writeString(
        root.resolve("etc/passwd"),
        """
        root:x:0:0:root:/root:/bin/sh
        # no line
        app:x:1000:100:An application,,,:/home/app:/bin/sh
        app:x:0:0:second::
        toor:x:0:7::/toor:/bin/sh
        1001:x:0:0::/:
        large:x:4294967296:0::/:
        minus:x:-1:0::/:
        none:x:4294967295:0::/:
        """);
    Files.writeString(
        root.resolve("etc/group"),
        """
        root:x:0:
        users:x:100:
        audio:x:29:app,other
        video:x:44:other,app
        app:x:1000:
        large:x:4294967297:
        """);
  }

  private ContainerSpec.Builder spec() {
    return ContainerSpec.builder()
        .rootfs(LayeredRootfs.directory(root))
        .command("sh", "-c", STATUS);
  }

  private ProcStatus status(Consumer<ContainerSpec.Builder> change) {
    ContainerSpec.Builder builder = spec();
    change.accept(builder);
    return ProcStatus.parse(run(builder.build()).expectedOut());
  }

  private static void assertIds(ProcStatus status, long uid, long gid, Long... groups) {
    assertThat(status.uids()).containsOnly(uid);
    assertThat(status.gids()).containsOnly(gid);
    assertThat(status.groups()).containsExactlyInAnyOrder(groups);
  }

  // Users.

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void numbers_are_taken_as_they_are() {
    ProcStatus status = status(b -> b.user(User.of(1234, 567)).process(p -> p.groups("29", "8")));

    assertIds(status, 1234, 567, 29L, 8L);
    assertThat(status.field("HOME")).isEqualTo("/");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_name_brings_its_group_its_groups_and_its_home() {
    ProcStatus status = status(b -> b.user("app"));

    assertIds(status, 1000, 100, 29L, 44L);
    assertThat(status.field("HOME")).isEqualTo("/home/app");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_number_without_a_group_is_completed_by_its_line() {
    ProcStatus status = status(b -> b.user("1000"));

    assertIds(status, 1000, 100, 29L, 44L);
    assertThat(status.field("HOME")).isEqualTo("/home/app");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_number_without_a_line_has_the_group_0_and_is_never_a_name() {
    ProcStatus status = status(b -> b.user("1001"));

    assertIds(status, 1001, 0);
    assertThat(status.field("HOME")).isEqualTo("/");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_group_that_is_said_takes_the_place_of_all_that_the_user_would_bring() {
    assertIds(status(b -> b.user("app:audio")), 1000, 29);
    assertIds(status(b -> b.user("app:7")), 1000, 7);
    assertIds(status(b -> b.user("1000:video")), 1000, 44);
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void groups_by_name_and_number_are_added() {
    assertIds(
        status(b -> b.user("app").process(p -> p.groups("users", "7"))),
        1000,
        100,
        29L,
        44L,
        100L,
        7L);
    ProcStatus root = status(b -> b.process(p -> p.groups("audio")));
    assertIds(root, 0, 0, 29L);
    assertThat(root.field("HOME")).isEqualTo("/root");
    assertThat(root.capEff()).isEqualTo(DOCKERS);
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void another_name_for_root_is_root() {
    ProcStatus status = status(b -> b.user("toor"));

    assertIds(status, 0, 7);
    assertThat(status.field("HOME")).isEqualTo("/toor");
    assertThat(status.capEff()).isEqualTo(DOCKERS);
  }

  @Test
  void root_is_not_looked_up() throws IOException {
    Files.delete(root.resolve("etc/passwd"));
    Files.delete(root.resolve("etc/group"));

    for (String text : List.of("root", "0", "0:0", "root:0")) {
      ProcStatus status = status(b -> b.user(text));
      assertThat(status.uids()).containsOnly(0L);
      assertThat(status.field("HOME")).isEqualTo("/root");
      assertThat(status.capEff()).isEqualTo(DOCKERS);
    }
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void the_home_of_the_environment_is_left_as_it_is() {
    assertThat(status(b -> b.user("app").env("HOME", "/mine")).field("HOME")).isEqualTo("/mine");
  }

  @Test
  void a_user_who_is_not_there_is_refused_with_where_it_was_looked_for() {
    assertRefused("user", "no user nobody-knows in the container's /etc/passwd", "nobody-knows");
    assertRefused("user", "no group nogroup in the container's /etc/group", "root:nogroup");
    assertRefused("user", "id of large in the container's /etc/passwd is no number", "large");
    assertRefused("user", "id of minus in", "minus");
    assertRefused("user", "id of none in", "none");
    assertRefused("user", "id of large in the container's /etc/group", "0:large");
  }

  @Test
  void without_the_files_there_is_no_name() throws IOException {
    Files.delete(root.resolve("etc/passwd"));
    Files.delete(root.resolve("etc/group"));

    assertRefused("user", "no user app: the container has no /etc/passwd", "app");
    assertRefused("user", "no group users: the container has no /etc/group", "root:users");
  }

  private void assertRefused(String field, String says, String user) {
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> runtime.start(spec().user(user).build()).close())
        .withMessageContaining(says)
        .satisfies(e -> assertThat(e.field()).isEqualTo(field))
        .satisfies(e -> assertThat(e).hasNoSuppressedExceptions());
  }

  @Test
  void an_id_that_the_container_has_not_is_refused_before_anything_is_made() {
    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> runtime.plan(spec().user(User.of(4_000_000_000L, 0)).build()))
        .withMessageContaining("user id 4000000000")
        .withMessageContaining("ids");
    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> runtime.plan(spec().user(User.of(0, 4_000_000_000L)).build()))
        .withMessageContaining("group id 4000000000");
  }

  @Test
  void an_id_that_is_looked_up_and_not_mapped_is_refused() throws IOException {
    Files.writeString(root.resolve("etc/passwd"), "far:x:4000000000:0::/:\n");

    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> runtime.start(spec().user("far").build()).close())
        .withMessageContaining("user id 4000000000");
  }

  // Files that somebody has prepared: CVE-2026-47262.

  private static void mkfifo(Path path) throws Exception {
    assertThat(new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor())
        .isZero();
  }

  @Test
  @Timeout(40)
  void a_fifo_for_passwd_is_an_error_at_once() throws Exception {
    Files.delete(root.resolve("etc/passwd"));
    mkfifo(root.resolve("etc/passwd"));

    assertFailsAtOnce("/etc/passwd is a regular file", "app");
  }

  @Test
  @Timeout(40)
  void a_link_to_a_fifo_or_a_device_is_an_error_at_once() throws Exception {
    mkfifo(root.resolve("etc/fifo"));
    for (String target : List.of("fifo", "/etc/fifo", "../dev/zero", "/dev/tty", "/etc")) {
      Files.delete(root.resolve("etc/passwd"));
      Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of(target));
      assertThatExceptionOfType(StartFailedException.class)
          .isThrownBy(() -> runtime.start(spec().user("app").build()).close())
          .withMessageContaining("/etc/passwd");
    }
  }

  @Test
  @Timeout(40)
  void a_huge_group_file_is_an_error_at_once() throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(root.resolve("etc/group").toFile(), "rw")) {
      file.setLength(1L << 30);
    }
    assertFailsAtOnce("/etc/group is below 1 MiB", "app");
  }

  private void assertFailsAtOnce(String step, String user) {
    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec().user(user).build()).close())
        .satisfies(e -> assertThat(e.step().call()).isEqualTo(step))
        .satisfies(e -> assertThat(e.hint()).isPresent());
  }

  @Test
  void a_link_out_of_the_root_does_not_lead_to_the_hosts_users() throws IOException {
    Path outside = Files.writeString(root.resolveSibling("passwd"), "spy:x:0:0::/:\n");
    for (Path target : List.of(Path.of("../../passwd"), outside)) {
      Files.delete(root.resolve("etc/passwd"));
      Files.createSymbolicLink(root.resolve("etc/passwd"), target);
      assertRefused("user", "the container has no /etc/passwd", "spy");
    }
    Files.delete(root.resolve("etc/passwd"));
    Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of("/proc/self/root/etc/group"));
    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec().user("app").build()).close())
        .satisfies(e -> assertThat(e.errno()).isEqualTo("ELOOP"));
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_file_of_almost_1_mebibyte_is_read() throws IOException {
    String line = "x".repeat(1000) + ":x:1:1::/:\n";
    Files.writeString(
        root.resolve("etc/passwd"), line.repeat(1037) + "last:x:77:78::/last:/bin/sh\n");

    ProcStatus status = status(b -> b.user("last"));

    assertIds(status, 77, 78);
    assertThat(status.field("HOME")).isEqualTo("/last");
  }

  // Capabilities.

  private static void assertSets(ProcStatus status, long permitted, long bounding, long ambient) {
    assertThat(status.capabilities("CapPrm")).isEqualTo(permitted);
    assertThat(status.capabilities("CapEff")).isEqualTo(permitted);
    assertThat(status.capabilities("CapBnd")).isEqualTo(bounding);
    assertThat(status.capabilities("CapInh")).isEqualTo(ambient);
    assertThat(status.capabilities("CapAmb")).isEqualTo(ambient);
  }

  private static long bit(Capability capability) {
    return 1L << capability.number();
  }

  @Test
  void capabilities_are_those_that_are_granted() {
    assertSets(status(b -> b.capabilities(Capabilities.none())), 0, 0, 0);
    long all = (1L << 41) - 1;
    assertSets(
        status(b -> b.capabilities(Capabilities.all().without(Capability.SYS_ADMIN))),
        all & ~bit(Capability.SYS_ADMIN),
        all & ~bit(Capability.SYS_ADMIN),
        0);
    long more = DOCKERS | bit(Capability.NET_ADMIN);
    assertSets(
        status(b -> b.capabilities(Capabilities.defaults().with(Capability.NET_ADMIN))),
        more,
        more,
        0);
  }

  @Test
  void what_is_ambient_is_in_all_five_sets() {
    long chown = bit(Capability.CHOWN);
    assertSets(
        status(b -> b.capabilities(Capabilities.defaults().ambient(Capability.CHOWN))),
        DOCKERS,
        DOCKERS,
        chown);
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_user_who_is_not_root_has_only_what_is_ambient() {
    for (String user : List.of("1000:100", "app")) {
      assertSets(status(b -> b.user(user)), 0, DOCKERS, 0);
      long raw = bit(Capability.NET_RAW);
      assertSets(
          status(
              b -> b.user(user).capabilities(Capabilities.defaults().ambient(Capability.NET_RAW))),
          raw,
          DOCKERS,
          raw);
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void the_sets_are_the_same_in_the_hosts_user_namespace() {
    long raw = bit(Capability.NET_RAW);
    Consumer<ContainerSpec.Builder> host = b -> b.namespaces(ns -> ns.user(Namespace.host()));
    assertSets(status(host.andThen(b -> b.user("app"))), 0, DOCKERS, 0);
    assertSets(
        status(
            host.andThen(
                b -> b.user("app").capabilities(Capabilities.none().ambient(Capability.NET_RAW)))),
        raw,
        raw,
        raw);
  }

  // The rest.

  @Test
  void the_umask_is_that_of_the_spec() {
    assertThat(status(b -> {}).field("Umask")).isEqualTo("0022");
    assertThat(status(b -> b.process(p -> p.umask(0077))).field("Umask")).isEqualTo("0077");
    assertThat(status(b -> b.process(p -> p.umask(0))).field("Umask")).isEqualTo("0000");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void another_user_can_open_the_streams_by_name() {
    for (String user : List.of("1000:100", "app")) {
      assertThat(
              run(spec().user(user).command("sh", "-c", "echo hello >/dev/stdout").build())
                  .expectedOut())
          .isEqualTo("hello\n");
    }
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void the_working_directory_is_entered_with_the_users_rights() throws IOException {
    Path secret = Files.createDirectory(root.resolve("secret"));
    Files.setPosixFilePermissions(
        secret, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> runtime.start(spec().user("app").cwd("/secret/x").build()).close())
        .satisfies(e -> assertThat(e.errno()).isEqualTo("EACCES"));
  }
}
