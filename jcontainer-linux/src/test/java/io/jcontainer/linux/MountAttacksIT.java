package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Links where a spec mounts, hides or protects something, in layers and in directories that
 * somebody else changes at the same time: CVE-2021-30465, CVE-2019-16884, CVE-2023-27561,
 * CVE-2025-31133, CVE-2025-52881.
 */
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class MountAttacksIT extends WithRuntime {
  private static final int STARTS = Integer.getInteger("jcontainer.races", 210);

  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  /** A directory of the host that nothing may happen to. */
  private Path canary = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    // Not below the scratch directory: what lies there is covered while a container starts.
    canary = open(Files.createTempDirectory(Path.of("/var/tmp"), "canary"));
    Files.writeString(canary.resolve("sings"), "sings");
  }

  @AfterAll
  void removeCanary() throws IOException {
    try (Stream<Path> files = Files.walk(canary)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Path open(Path made) throws IOException {
    Files.createDirectories(made);
    return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  /** A layer in which {@code /data} is a link. */
  private LayeredRootfs withLink(String target) throws IOException {
    Path layer = Files.createTempDirectory(directory, "layer");
    Files.setPosixFilePermissions(layer, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(layer.resolve("data"), Path.of(target));
    return LayeredRootfs.layers(base, layer);
  }

  private Finished run(LayeredRootfs rootfs, String script, Mount... mounts) {
    return run(
        ContainerSpec.builder().rootfs(rootfs).mount(mounts).command("sh", "-c", script).build());
  }

  private static void assertFails(String errno, String hint, Runnable start) {
    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(start::run)
        .satisfies(e -> assertThat(e.errno()).isEqualTo(errno))
        .satisfies(e -> assertThat(e.hint().orElse("none")).contains(hint));
  }

  // Links in a layer.

  @Test
  void a_link_that_leads_out_of_the_root_leads_nowhere() throws IOException {
    Map<String, String> before = TreeHash.of(canary);
    for (String target : List.of(canary.toString(), "../../../../../../.." + canary)) {
      LayeredRootfs rootfs = withLink(target);
      for (LayeredRootfs each : List.of(rootfs, rootfs.readOnly())) {
        for (Mount mount :
            List.of(
                Mount.tmpfs("/data"),
                Mount.tmpfs("/data/sub"),
                Mount.file("/data/file", "x"),
                Mount.bind(base, "/data/bind"),
                Mount.device(Path.of("/dev/zero"), "/data/zero"))) {
          assertFails("ENOENT", "link", () -> run(each, "true", mount));
        }
      }
    }
    assertThat(TreeHash.of(canary)).isEqualTo(before);
  }

  @Test
  void a_link_that_stays_in_the_root_is_followed_there() throws IOException {
    for (String target : List.of("/etc", "../../../etc", "etc")) {
      assertThat(
              run(withLink(target), "cat /etc/mounted-here", Mount.file("/data/mounted-here", "x"))
                  .expectedOut())
          .isEqualTo("x");
    }
    assertThat(Path.of("/etc/mounted-here")).doesNotExist();
  }

  @Test
  void a_link_to_the_root_itself_is_refused_where_a_mount_would_cover_it() throws IOException {
    for (String target : List.of("/", "../../..", ".", "/etc/..")) {
      LayeredRootfs rootfs = withLink(target);
      assertFails("ELOOP", "root itself", () -> run(rootfs, "true", Mount.bind(base, "/data")));
      assertFails("ELOOP", "root itself", () -> run(rootfs, "true", Mount.tmpfs("/data")));
      assertFails(
          "ELOOP",
          "root itself",
          () ->
              run(
                  ContainerSpec.builder()
                      .rootfs(rootfs)
                      .command("true")
                      .maskedPaths("/data")
                      .build()));
      assertThat(run(rootfs, "cat /below", Mount.file("/data/below", "x")).expectedOut())
          .isEqualTo("x");
    }
  }

  @Test
  void a_link_into_proc_or_sys_is_refused() throws IOException {
    for (String target :
        List.of("/proc", "/proc/self", "/proc/sys/kernel", "/sys", "/sys/kernel")) {
      LayeredRootfs rootfs = withLink(target);
      assertFails("EXDEV", "/proc or /sys", () -> run(rootfs, "true", Mount.tmpfs("/data")));
    }
    LayeredRootfs self = withLink("/proc/self");
    assertFails("EXDEV", "/proc or /sys", () -> run(self, "true", Mount.tmpfs("/data/attr")));
    assertFails("EXDEV", "/proc or /sys", () -> run(self, "true", Mount.file("/data/comm", "")));
    LayeredRootfs magic = withLink("/proc/self/root");
    assertFails("ELOOP", "link", () -> run(magic, "true", Mount.tmpfs("/data/tmp")));
  }

  @Test
  void what_hides_a_file_is_the_hosts_null_device_whatever_a_layer_has_there() throws IOException {
    Path layer = Files.createTempDirectory(directory, "null");
    Files.setPosixFilePermissions(layer, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectories(layer.resolve("dev"));
    Files.createSymbolicLink(layer.resolve("dev/null"), Path.of("/proc/sys/kernel/core_pattern"));
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.layers(base, layer))
            .maskedPaths("/etc/passwd", "/proc/version")
            .command(
                "sh",
                "-c",
                "stat -c %t:%T /etc/passwd /proc/version; cat /etc/passwd /proc/version")
            .build();

    assertThat(run(spec).expectedOut()).isEqualTo("1:3\n1:3\n");
  }

  // Links that come while a container starts.

  /** Exchanges a directory with a link, as fast as it can. */
  private static final String RACER =
      """
      import ctypes, os
      libc = ctypes.CDLL(None)
      os.umask(0)
      os.mkdir("/shared/dir")
      os.symlink("TARGET", "/shared/link")
      print("racing", flush=True)
      while True:
          libc.renameat2(-100, b"/shared/dir", -100, b"/shared/link", 2)
      """;

  @Test
  @RequiresHost(Feature.PYTHON3)
  void somebody_who_exchanges_a_target_for_a_link_to_the_host_wins_nothing() throws IOException {
    race("absolute", canary.toString());
    race("relative", "../../../../../../.." + canary);
  }

  @Test
  @RequiresHost(Feature.PYTHON3)
  void somebody_who_exchanges_a_target_for_a_link_into_proc_wins_nothing() throws IOException {
    String before = knobs();

    race("proc", "/proc/self/attr");

    assertThat(knobs()).isEqualTo(before);
  }

  private static String knobs() {
    return Stream.of("kernel/core_pattern", "kernel/sysrq", "kernel/modprobe", "fs/mount-max")
        .map(name -> Path.of("/proc/sys", name))
        .filter(Files::isReadable)
        .map(MountAttacksIT::read)
        .collect(Collectors.joining());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void race(String name, String target) throws IOException {
    Path shared = open(directory.resolve("shared-" + name));
    Map<String, String> before = TreeHash.of(canary);
    String mounts = read(Path.of("/proc/self/mountinfo"));
    Mount all = Mount.bind(shared, "/shared").writable();
    ContainerSpec racing =
        ContainerSpec.builder()
            .command("python3", "-c", RACER.replace("TARGET", target))
            .mount(all)
            .build();
    ContainerSpec victim =
        ContainerSpec.builder()
            .command("sh", "-c", "test -d /shared && ! test -e /proc/self/attr/sub")
            .mount(all, Mount.tmpfs("/shared/dir/sub"), Mount.file("/shared/dir/file", "x"))
            .build();
    int started = 0;
    int refused = 0;
    try (Container racer = runtime.start(racing)) {
      assertThat(racer.stdout().readNBytes(7)).asString().isEqualTo("racing\n");
      for (int i = 0; i < STARTS / 3; i++) {
        try {
          run(victim).expectedOut();
          started++;
        } catch (StartFailedException e) {
          refused++;
        }
      }
    }
    assertThat(TreeHash.of(canary)).isEqualTo(before);
    assertThat(read(Path.of("/proc/self/mountinfo"))).isEqualTo(mounts);
    assertThat(started).as("of %d refused", refused).isPositive();
    assertThat(refused).as("of %d started", started).isPositive();
  }
}
