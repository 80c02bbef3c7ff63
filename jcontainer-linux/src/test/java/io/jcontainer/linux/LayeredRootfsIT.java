package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Directories as layers: shared, never changed, each container's changes its own. */
@Tag("every-jdk")
@Timeout(60)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class LayeredRootfsIT extends WithRuntime {
  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
  }

  private Finished run(LayeredRootfs rootfs, String script) {
    return run(ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script).build());
  }

  private Path layer(String name) throws IOException {
    Path layer = Files.createDirectories(directory.resolve(name));
    return Files.setPosixFilePermissions(layer, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void write(Path layer, String file, String text) throws IOException {
    Path path = layer.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void a_directory_is_the_root_and_nothing_of_the_host_is_there() {
    assertThat(run(LayeredRootfs.directory(base), "ls -A /; ls /usr").expectedOut().lines())
        .containsExactlyInAnyOrder(
            "bin", "dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var");
  }

  @Test
  void a_directory_is_never_changed_and_the_next_container_sees_it_as_it_was() {
    Map<String, String> before = TreeHash.of(base);
    String script =
        "echo x >/etc/passwd; echo y >/new; rm /etc/group /bin/cp; mkdir /home/d; chmod 700 /var;"
            + " rmdir /usr; ln -s /etc /link; mv /bin/yes /bin/no; chown 1:1 /root 2>/dev/null;"
            + " ls /; cat /etc/passwd";
    assertThat(run(LayeredRootfs.directory(base), script).expectedOut())
        .endsWith("\nx\n")
        .contains("new\n", "link\n")
        .doesNotContain("usr\n");

    assertThat(TreeHash.of(base)).isEqualTo(before);
    assertThat(
            run(
                    LayeredRootfs.directory(base),
                    "ls -d /usr /etc/group /bin/cp; ls /new /link 2>/dev/null;"
                        + " head -c 5 /etc/passwd")
                .out())
        .isEqualTo("/bin/cp\n/etc/group\n/usr\nroot:");
  }

  @Test
  void the_highest_layer_that_has_a_file_shows_it() throws IOException {
    Path middle = layer("middle");
    Path top = layer("top");
    for (Path layer : List.of(middle, top)) {
      write(layer, "data/both", layer.getFileName() + "\n");
      write(layer, "data/" + layer.getFileName(), "own\n");
    }
    write(middle, "etc/group", "middle\n");

    assertThat(
            run(
                    LayeredRootfs.layers(base, middle, top),
                    "cat /data/both /etc/group; ls /data; head -c 4 /etc/passwd")
                .expectedOut())
        .isEqualTo("top\nmiddle\nboth\nmiddle\ntop\nroot");
    assertThat(
            run(LayeredRootfs.layers(List.of(base, top, middle)), "cat /data/both").expectedOut())
        .isEqualTo("middle\n");
  }

  @Test
  void what_is_removed_stays_removed_in_the_container() throws IOException {
    Path layer = layer("removed-from");
    write(layer, "data/dir/old", "old");
    String script =
        "rm -r /data/dir && ! ls /data/dir 2>/dev/null && mkdir /data/dir && ls -A /data/dir"
            + " && echo new >/data/dir/new && ls /data/dir";

    assertThat(run(LayeredRootfs.layers(base, layer), script).expectedOut()).isEqualTo("new\n");
    assertThat(layer.resolve("data/dir/old")).hasContent("old");
  }

  @Test
  void a_layer_that_hides_a_file_with_a_whiteout_device_hides_it() throws Exception {
    if (!Feature.ROOT.available()) {
      return;
    }
    Path layer = layer("whiteout");
    Files.createDirectories(layer.resolve("etc"));
    mknod(layer.resolve("etc/group"), "c", "0", "0");

    assertThat(run(LayeredRootfs.layers(base, layer), "ls /etc").expectedOut())
        .isEqualTo("passwd\n");
  }

  @Test
  void two_containers_do_not_see_each_others_changes() throws IOException {
    try (var first =
        runtime.start(
            ContainerSpec.builder()
                .rootfs(LayeredRootfs.directory(base))
                .command("sh", "-c", "echo first >/mine; echo ready; cat; cat /mine; ls /")
                .build())) {
      assertThat(first.stdout().readNBytes(6)).asString().isEqualTo("ready\n");
      assertThat(
              run(LayeredRootfs.directory(base), "ls /mine 2>/dev/null; echo second >/mine").err())
          .isEmpty();
      first.stdin().close();

      assertThat(first.stdout().readText()).startsWith("first\n");
    }
  }

  @Test
  void a_write_layer_is_limited_to_its_size() {
    LayeredRootfs rootfs = LayeredRootfs.directory(base).writable(ByteSize.ofMebibytes(1));

    assertThat(run(rootfs, "head -c 500000 /dev/zero >/a && wc -c </a").expectedOut())
        .isEqualTo("500000\n");
    assertThat(run(rootfs, "dd if=/dev/zero of=/a bs=100k count=20").err())
        .contains("No space left on device");
    assertThat(run(rootfs, "dd if=/dev/zero of=/tmp/a bs=100k count=20").err())
        .contains("No space left on device");
  }

  @Test
  void a_read_only_root_has_only_its_tmp_to_write_to() {
    LayeredRootfs rootfs = LayeredRootfs.directory(base).readOnly();

    Finished finished =
        run(rootfs, "for d in / /etc /root /run /var /usr; do touch $d/new; done; rm /etc/group");
    assertThat(finished.err().lines())
        .hasSize(7)
        .allMatch(line -> line.contains("Read-only file system"));
    assertThat(run(rootfs, "echo x >/tmp/new && cat /tmp/new && stat -c %a /tmp").expectedOut())
        .isEqualTo("x\n1777\n");
    assertThat(base.resolve("tmp")).isEmptyDirectory();
  }

  @Test
  void the_mount_points_are_made_where_a_layer_has_none() throws IOException {
    Path bare = layer("bare");
    Files.createDirectories(bare.resolve("bin"));
    Files.copy(base.resolve("bin/busybox"), bare.resolve("bin/busybox"));
    for (LayeredRootfs rootfs :
        List.of(LayeredRootfs.directory(bare), LayeredRootfs.directory(bare).readOnly())) {
      assertThat(
              run(ContainerSpec.builder()
                      .rootfs(rootfs)
                      .command("/bin/busybox", "ls", "-d", "/dev/null", "/proc/1", "/sys/kernel")
                      .build())
                  .expectedOut())
          .isEqualTo("/dev/null\n/proc/1\n/sys/kernel\n");
    }
    assertThat(bare).isDirectoryNotContaining("glob:**/{dev,proc,sys,tmp}");
  }

  @Test
  void a_hundred_layers_are_one_root() throws IOException {
    List<Path> layers = new ArrayList<>(List.of(base));
    for (int i = 1; i < 100; i++) {
      Path layer = layer("hundred/" + i);
      write(layer, "data/" + i, "");
      write(layer, "data/last", i + "\n");
      layers.add(layer);
    }

    assertThat(run(LayeredRootfs.layers(layers), "ls /data | wc -l; cat /data/last").expectedOut())
        .isEqualTo("100\n99\n");
  }

  @Test
  void a_layer_may_be_called_anything() throws IOException {
    for (String name :
        List.of(
            "a:b", "a,b", "a b", "a\\b", "a\\:b", "lowerdir=x,upperdir=y", "ü€", "a\nb", "\"'")) {
      Path layer = layer("names/" + name);
      write(layer, "data", name);

      assertThat(run(LayeredRootfs.layers(base, layer), "cat /data").expectedOut()).isEqualTo(name);
    }
  }

  @Test
  void a_layer_by_a_symbolic_link_is_what_the_link_leads_to() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link-to-base"), base);

    assertThat(run(LayeredRootfs.directory(link), "echo x >/new; ls /new").expectedOut())
        .isEqualTo("/new\n");
  }

  @Test
  void a_layer_that_is_not_there_is_named() {
    Path missing = directory.resolve("missing");

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> run(LayeredRootfs.layers(base, missing), "true"))
        .withMessageContaining(missing.toString())
        .satisfies(failure -> assertThat(failure.errno()).isEqualTo("ENOENT"))
        .satisfies(failure -> assertThat(failure.hint()).isPresent());
  }

  @Test
  void a_layer_that_is_a_file_is_refused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "no directory");

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> run(LayeredRootfs.layers(base, file), "true"));
  }

  @Test
  void files_of_the_jvms_user_belong_to_the_containers_root() {
    assertThat(run(LayeredRootfs.directory(base), "stat -c %u:%g / /etc/passwd /bin").expectedOut())
        .isEqualTo("0:0\n0:0\n0:0\n");
    assertThat(run(LayeredRootfs.directory(base).readOnly(), "stat -c %u:%g /bin").expectedOut())
        .isEqualTo("0:0\n");
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void owners_on_disk_are_the_same_numbers_inside() throws IOException {
    Path layer = layer("owners");
    write(layer, "data/file", "");
    Files.setAttribute(layer.resolve("data/file"), "unix:uid", 1000);
    Files.setAttribute(layer.resolve("data/file"), "unix:gid", 100);
    String script =
        "stat -c %u:%g /data/file; chown 33:44 /data/file && stat -c %u:%g /data/file;"
            + " touch /data/new && stat -c %u:%g /data/new";

    assertThat(run(LayeredRootfs.layers(base, layer), script).expectedOut())
        .isEqualTo("1000:100\n33:44\n0:0\n");
    assertThat(Files.getAttribute(layer.resolve("data/file"), "unix:uid")).isEqualTo(1000);
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_device_node_in_a_layer_does_not_work() throws Exception {
    Path layer = layer("devices");
    mknod(layer.resolve("zero"), "c", "1", "5");
    Files.setPosixFilePermissions(
        layer.resolve("zero"), PosixFilePermissions.fromString("rw-rw-rw-"));
    LayeredRootfs rootfs = LayeredRootfs.layers(base, layer);
    for (LayeredRootfs each : List.of(rootfs, rootfs.readOnly())) {
      Finished finished = run(each, "stat -c %t:%T /zero; head -c 1 /zero");
      assertThat(finished.out()).isEqualTo("1:5\n");
      assertThat(finished.err()).contains("Permission denied");
    }
  }

  @Test
  void a_device_node_made_inside_does_not_work() {
    // CAP_MKNOD is in the default set, but is worth nothing in a user namespace.
    Finished finished =
        run(LayeredRootfs.directory(base), "mknod /zero c 1 5; head -c 1 /zero | wc -c");

    assertThat(finished.out()).isEqualTo("0\n");
  }

  @Test
  void a_set_user_id_program_in_a_layer_gives_nothing() throws IOException {
    Path layer = layer("suid");
    Files.createDirectories(layer.resolve("suid"));
    Path program = Files.copy(base.resolve("bin/busybox"), layer.resolve("suid/id"));
    Files.setAttribute(program, "unix:mode", 04755);

    assertThat(run(LayeredRootfs.layers(base, layer), "/suid/id -u").expectedOut())
        .isEqualTo("0\n");
    assertThat(run(LayeredRootfs.layers(base, layer), "grep ' / ' /proc/self/mounts").expectedOut())
        .contains("nodev");
  }

  private static void mknod(Path path, String... numbers) throws Exception {
    List<String> command = new ArrayList<>(List.of("mknod", path.toString()));
    command.addAll(List.of(numbers));
    Process mknod = new ProcessBuilder(command).inheritIO().start();
    assertThat(mknod.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(mknod.exitValue()).isZero();
  }
}
