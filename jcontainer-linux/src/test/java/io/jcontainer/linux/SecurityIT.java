package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.Namespaces;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStatus;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was done to other runtimes and concerns a start, each tried from inside. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class SecurityIT extends WithRuntime {
  /** Docker's default set. */
  private static final long DOCKERS = 0xa80425fbL;

  private Path directory = Path.of("/");

  @BeforeAll
  void keepDirectory(@HostRootedTempDir Path made) {
    directory = made;
  }

  private Path busybox(String name) {
    return RootfsFixtures.busyboxRoot(directory.resolve(name));
  }

  // Capabilities.

  @Test
  void capabilities_are_dockers_default_set_and_none_is_inheritable() {
    assertCapabilities(run(ContainerSpec.of("cat", "/proc/self/status")));
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void capabilities_in_the_hosts_user_namespace_are_the_same_set() {
    assertCapabilities(
        run(
            ContainerSpec.builder()
                .command("cat", "/proc/self/status")
                .namespaces(ns -> ns.user(Namespace.host()))
                .build()));
  }

  @Test
  void capabilities_of_a_container_that_joins_another_are_the_same_set() {
    try (Container first = waiting()) {
      assertCapabilities(
          run(
              ContainerSpec.builder()
                  .command("cat", "/proc/self/status")
                  .namespaces(ns -> ns.pid(Namespace.of(first)).network(Namespace.of(first)))
                  .build()));
    }
  }

  /** Runs in a JVM that was started with inheritable capabilities, as some service managers do. */
  static final class PrintsCapabilities {
    public static void main(String[] arguments) {
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        ContainerSpec spec =
            ContainerSpec.builder()
                .command("cat", "/proc/self/status")
                .namespaces(ns -> ns.user(Namespace.host()))
                .build();
        System.out.print(Finished.of(runtime, spec).expectedOut());
      }
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void capabilities_that_the_jvm_would_pass_on_are_not_passed_on() throws Exception {
    Process jvm =
        new ProcessBuilder(
                "setpriv",
                "--inh-caps=+chown,+net_raw",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                PrintsCapabilities.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String out = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(jvm.waitFor()).isZero();
      assertCapabilities(new Finished(ExitStatus.exited(0), out, ""));
    } finally {
      jvm.destroyForcibly().waitFor();
    }
  }

  private static void assertCapabilities(Finished finished) {
    ProcStatus status = ProcStatus.parse(finished.expectedOut());
    assertThat(status.capabilities("CapPrm")).isEqualTo(DOCKERS);
    assertThat(status.capabilities("CapEff")).isEqualTo(DOCKERS);
    assertThat(status.capabilities("CapBnd")).isEqualTo(DOCKERS);
    assertThat(status.capabilities("CapInh")).isZero();
    assertThat(status.capabilities("CapAmb")).isZero();
    assertThat(status.noNewPrivs()).isTrue();
    assertThat(status.uids()).containsOnly(0L);
    assertThat(status.gids()).containsOnly(0L);
  }

  // Descriptors: CVE-2024-21626.

  @Test
  void only_the_three_streams_are_inherited() throws IOException {
    List<DirectoryStream<Path>> leaking = openMany(500);
    try {
      // The fourth is the one by which ls reads the directory.
      assertThat(run(ContainerSpec.of("ls", "/proc/self/fd")).expectedOut().lines())
          .containsExactly("0", "1", "2", "3");
    } finally {
      close(leaking);
    }
  }

  @Test
  void a_working_directory_that_leaked_is_refused() throws IOException {
    List<DirectoryStream<Path>> leaking = openMany(500);
    try {
      List<String> numbers = new ArrayList<>(List.of("3", "4", "5", "6", "7"));
      ProcFs.descriptors(ProcFs.ownPid()).entrySet().stream()
          .filter(entry -> entry.getValue().equals("/usr/bin"))
          .map(entry -> entry.getKey().toString())
          .limit(20)
          .forEach(numbers::add);
      assertThat(numbers).hasSize(25);
      for (String number : numbers) {
        for (String path :
            List.of("/proc/self/fd/" + number, "/proc/thread-self/fd/" + number + "/..")) {
          ContainerSpec spec = ContainerSpec.builder().command("pwd").cwd(path).build();
          assertThatThrownBy(() -> runtime.start(spec).close())
              .as(path)
              .isInstanceOf(StartFailedException.class);
        }
        assertThatThrownBy(
                () -> runtime.start(ContainerSpec.of("/proc/self/fd/" + number + "/true")).close())
            .isInstanceOf(StartFailedException.class);
      }
    } finally {
      close(leaking);
    }
  }

  @Test
  void a_working_directory_behind_a_magic_link_is_refused() {
    for (String path : List.of("/proc/self/cwd", "/proc/1/root/usr")) {
      ContainerSpec spec = ContainerSpec.builder().command("pwd").cwd(path).build();
      assertThatThrownBy(() -> runtime.start(spec).close())
          .isInstanceOfSatisfying(
              StartFailedException.class,
              failure -> assertThat(failure.errno()).isEqualTo("ELOOP"));
    }
  }

  @SuppressWarnings("StreamResourceLeak") // the caller closes them
  private static List<DirectoryStream<Path>> openMany(int count) throws IOException {
    List<DirectoryStream<Path>> streams = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      streams.add(Files.newDirectoryStream(Path.of("/usr/bin")));
    }
    return streams;
  }

  private static void close(List<DirectoryStream<Path>> streams) throws IOException {
    for (DirectoryStream<Path> stream : streams) {
      stream.close();
    }
  }

  // The terminal: CVE-2017-5226.

  @Test
  void the_command_leads_a_session_without_a_terminal() {
    // pid (comm) state ppid pgrp session tty_nr: proc_pid_stat(5).
    List<String> fields =
        List.of(run(ContainerSpec.of("cat", "/proc/self/stat")).expectedOut().split(" "));

    assertThat(fields.get(0)).isEqualTo("1");
    assertThat(fields.subList(4, 7)).containsExactly("1", "1", "0");
    assertThat(sh(": </dev/tty").err()).contains("No such device or address");
  }

  // The launcher: CVE-2019-5736, CVE-2016-9962.

  @Test
  void the_launcher_in_memory_cannot_be_changed_by_anyone() throws IOException {
    Path launcher = launcher();
    byte[] before = Files.readAllBytes(launcher);
    assertThatIOException()
        .isThrownBy(
            () -> {
              try (FileChannel channel = FileChannel.open(launcher, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(new byte[] {0}), 0);
              }
            });
    assertThatIOException()
        .isThrownBy(
            () ->
                FileChannel.open(
                        launcher, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
                    .close());
    assertThat(Files.readAllBytes(launcher)).isEqualTo(before);
  }

  private static Path launcher() {
    return ProcFs.descriptors(ProcFs.ownPid()).entrySet().stream()
        .filter(entry -> entry.getValue().startsWith("/memfd:jcontainer-launcher"))
        .map(entry -> Path.of("/proc/self/fd", entry.getKey().toString()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_command_that_is_the_launcher_itself_cannot_write_to_it() throws IOException {
    Path root = busybox("self-exe");
    Path script = Files.writeString(root.resolve("bin/evil"), "#!/proc/self/exe\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    byte[] before = Files.readAllBytes(launcher());

    ContainerSpec spec =
        ContainerSpec.builder().rootfs(LayeredRootfs.directory(root)).command("/bin/evil").build();
    for (int i = 0; i < 10; i++) {
      try (Container container = runtime.start(spec)) {
        assertThat(container.waitFor().isSuccess()).isFalse();
      } catch (StartFailedException e) {
        assertThat(e.step().call()).contains("/bin/evil");
      }
    }
    assertThat(Files.readAllBytes(launcher())).isEqualTo(before);
  }

  @Test
  void who_is_inside_already_cannot_look_into_or_write_to_the_launcher() {
    // Each line is written at once, so that none is lost when the container is killed.
    String script =
        """
        while :; do
          for exe in /proc/[0-9]*/exe; do
            to=$(readlink $exe) || continue
            case $to in *busybox*) continue ;; esac
            echo "saw $to"
            (exec 3>>$exe) && echo "opened $to"
          done
        done 2>/dev/null
        """;
    ContainerSpec spy =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(busybox("spy")))
            .command("sh", "-c", script)
            .build();
    List<String> told = new ArrayList<>();
    try (Container container = runtime.start(spy)) {
      Namespaces joining = Namespaces.builder().pid(Namespace.of(container)).build();
      for (int i = 0; i < 100; i++) {
        run(ContainerSpec.builder().command("true").namespaces(joining).build()).expectedOut();
      }
      // That it is seen once it is the command, but not before, shows that somebody looks.
      try (Container seen =
          runtime.start(ContainerSpec.builder().command("cat").namespaces(joining).build())) {
        assertThat(seen.isAlive()).isTrue();
        assertThat(
                container.stdout().lines().peek(told::add).anyMatch(it -> it.matches("saw .*cat")))
            .isTrue();
      }
    }
    assertThat(told).noneMatch(line -> line.contains("memfd") || line.startsWith("opened"));
  }

  // Roots that lead elsewhere: CVE-2026-41579, CVE-2019-19921, CVE-2025-31133.

  @Test
  void links_in_a_layer_where_we_mount_lead_nowhere() throws IOException {
    Path canary = Files.createDirectories(directory.resolve("canary"));
    for (String name : List.of("null", "pts", "self", "sys")) {
      Files.writeString(canary.resolve(name), "sings");
    }
    Path root = busybox("links/one/root");
    for (String name : List.of("dev", "proc", "sys")) {
      Files.delete(root.resolve(name));
      Files.createSymbolicLink(root.resolve(name), Path.of("../../../canary"));
    }
    assertOwnFileSystems(root);

    for (String name : List.of("dev", "proc", "sys")) {
      Files.delete(root.resolve(name));
      Files.createSymbolicLink(root.resolve(name), canary);
    }
    assertOwnFileSystems(root);

    for (String name : List.of("dev", "proc", "sys")) {
      Files.delete(root.resolve(name));
      Files.writeString(root.resolve(name), "no directory");
    }
    assertOwnFileSystems(root);
    assertCanarySings(canary);
  }

  @Test
  void a_link_for_tmp_leads_nowhere() throws IOException {
    Path canary = Files.createDirectories(directory.resolve("canary-of-tmp"));
    Path root = busybox("links/two/root");
    Files.delete(root.resolve("tmp"));
    Files.createSymbolicLink(root.resolve("tmp"), canary);
    LayeredRootfs rootfs = LayeredRootfs.directory(root);
    for (LayeredRootfs each : List.of(rootfs, rootfs.readOnly())) {
      run(
          ContainerSpec.builder()
              .rootfs(each)
              .command("sh", "-c", "echo x >/tmp/file; echo x >" + canary + "/file; :")
              .build());
    }
    assertThat(canary).isEmptyDirectory();
    assertThat(
            run(ContainerSpec.builder()
                    .rootfs(rootfs.readOnly())
                    .command("sh", "-c", "echo mine >/tmp/file && cat /tmp/file")
                    .build())
                .expectedOut())
        .isEqualTo("mine\n");
  }

  @Test
  void a_file_for_dev_null_in_a_layer_is_not_what_masks_are_made_of() throws IOException {
    Path root = busybox("false-null");
    Path link =
        Files.createSymbolicLink(
            root.resolve("dev/null"), Path.of("/proc/sys/kernel/core_pattern"));

    assertOwnFileSystems(root);
    Files.delete(link);
  }

  private void assertOwnFileSystems(Path root) {
    LayeredRootfs rootfs = LayeredRootfs.directory(root);
    for (LayeredRootfs each : List.of(rootfs, rootfs.readOnly())) {
      String script =
          "cat /proc/self/comm; stat -c %t:%T /dev/null; ls /sys; head -c 1 /proc/keys | wc -c";
      assertThat(
              run(ContainerSpec.builder().rootfs(each).command("sh", "-c", script).build())
                  .expectedOut())
          .startsWith("cat\n1:3\nblock\nbus\nclass\n")
          .endsWith("\n0\n");
    }
  }

  private static void assertCanarySings(Path canary) throws IOException {
    try (Stream<Path> files = Files.list(canary)) {
      for (Path file : files.toList()) {
        assertThat(file).hasContent("sings");
      }
    }
    assertThat(canary).isDirectoryContaining("glob:**/null");
  }

  // The cgroup file system: CVE-2022-0492.

  @Test
  void no_cgroup_file_system_is_there_and_none_can_be_mounted() {
    Finished finished =
        run(
            ContainerSpec.builder()
                .rootfs(LayeredRootfs.directory(busybox("cgroup")))
                .command(
                    "sh",
                    "-c",
                    "grep -c cgroup /proc/mounts; mkdir /c;"
                        + " mount -t cgroup -o pids none /c && echo v1;"
                        + " mount -t cgroup2 none /c && echo v2; :")
                .build());

    assertThat(finished.out()).isEqualTo("0\n");
    assertThat(finished.err()).containsPattern("denied|not permitted");
  }

  // Sockets and files: CVE-2020-15257, CVE-2024-25621.

  @Test
  void the_state_directory_is_for_its_user_alone() throws IOException {
    Path state = directory.resolve("state");
    RuntimeOptions options = RuntimeOptions.defaults().withStateDirectory(state);
    ContainerRuntime.create(options).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state)))
        .isEqualTo("rwx------");
    ContainerRuntime.create(options).close();

    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx--x---"));
    assertThatThrownBy(() -> ContainerRuntime.create(options).close())
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining(state.toString());
  }

  @Test
  void a_link_is_no_state_directory() throws IOException {
    Path target = Files.createDirectories(directory.resolve("target-of-state"));
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
    Path link = Files.createSymbolicLink(directory.resolve("link-to-state"), target);
    assertThatThrownBy(
            () ->
                ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(link)).close())
        .isInstanceOf(HostUnsupportedException.class);
  }

  @Test
  void a_container_in_the_hosts_network_finds_no_socket_of_ours() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("cat", "/proc/net/unix")
            .namespaces(ns -> ns.network(Namespace.host()))
            .build();
    try (Container other = waiting()) {
      assertThat(other.isAlive()).isTrue();
      String sockets = run(spec).expectedOut();
      assertThat(sockets).startsWith("Num ").doesNotContainIgnoringCase("jcontainer");
      // Who has a path or an abstract name can be connected to; an inode comes before it.
      assertThat(sockets.lines().map(line -> line.trim().split(" +")))
          .filteredOn(words -> words.length > 7)
          .extracting(words -> "socket:[" + words[6] + "]")
          .doesNotContainAnyElementsOf(ProcFs.descriptors(ProcFs.ownPid()).values());
    }
  }

  // Processes.

  @Test
  @RequiresHost(Feature.ROOT)
  void a_container_that_sees_the_jvm_cannot_signal_it() {
    // An ordinary user's container has that user's id on the host, and may.
    Finished finished =
        run(
            ContainerSpec.builder()
                .command("sh", "-c", "kill -0 " + ProcFs.ownPid())
                .namespaces(ns -> ns.pid(Namespace.host()))
                .build());

    assertThat(finished.exit().isSuccess()).isFalse();
    assertThat(finished.err()).contains("not permitted");
  }
}
