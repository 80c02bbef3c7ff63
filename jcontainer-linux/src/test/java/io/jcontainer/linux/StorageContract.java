package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What layers are for a container, whatever makes a root of them: an overlay of the kernel's, which
 * for an ordinary user is one in a user namespace; one that a process serves; or a copy.
 */
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
abstract class StorageContract extends WithRuntime {
  /** OverlayFS cannot have it for a layer, whoever asks. */
  static final Path REFUSED = Path.of("/proc/sys/net/unix");

  private static final int MOST_OF_AN_OVERLAY = 499;

  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  /** A layer in which things were removed and replaced. */
  private Path changed = Path.of("/");

  private Path low = Path.of("/");

  /** A root of these layers, made in the way that is tested. */
  abstract LayeredRootfs root(List<Path> lowestFirst);

  /** What the first line of {@code /proc/self/mounts} begins with in such a root. */
  abstract String mounted();

  /** Whether it can have a write layer that is kept. */
  boolean canBeKept() {
    return true;
  }

  /** Whether it has more layers than an overlay can. */
  boolean hasAnyNumberOfLayers() {
    return true;
  }

  @BeforeAll
  void makeLayers(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    low = directory.resolve("low");
    write(low, "srv/gone", "old");
    write(low, "srv/deep/old", "old");
    write(low, "srv/removed/old", "old");
    write(low, "srv/becomes-directory", "old");
    write(low, "srv/becomes-file/old", "old");
    write(low, "srv/stays", "stays\n");
    changed = change("changed", low);
    run(spec(root(base), "true")).expectedOut(); // makes its threads
  }

  /** What the kernel's own overlay leaves of these changes: whiteouts, and opaque directories. */
  private Path change(String name, Path layer) throws IOException {
    Path kept = directory.resolve(name);
    String script =
        "cd /srv && rm gone becomes-directory && rm -r deep removed becomes-file && mkdir deep"
            + " && echo new >deep/new && mkdir becomes-directory"
            + " && echo new >becomes-directory/new && echo new >becomes-file";
    ContainerSpec.Builder spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.layers(base, layer).writableIn(kept))
            .command("sh", "-c", script);
    if (Feature.ROOT.available()) {
      spec.namespaces(ns -> ns.user(Namespace.host())); // owners on disk are those of layers
    }
    run(spec.build()).expectedOut();
    return kept.resolve("upper");
  }

  /** OverlayFS leaves a directory that only its owner may open, and that has no permissions. */
  @AfterAll
  void openWork() throws IOException {
    try (var entries = Files.list(directory)) {
      for (Path kept : entries.toList()) {
        Path work = kept.resolve("work/work");
        if (Files.isDirectory(work)) {
          Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwx------"));
        }
      }
    }
  }

  private LayeredRootfs root(Path... lowestFirst) {
    return root(List.of(lowestFirst));
  }

  private List<Map<String, String>> layers() {
    return List.of(TreeHash.of(base), TreeHash.of(low));
  }

  private static ContainerSpec spec(LayeredRootfs rootfs, String... command) {
    return ContainerSpec.builder().rootfs(rootfs).command(command).build();
  }

  private Finished sh(LayeredRootfs rootfs, String script) {
    return run(spec(rootfs, "sh", "-c", script));
  }

  private String out(LayeredRootfs rootfs, String script) {
    return sh(rootfs, script).expectedOut();
  }

  private static Path write(Path layer, String file, String text) throws IOException {
    Path path = layer.resolve(file);
    Files.createDirectories(path.getParent());
    return Files.writeString(path, text);
  }

  @Test
  void it_is_what_is_tested() {
    assertThat(out(root(base), "grep ' / ' /proc/self/mounts")).startsWith(mounted());
  }

  @Test
  void a_whiteout_hides_what_is_below_it() {
    assertThat(out(root(base, low, changed), "ls /srv"))
        .isEqualTo("becomes-directory\nbecomes-file\ndeep\nstays\n");
    assertThat(sh(root(base, low, changed), "cat /srv/gone").err()).contains("No such file");
  }

  @Test
  void an_opaque_directory_hides_what_is_in_those_below_it() {
    assertThat(out(root(base, low, changed), "ls -A /srv/deep; cat /srv/deep/new"))
        .isEqualTo("new\nnew\n");
  }

  @Test
  void a_file_may_become_a_directory_and_a_directory_a_file() {
    assertThat(
            out(root(base, low, changed), "cat /srv/becomes-file; cat /srv/becomes-directory/new"))
        .isEqualTo("new\nnew\n");
  }

  @Test
  void a_layer_above_a_whiteout_has_its_files_again() throws IOException {
    Path above = directory.resolve("above");
    write(above, "srv/gone", "back\n");
    write(above, "srv/removed/new", "back\n");

    assertThat(
            out(root(base, low, changed, above), "cat /srv/gone /srv/removed/*; ls /srv/removed"))
        .isEqualTo("back\nback\nnew\n");
  }

  /** What layers of images have that write below a name that is a link further down. */
  @Test
  void a_directory_takes_the_place_of_a_link_and_has_nothing_of_what_that_hides()
      throws IOException {
    Path first = directory.resolve("place-first");
    write(first, "srv/real/old", "old\n");
    write(first, "srv/link/hidden", "old\n");
    write(first, "srv/file/hidden", "old\n");
    Path second = directory.resolve("place-second");
    write(second, "srv/file", "old\n");
    Files.createSymbolicLink(second.resolve("srv/link"), Path.of("real"));
    Path third = directory.resolve("place-third");
    write(third, "srv/link/new", "new\n");
    write(third, "srv/file/new", "new\n");

    assertThat(
            out(
                root(base, first, second, third),
                "cd /srv; ls -A file link real; cat link/new file/new;"
                    + " [ -h link ] || touch link/writable; ls link real"))
        .isEqualTo(
            """
            file:
            new

            link:
            new

            real:
            old
            new
            new
            link:
            new
            writable

            real:
            old
            """);
  }

  /** One page of mount(2) has room for fewer paths than the last two. */
  @ParameterizedTest
  @ValueSource(ints = {1, 10, 127, 300, 499})
  void any_number_of_layers_is_one_root(int count) throws IOException {
    assertThat(
            out(root(many(count)), "ls /data | wc -l; cat /data/last; ls -A / | grep -c '^bin$'"))
        .isEqualTo(count + "\n" + (count - 1) + "\n1\n");
  }

  private List<Path> many(int count) throws IOException {
    List<Path> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path layer = directory.resolve("many").resolve(i == 0 ? "base" : Integer.toString(i));
      if (Files.notExists(layer)) {
        if (i == 0) {
          RootfsFixtures.busyboxRoot(layer);
        } else {
          write(layer, "data/" + i, "");
        }
        write(layer, "data/last", i + "\n");
      }
      layers.add(layer);
    }
    return layers;
  }

  @Test
  void more_layers_than_an_overlay_can_have_are_one_root_or_refused_by_their_number()
      throws IOException {
    List<Path> layers = many(MOST_OF_AN_OVERLAY + 21);
    if (hasAnyNumberOfLayers()) {
      assertThat(out(root(layers), "ls /data | wc -l; cat /data/last")).isEqualTo("520\n519\n");
    } else {
      assertThatThrownBy(() -> out(root(layers), "true"))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("520 layers")
          .hasMessageContaining("499")
          .hasMessageContaining("withFallback()");
    }
  }

  @Test
  void hard_links_of_a_layer_are_one_file() throws IOException {
    Path layer = directory.resolve("linked");
    Path first = write(layer, "data/first", "text\n");
    Files.createLink(layer.resolve("data/second"), first);

    assertThat(
            out(
                root(base, layer),
                "cd /data; stat -c %h first second; [ $(stat -c %i first) = $(stat -c %i second) ]"
                    + " && cat second"))
        .isEqualTo("2\n2\ntext\n");
    assertThat(out(root(base, layer), "echo more >>/data/first; cat /data/first"))
        .isEqualTo("text\nmore\n");
    assertThat(first).hasContent("text\n");
  }

  @Test
  void what_a_container_writes_is_its_own() throws IOException {
    List<Map<String, String>> before = layers();
    LayeredRootfs root = root(base, low);
    String script =
        "echo x >/etc/passwd; rm -r /srv/deep /etc/group; mkdir /srv/deep; chmod 700 /var;"
            + " ln /srv/stays /srv/link; mv /srv/stays /srv/moved; echo ready; cat >/dev/null;"
            + " cat /etc/passwd; ls -A /srv/deep; cat /srv/link";

    try (Container first = runtime.start(spec(root, "sh", "-c", script))) {
      assertThat(first.stdout().lines().findFirst()).contains("ready");
      assertThat(out(root, "ls /srv; head -c 4 /etc/passwd; stat -c ' %a' /var; ls /etc"))
          .isEqualTo(
              "becomes-directory\nbecomes-file\ndeep\ngone\nremoved\nstays\nroot 755\ngroup\npasswd\n");
      first.stdin().close();
      assertThat(first.waitFor().isSuccess()).isTrue();
    }

    assertThat(layers()).isEqualTo(before);
  }

  @Test
  void a_read_only_root_has_only_its_tmp_to_write_to() {
    LayeredRootfs root = root(base, low).readOnly();

    Finished finished = sh(root, "touch /new /srv/new; rm /srv/gone; echo x >/tmp/x; cat /tmp/x");

    assertThat(finished.out()).isEqualTo("x\n");
    assertThat(finished.err().lines())
        .hasSize(3)
        .allMatch(line -> line.contains("Read-only file system"));
  }

  @Test
  void a_write_layer_that_is_kept_goes_on_with_the_next_container() {
    LayeredRootfs root = root(base, low).writableIn(directory.resolve("kept"));
    if (!canBeKept()) {
      assertThatThrownBy(() -> out(root, "true")).isInstanceOf(ContainerException.class);
      return;
    }

    out(root, "echo kept >/srv/new; rm /srv/gone; rm -r /srv/deep; mkdir /srv/deep");

    assertThat(out(root, "cat /srv/new; ls -A /srv/deep; ls /srv"))
        .isEqualTo("kept\nbecomes-directory\nbecomes-file\ndeep\nnew\nremoved\nstays\n");
  }

  @Test
  void owners_are_the_containers() throws IOException {
    Path layer = directory.resolve("owned");
    Path file = write(layer, "data/file", "");
    boolean root = Feature.ROOT.available();
    if (root) {
      Files.setAttribute(file, "unix:uid", 33);
      Files.setAttribute(file, "unix:gid", 44);
    }

    assertThat(
            out(
                root(base, layer),
                "touch /data/new; stat -c %u:%g /data/file /data/new /etc/passwd"))
        .isEqualTo((root ? "33:44" : "0:0") + "\n0:0\n0:0\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void each_user_of_the_container_has_the_rights_of_an_owner_and_no_more() {
    assertThat(out(root(base), "chown 5:6 /home; stat -c %u:%g /home; mkdir -m 700 /a; ls /a"))
        .isEqualTo("5:6\n");
    ContainerSpec other =
        spec(root(base), "sh", "-c", "touch /tmp/x; touch /etc/x; stat -c %u /tmp/x").toBuilder()
            .user("5")
            .build();
    Finished finished = run(other);
    assertThat(finished.out()).isEqualTo("5\n");
    assertThat(finished.err()).contains("/etc/x: Permission denied");
  }

  @Test
  void modes_times_links_and_names_are_the_layers() throws IOException {
    Path layer = directory.resolve("kinds");
    Path tool = write(layer, "data/tool", "");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("r-xr-x--x"));
    Files.setLastModifiedTime(tool, FileTime.from(Instant.parse("2001-02-03T04:05:06Z")));
    Files.createSymbolicLink(layer.resolve("data/link"), Path.of("/etc/../data/tool"));
    write(layer, "data/a b,c:d\\e=\u00fc", "odd\n");

    assertThat(
            out(
                root(base, layer),
                "cd /data; stat -c '%a %Y' tool; readlink link; cat a*; chmod 4755 tool;"
                    + " stat -c %a tool"))
        .isEqualTo("551 981173106\n/etc/../data/tool\nodd\n4755\n");
  }

  @Test
  void a_root_is_given_back_with_its_container() {
    List<Map<String, String>> before = layers();

    for (int i = 0; i < 3; i++) {
      out(root(base, low), "echo x >/srv/new");
    }

    assertThat(layers()).isEqualTo(before);
  }
}
