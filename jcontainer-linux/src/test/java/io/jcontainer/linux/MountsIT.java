package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.MountEntry;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a spec mounts, hides and protects, seen from inside and from the host. */
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class MountsIT extends WithRuntime {
  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
  }

  private Finished run(LayeredRootfs rootfs, String script, Mount... mounts) {
    return run(
        ContainerSpec.builder().rootfs(rootfs).mount(mounts).command("sh", "-c", script).build());
  }

  private Finished run(String script, Mount... mounts) {
    return run(LayeredRootfs.directory(base), script, mounts);
  }

  private List<LayeredRootfs> allKinds() {
    return List.of(
        LayeredRootfs.directory(base),
        LayeredRootfs.directory(base).readOnly(),
        LayeredRootfs.host(),
        LayeredRootfs.host().writable());
  }

  /** A directory of the host that everybody may write to. */
  private Path shared(String name) throws IOException {
    Path made = Files.createDirectories(directory.resolve(name));
    return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private Path file(Path in, String name, String text) throws IOException {
    Path file = Files.writeString(in.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
  }

  private MountEntry mounted(String target, Mount... mounts) {
    return run("cat /proc/self/mountinfo", mounts)
        .expectedOut()
        .lines()
        .map(MountEntry::parse)
        .filter(mount -> mount.mountPoint().equals(target))
        .reduce((covered, top) -> top)
        .orElseThrow(() -> new AssertionError("nothing is mounted on " + target));
  }

  // Binds.

  @Test
  void a_directory_of_the_host_is_read_only_unless_asked_otherwise() throws IOException {
    Path data = shared("read-only");
    file(data, "file", "from the host\n");
    for (LayeredRootfs rootfs : allKinds()) {
      Finished finished =
          run(
              rootfs,
              "cat /data/sub/file; echo x >/data/sub/file; touch /data/sub/new",
              Mount.bind(data, "/data/sub"));

      assertThat(finished.out()).as("%s", rootfs).isEqualTo("from the host\n");
      assertThat(finished.err().lines())
          .hasSize(2)
          .allMatch(line -> line.contains("Read-only file system"));
    }
    assertThat(data.resolve("file")).hasContent("from the host");
  }

  @Test
  void a_writable_one_takes_what_the_container_writes() throws IOException {
    Path data = shared("writable");
    for (LayeredRootfs rootfs : allKinds()) {
      run(rootfs, "echo new >/data/file", Mount.bind(data, "/data").writable()).expectedOut();

      assertThat(data.resolve("file")).as("%s", rootfs).hasContent("new");
      Files.delete(data.resolve("file"));
    }
  }

  @Test
  void a_mount_is_nosuid_nodev_and_private_and_noexec_if_asked() throws IOException {
    Path data = shared("flags");
    MountEntry usual = mounted("/data", Mount.bind(data, "/data"));
    assertThat(usual.options()).contains("ro", "nosuid", "nodev").doesNotContain("noexec");
    assertThat(usual.propagation()).isEmpty();

    MountEntry noexec = mounted("/data", Mount.bind(data, "/data").writable().noexec());
    assertThat(noexec.options()).contains("rw", "nosuid", "nodev", "noexec");

    Files.copy(base.resolve("bin/busybox"), data.resolve("program"));
    Files.setPosixFilePermissions(
        data.resolve("program"), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(run("/data/program true && echo ran", Mount.bind(data, "/data")).out()).isEmpty();
    assertThat(run("/data/program echo ran", Mount.bind(data, "/data").noexec()).err())
        .contains("Permission denied");
  }

  @Test
  void a_single_file_of_the_host_can_be_mounted() throws IOException {
    Path data = shared("single");
    Path file = file(data, "file", "one\n");
    for (LayeredRootfs rootfs : allKinds()) {
      assertThat(run(rootfs, "cat /etc/new/one", Mount.bind(file, "/etc/new/one")).expectedOut())
          .as("%s", rootfs)
          .isEqualTo("one\n");
      assertThat(run(rootfs, "cat /etc/passwd", Mount.bind(file, "/etc/passwd")).expectedOut())
          .isEqualTo("one\n");
    }
  }

  @Test
  void mounts_within_mounts_are_made_from_the_root_downwards() throws IOException {
    Path outer = shared("outer");
    Files.createDirectories(outer.resolve("in/ner"));
    Path inner = shared("inner");
    file(inner, "file", "inner\n");

    assertThat(
            run(
                    "cat /a/in/ner/file; ls /a/in/ner/x; ls /a",
                    Mount.tmpfs("/a/in/ner/x"),
                    Mount.bind(inner, "/a/in/ner").writable(),
                    Mount.bind(outer, "/a"))
                .expectedOut())
        .isEqualTo("inner\nin\n");
    assertThat(inner.resolve("x")).isEmptyDirectory();
  }

  @Test
  void what_is_missing_of_a_target_belongs_to_the_containers_root() throws IOException {
    Path data = shared("made");
    for (LayeredRootfs rootfs : allKinds()) {
      assertThat(
              run(
                      rootfs,
                      "stat -c '%u:%g %a' /opt/a /opt/a/b /opt/f; cat /opt/f/file",
                      Mount.bind(data, "/opt/a/b/c"),
                      Mount.file("/opt/f/file", "x"))
                  .expectedOut())
          .as("%s", rootfs)
          .isEqualTo("0:0 755\n0:0 755\n0:0 755\nx");
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_target_can_be_made_in_a_directory_of_any_user() throws IOException {
    Path layer = directory.resolve("homes");
    Files.createDirectories(layer.resolve("home/app"));
    Files.setAttribute(layer.resolve("home/app"), "unix:uid", 1000);
    Files.setAttribute(layer.resolve("home/app"), "unix:mode", 0700);

    assertThat(
            run(
                    LayeredRootfs.layers(base, layer),
                    "stat -c '%u %a' /home/app /home/app/.cache",
                    Mount.tmpfs("/home/app/.cache/x"))
                .expectedOut())
        .isEqualTo("1000 700\n0 755\n");
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void with_the_containers_ids_its_root_owns_what_the_hosts_root_owns() throws IOException {
    Path data = Files.createDirectories(directory.resolve("idmapped"));
    Files.setAttribute(data, "unix:mode", 0700);
    Files.writeString(data.resolve("file"), "");
    String script = "stat -c %u:%g /data /data/file; touch /data/new; chown 5:6 /data/new";

    run(script, Mount.bind(data, "/data").writable().idmapped());
    assertThat(Files.getAttribute(data.resolve("new"), "unix:uid")).isEqualTo(5);
    assertThat(run("stat -c %u:%g /data", Mount.bind(data, "/data").idmapped()).expectedOut())
        .isEqualTo("0:0\n");
    assertThat(run("stat -c %u:%g /data", Mount.bind(data, "/data")).expectedOut())
        .isEqualTo("65534:65534\n");
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void an_ordinary_user_cannot_mount_with_the_containers_ids() {
    assertThatExceptionOfType(HostUnsupportedException.class)
        .isThrownBy(() -> run("true", Mount.bind(base, "/data").idmapped()))
        .withMessageContaining("only root");
  }

  // In memory.

  @Test
  void a_tmpfs_is_as_large_and_open_as_asked() {
    for (LayeredRootfs rootfs : allKinds()) {
      assertThat(
              run(
                      rootfs,
                      "stat -c '%u:%g %a' /a /b; echo x >/a/x; df -k /b | tail -n 1",
                      Mount.tmpfs("/a"),
                      Mount.tmpfs("/b").size(ByteSize.ofMebibytes(3)).mode(0700))
                  .expectedOut())
          .as("%s", rootfs)
          .startsWith("0:0 1777\n0:0 700\n")
          .containsPattern(" 3072 ");
    }
    assertThat(
            run(
                    "dd if=/dev/zero of=/a/x bs=100k count=20",
                    Mount.tmpfs("/a").size(ByteSize.ofMebibytes(1)))
                .err())
        .contains("No space left");
  }

  @Test
  void programs_in_a_tmpfs_can_be_executed_only_if_asked() {
    String script = "cp /bin/busybox /a/echo; /a/echo ran";

    assertThat(run(script, Mount.tmpfs("/a").exec()).expectedOut()).isEqualTo("ran\n");
    assertThat(run(script, Mount.tmpfs("/a")).err()).contains("Permission denied");
    assertThat(mounted("/a", Mount.tmpfs("/a")).options()).contains("nosuid", "nodev", "noexec");
  }

  @Test
  void a_file_from_memory_is_read_only_and_of_the_containers_root() {
    byte[] large = new byte[3 << 20];
    large[large.length - 1] = 'x';
    for (LayeredRootfs rootfs : allKinds()) {
      Finished finished =
          run(
              rootfs,
              "cat /etc/app.conf; stat -c '%u:%g %a' /etc/app.conf /run/secret;"
                  + " wc -c </large; tail -c 1 /large; cat /empty; echo x >/etc/app.conf;"
                  + " chmod 777 /run/secret; rm /large",
              Mount.file("/etc/app.conf", "key = \u00fc\n"),
              Mount.file("/run/secret", "s3cret").mode(0400),
              Mount.file("/empty", ""),
              Mount.file("/large", large));

      assertThat(finished.out())
          .as("%s", rootfs)
          .isEqualTo("key = \u00fc\n0:0 644\n0:0 400\n" + large.length + "\nx");
      assertThat(finished.err().lines()).hasSize(3);
    }
  }

  @Test
  void what_lies_in_memory_is_in_no_listing() {
    assertThat(
            runtime
                .plan(
                    ContainerSpec.builder()
                        .command("true")
                        .mount(Mount.file("/run/secret", "s3cret"))
                        .build())
                .toString())
        .contains("/* 6 bytes */")
        .doesNotContain("s3cret");
  }

  // Devices.

  @Test
  void a_device_works_where_it_is_mounted_and_cannot_be_changed() {
    for (LayeredRootfs rootfs : allKinds()) {
      Finished finished =
          run(
              rootfs,
              "head -c 2 /dev/mine | wc -c; echo x >/dev/mine; head -c 1 /opt/zero | wc -c;"
                  + " chmod 666 /dev/mine",
              Mount.device(Path.of("/dev/zero"), "/dev/mine"),
              Mount.device(Path.of("/dev/zero"), "/opt/zero"));

      assertThat(finished.out()).as("%s", rootfs).isEqualTo("2\n1\n");
      assertThat(finished.err().lines()).hasSize(1);
    }
  }

  @Test
  void a_device_that_is_bound_as_a_file_does_not_work() {
    assertThat(run("head -c 1 /zero", Mount.bind(Path.of("/dev/zero"), "/zero")).err())
        .contains("Permission denied");
  }

  @Test
  void what_is_no_device_is_refused_as_one() {
    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> run("true", Mount.device(Path.of("/etc/passwd"))))
        .withMessageContaining("/etc/passwd is no device")
        .satisfies(e -> assertThat(e.field()).isEqualTo("mounts"));
  }

  // Hidden and read-only.

  @Test
  void what_a_spec_hides_is_empty_and_what_is_not_there_is_left_out() throws IOException {
    Path data = shared("hidden");
    Files.createDirectories(data.resolve("dir/sub"));
    file(data.resolve("dir"), "file", "secret\n");
    file(data, "file", "secret\n");
    for (LayeredRootfs rootfs : allKinds()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(rootfs)
              .mount(Mount.bind(data, "/data").writable())
              .maskedPaths(
                  "/data/dir", "/data/file", "/data/none", "/data/file/none", "/proc/version")
              .command(
                  "sh",
                  "-c",
                  "ls -A /data/dir; cat /data/file /proc/version; ls /data; touch /data/dir/x;"
                      + " echo x >/data/file; umount /data/dir; umount /data/file; cat /data/file")
              .build();
      Finished finished = run(spec);

      assertThat(finished.out()).as("%s", rootfs).isEqualTo("dir\nfile\n");
      assertThat(finished.err()).contains("Read-only file system");
    }
    assertThat(data.resolve("file")).hasContent("secret");
  }

  @Test
  void what_a_spec_protects_is_read_only_with_all_below() throws IOException {
    Path data = shared("protected");
    for (LayeredRootfs rootfs : allKinds()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(rootfs)
              .mount(Mount.bind(data, "/data").writable(), Mount.tmpfs("/data/tmp"))
              .mount(Mount.file("/data/file", "x"))
              .readOnlyPaths("/data", "/data/none", "/tmp")
              .command(
                  "sh",
                  "-c",
                  "for d in /data /data/tmp /tmp; do touch $d/new; done; cat /data/file")
              .build();
      Finished finished = run(spec);

      assertThat(finished.out()).as("%s", rootfs).isEqualTo("x");
      assertThat(finished.err().lines())
          .as("%s", rootfs)
          .hasSize(3)
          .allMatch(line -> line.contains("Read-only file system"));
    }
  }

  // The read-only root.

  @Test
  void a_read_only_root_stays_so_with_mounts() throws IOException {
    Map<String, String> before = TreeHash.of(base);
    for (LayeredRootfs rootfs :
        List.of(LayeredRootfs.directory(base).readOnly(), LayeredRootfs.host())) {
      Finished finished =
          run(rootfs, "for d in / /opt /etc; do touch $d/new; done", Mount.tmpfs("/opt/x"));

      assertThat(finished.err().lines())
          .as("%s", rootfs)
          .hasSize(3)
          .allMatch(line -> line.contains("Read-only file system"));
    }
    assertThat(TreeHash.of(base)).isEqualTo(before);
  }

  // What goes wrong.

  @Test
  void a_source_that_is_not_there_is_named_before_anything_is_made() {
    Path missing = directory.resolve("missing");

    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> run("true", Mount.bind(missing, "/data")))
        .withMessageContaining(missing + " is not there")
        .satisfies(e -> assertThat(e.field()).isEqualTo("mounts"));
  }

  @Test
  void a_target_below_a_read_only_directory_of_the_host_must_be_there() {
    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> run(LayeredRootfs.host(), "true", Mount.tmpfs("/usr/not-there")))
        .satisfies(e -> assertThat(e.errno()).isEqualTo("EROFS"))
        .satisfies(e -> assertThat(e.hint().orElse("")).contains("is not there"));
    assertThat(run(LayeredRootfs.host(), "ls -A /usr/share", Mount.tmpfs("/usr/share")).out())
        .isEmpty();
  }

  @Test
  void a_file_cannot_be_mounted_on_a_directory_or_the_other_way_round() throws IOException {
    Path file = file(shared("kinds"), "file", "");
    for (Mount mount : List.of(Mount.bind(file, "/etc"), Mount.bind(base, "/etc/passwd"))) {
      assertThatExceptionOfType(StartFailedException.class)
          .isThrownBy(() -> run("true", mount))
          .satisfies(e -> assertThat(e.hint().orElse("")).contains("a directory"));
    }
  }
}
