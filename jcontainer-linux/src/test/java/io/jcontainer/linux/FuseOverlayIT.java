package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.ProcStatus;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Roots that fuse-overlayfs serves, since the kernel has no overlay for them. */
@Timeout(120)
@RequiresHost({
  Feature.USER_NAMESPACES,
  Feature.OVERLAY_IN_USERNS,
  Feature.BUSYBOX_STATIC,
  Feature.FUSE_OVERLAYFS
})
class FuseOverlayIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Set<Fallback> SERVED = Set.of(Fallback.FUSE_OVERLAYFS);
  private static final Path REFUSED = Path.of("/proc/sys/net/unix");
  private static final String REFUSED_FILE = "max_dgram_qlen";

  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    out(served(), "true"); // makes the thread that removes
  }

  /** The main program of another JVM. */
  static final class Starter {
    public static void main(String[] args) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container =
          runtime.start(
              spec(
                  LayeredRootfs.layers(Path.of(args[0]), REFUSED).withFallback(SERVED),
                  "sh",
                  "-c",
                  "echo ready; cat"));
      assertThat(container.stdout().readNBytes(6)).asString().isEqualTo("ready\n");
      System.out.println(container.pid() + "\n" + servers().get(0));
      System.in.read();
    }
  }

  private static List<Long> servers() {
    return ProcFs.children(ProcFs.ownPid()).stream()
        .filter(child -> child.comm().startsWith("fuse-overlayfs"))
        .map(ProcStat::pid)
        .map(Number::longValue)
        .toList();
  }

  private static ContainerSpec spec(LayeredRootfs rootfs, String... command) {
    return ContainerSpec.builder().rootfs(rootfs).command(command).build();
  }

  private LayeredRootfs served() {
    return LayeredRootfs.layers(base, REFUSED).withFallback(SERVED);
  }

  private Finished sh(LayeredRootfs rootfs, String script) {
    return run(spec(rootfs, "sh", "-c", script));
  }

  private String out(LayeredRootfs rootfs, String script) {
    return sh(rootfs, script).expectedOut();
  }

  @Test
  void where_the_kernel_has_no_overlay_a_process_serves_one_as_long_as_the_container_runs() {
    Map<String, String> before = TreeHash.of(base);
    String script =
        "grep ' / ' /proc/self/mounts; echo x >/etc/passwd; rm -r /etc; mkdir /etc; cat";

    try (Container container = runtime.start(spec(served(), "sh", "-c", script))) {
      assertThat(container.stdout().lines().findFirst().orElseThrow()).startsWith("fuse / fuse ");
      assertThat(servers()).hasSize(1);
    }

    assertThat(servers()).isEmpty();
    assertThat(TreeHash.of(base)).isEqualTo(before);
    assertThat(out(served(), "ls /; ls /etc")).contains(REFUSED_FILE, "group\npasswd\n");
  }

  @Test
  void the_server_ends_also_if_nobody_closes_the_container() {
    Container container = runtime.start(spec(served(), "true"));

    assertThat(Poll.until(LONG, () -> servers().isEmpty())).isTrue();
    container.close();
  }

  @Test
  void the_plan_says_what_is_served_and_why() {
    LaunchPlan.Step first = runtime.plan(spec(served().readOnly(), "true")).steps().get(0);

    assertThat(first.call()).startsWith("fuse-overlayfs(").contains(base.toString());
    assertThat(first.why()).contains("mount(\"overlay\"", "EINVAL");
    assertThat(servers()).isEmpty();
  }

  @Test
  void it_is_preferred_to_a_copy() {
    LayeredRootfs either = LayeredRootfs.layers(base, REFUSED).withFallback();

    assertThat(out(either, "grep ' / ' /proc/self/mounts")).startsWith("fuse / fuse ");
    assertThat(out(either.writableIn(directory.resolve("kept")), "grep ' / ' /proc/self/mounts"))
        .as("what it writes is not for the kernel's overlay")
        .doesNotContain("fuse");
  }

  @Test
  void it_shows_what_an_overlay_shows() throws IOException {
    Path low = RootfsFixtures.busyboxRoot(directory.resolve("low"));
    Files.createDirectories(low.resolve("srv/deep"));
    Files.writeString(low.resolve("srv/deep/replaced"), "old");
    Files.writeString(low.resolve("srv/gone"), "old");
    Path kept = directory.resolve("changes");
    String changes =
        "cd /srv; rm gone; rm -r deep; mkdir deep; echo new >deep/new; chmod 2750 deep";
    hostIds(LayeredRootfs.directory(low).writableIn(kept), changes).expectedOut();
    Path upper = kept.resolve("upper");
    String listing =
        "find / -xdev ! -path / ! -name "
            + REFUSED_FILE
            + " ! -path '/proc*' ! -path '/sys*' ! -path '/dev*'"
            + " -exec stat -c '%n %A %u:%g %Y %F' {} \\; | sort; cat /srv/deep/* /etc/passwd";

    String expected = hostIds(LayeredRootfs.layers(low, upper), listing).expectedOut();
    String actual =
        hostIds(LayeredRootfs.layers(low, upper, REFUSED).withFallback(SERVED), listing)
            .expectedOut();

    assertThat(actual).isEqualTo(expected).contains("/srv/deep/new").doesNotContain("gone");
    if (Files.isDirectory(kept.resolve("work/work"))) {
      Files.setPosixFilePermissions(
          kept.resolve("work/work"),
          java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    }
  }

  private Finished hostIds(LayeredRootfs rootfs, String script) {
    ContainerSpec.Builder spec = ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script);
    if (Feature.ROOT.available()) {
      spec.namespaces(ns -> ns.user(Namespace.host()));
    }
    return run(spec.build());
  }

  @Test
  void the_containers_root_owns_what_roots_layers_have_and_what_it_makes() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("owners"));
    Files.writeString(layer.resolve("app"), "");
    if (Feature.ROOT.available()) {
      Files.setAttribute(layer.resolve("app"), "unix:uid", 33);
    }

    assertThat(
            out(
                LayeredRootfs.layers(base, layer, REFUSED).withFallback(SERVED),
                "echo x >>/etc/passwd; touch /new; stat -c %u:%g /etc/passwd /new; stat -c %u /app"))
        .isEqualTo("0:0\n0:0\n" + (Feature.ROOT.available() ? 33 : 0) + "\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void other_users_of_the_container_have_their_rights_and_no_more() {
    assertThat(
            out(
                served(),
                "mkdir -m 700 /mine; chown 5:6 /mine; stat -c %u:%g /mine; chmod 755 /root"))
        .isEqualTo("5:6\n");
    ContainerSpec nobody =
        spec(served(), "sh", "-c", "touch /etc/x; touch /tmp/x; stat -c %u /tmp/x").toBuilder()
            .user("5")
            .build();
    Finished finished = run(nobody);
    assertThat(finished.out()).isEqualTo("5\n");
    assertThat(finished.err()).contains("Permission denied");
  }

  @Test
  void a_write_layer_keeps_its_size() {
    Finished finished =
        sh(
            served().writable(ByteSize.ofMebibytes(1)),
            "dd if=/dev/zero of=/big bs=64k count=64 2>&1 | grep -o 'No space left on device'");

    assertThat(finished.out()).isEqualTo("No space left on device\n");
  }

  @Test
  void a_read_only_root_is_read_only_and_mounts_go_into_it() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(served().readOnly())
            .mount(Mount.file("/new/place/file", "text\n"))
            .command("sh", "-c", "cat /new/place/file; touch /x || touch /tmp/x && ls /tmp")
            .build();
    Finished finished = run(spec);

    assertThat(finished.out()).isEqualTo("text\nx\n");
    assertThat(finished.err()).contains("Read-only file system");
    assertThat(sh(served().readOnly(), "touch /x").err()).contains("Read-only file system");
    assertThat(base.resolve("new")).doesNotExist();
  }

  @Test
  void nothing_of_the_server_is_in_the_container() {
    assertThat(
            out(
                served(),
                "ls /proc/self/fd; ps | grep -v grep | grep -c fuse; ls /dev/fuse 2>/dev/null; true"))
        .isEqualTo("0\n1\n2\n3\n0\n");
  }

  @Test
  void a_link_for_a_mount_point_leads_nowhere() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("links"));
    for (String name : List.of("proc", "sys", "dev")) {
      Files.createSymbolicLink(layer.resolve(name), directory);
    }

    assertThat(
            out(
                LayeredRootfs.layers(base, layer, REFUSED).withFallback(SERVED),
                "cat /proc/1/comm"))
        .isEqualTo("cat\n");
  }

  @Test
  void a_server_that_is_killed_is_an_error_for_the_container_and_no_hang() {
    try (Container container =
        runtime.start(spec(served(), "sh", "-c", "echo ready; read x; cat /etc/passwd"))) {
      assertThat(container.stdout().lines().findFirst()).contains("ready");
      ProcessHandle.of(servers().get(0)).orElseThrow().destroyForcibly();
      Poll.until(LONG, () -> ProcFs.children(ProcFs.ownPid()).stream().anyMatch(ProcStat::dead));
      try {
        container.stdin().writeText("\n");
      } catch (UncheckedIOException e) { // it has ended by itself: its program lies in that root
        assertThat(e).hasMessageContaining("EPIPE");
      }

      assertThat(container.waitFor(LONG)).isPresent();
      assertThat(container.waitFor().isSuccess()).isFalse();
    }
    assertThat(servers()).isEmpty();
  }

  @Test
  void the_server_has_no_more_rights_than_files_take() {
    try (Container container = runtime.start(spec(served(), "cat"))) {
      assertThat(container.isAlive()).isTrue();
      ProcStatus server = ProcFs.status(servers().get(0));

      // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, SYS_ADMIN, MKNOD, SETFCAP
      assertThat(server.field("CapBnd")).isEqualTo("000000008820001f");
      assertThat(server.field("CapEff")).isEqualTo("000000008820001f");
      assertThat(server.field("NoNewPrivs")).isEqualTo("1");
    }
  }

  @Test
  void a_start_that_fails_leaves_no_server() {
    assertThatThrownBy(() -> run(spec(served(), "/absent")))
        .isInstanceOf(StartFailedException.class);
    assertThat(servers()).isEmpty();
  }

  @Test
  void the_server_dies_with_its_jvm() {
    try (JvmFork jvm = JvmFork.start(Starter.class, base.toString())) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      long server = Long.parseLong(jvm.readLine(LONG));
      jvm.kill9();

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
      assertThat(ProcFs.awaitGone(server, LONG)).isTrue();
    }
  }
}
