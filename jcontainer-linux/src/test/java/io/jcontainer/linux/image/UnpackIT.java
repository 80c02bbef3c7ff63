package io.jcontainer.linux.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.IdMapping.Range;
import io.jcontainer.ImageLimits;
import io.jcontainer.LayerUsage;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.StoredImage;
import io.jcontainer.linux.request.RootAttributes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is on disk when a layer was unpacked. */
@LeakChecked
@Timeout(60)
class UnpackIT {
  @TempDir Path parent;
  private UnpackingFixture fixture;

  @BeforeAll
  static void load() {
    UnpackingFixture.load();
  }

  @BeforeEach
  void open() {
    fixture = new UnpackingFixture(parent);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void files_directories_and_links_are_as_the_layer_has_them() throws Exception {
    RawTar tar =
        new RawTar()
            .entry("./etc/", '5')
            .mode(0750)
            .time(5)
            .end()
            .file("./etc/passwd", "root")
            .link("etc/link", "../etc/passwd")
            .hardLink("etc/hard", "etc/passwd")
            .entry("etc/program", '0')
            .content("x".repeat(100_000))
            .mode(06755)
            .pax("mtime", "7.123456789")
            .end()
            .entry("pipe", '6')
            .mode(0622)
            .end();

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path root = image.layers().get(0);
      assertThat(image.layers()).hasSize(1);
      assertThat(UnpackingFixture.describe(root.resolve("etc"))).contains("40750", "00:05Z");
      assertThat(Files.readString(root.resolve("etc/passwd"))).isEqualTo("root");
      assertThat(Files.readSymbolicLink(root.resolve("etc/link"))).hasToString("../etc/passwd");
      assertThat(Files.isSameFile(root.resolve("etc/hard"), root.resolve("etc/passwd"))).isTrue();
      assertThat(UnpackingFixture.describe(root.resolve("etc/program")))
          .contains("106755", "00:07.123456789Z", "xxxxx");
      assertThat(UnpackingFixture.describe(root.resolve("pipe"))).contains("10622");
      assertThat(
              Files.getAttribute(root.resolve("etc/passwd"), "unix:uid", LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(fixture.user.kernel().effectiveUserId());
    }
  }

  @Test
  void a_layer_is_unpacked_once() {
    RawTar base = new RawTar().file("a", "1");
    try (UnpackedImage first = fixture.unpack(base);
        UnpackedImage second = fixture.unpack(base, new RawTar().file("b", "2"))) {
      assertThat(second.layers()).hasSize(2).startsWith(first.layers().get(0));
      assertThat(fixture.places()).hasSize(2);
    }
  }

  @Test
  void a_directory_that_others_have_moved_away_is_made_again() throws IOException {
    Manifest image = fixture.image(new RawTar().file("a", "1").bytes());
    fixture.unpack(image).close();
    Path moved = fixture.parent.resolve("moved");
    Files.move(fixture.directory, moved);

    try (UnpackedImage again = fixture.unpack(image)) {
      assertThat(again.layers().get(0).resolve("a")).hasContent("1");
    }
    fixture.images.images().forEach(fixture.images::remove);
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    Files.move(fixture.directory, fixture.parent.resolve("empty"));
    Files.move(moved, fixture.directory);
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
  }

  @Test
  void layers_that_somebody_holds_are_not_pruned() {
    UnpackedImage held = fixture.unpack(new RawTar().file("a", "1"));
    fixture.unpack(new RawTar().file("b", "2")).close();
    fixture.images.images().forEach(fixture.images::remove);

    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    assertThat(Files.exists(held.layers().get(0).resolve("a"))).isTrue();
    held.close();
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    assertThat(fixture.places()).isEqualTo(List.of());
  }

  /** Between its manifest and its configuration, or somebody was killed who did so. */
  @Test
  void layers_of_an_image_that_others_remove_meanwhile_are_pruned() throws IOException {
    Manifest image = fixture.image(new RawTar().file("a", "1").bytes());
    fixture.unpack(image).close();
    String config = image.config().digest().hex();
    Files.delete(fixture.images.directory().resolve("blobs/sha256").resolve(config));

    assertThat(fixture.layers.usage(fixture.images).reclaimable().bytes()).isPositive();
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
  }

  @Test
  void what_layers_need_is_counted_once_and_without_holes() {
    RawTar base =
        new RawTar()
            .entry("others", '5')
            .mode(0700)
            .owner(1000, 1000)
            .end()
            .entry("others/a", '0')
            .owner(1000, 1000)
            .mode(0600)
            .content("x".repeat(1 << 20))
            .end()
            .hardLink("others/b", "others/a")
            .hardLink("c", "others/a");
    UnpackedImage held = fixture.unpack(base, new RawTar().file("d", "1"));
    StoredImage first = fixture.images.images().get(0);
    fixture.unpack(base, new RawTar().file("e", "x".repeat(2 << 20))).close();

    LayerUsage usage = fixture.layers.usage(fixture.images);
    assertThat(usage.layers()).isEqualTo(3);
    assertThat(usage.held()).isEqualTo(2);
    assertThat(usage.images()).containsExactly(first.target().digest().toString());
    assertThat(usage.size().bytes()).isBetween(3L << 20, (3L << 20) + (200 << 10));
    assertThat(usage.reclaimable().bytes()).isZero();

    fixture.images.images().stream()
        .filter(image -> !image.equals(first))
        .forEach(fixture.images::remove);
    usage = fixture.layers.usage(fixture.images);
    assertThat(usage.reclaimable().bytes()).isBetween(2L << 20, (2L << 20) + (100 << 10));

    fixture.images.remove(first); // what it has is held
    assertThat(fixture.layers.usage(fixture.images).reclaimable()).isEqualTo(usage.reclaimable());
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    usage = fixture.layers.usage(fixture.images);
    assertThat(usage.size().bytes()).isBetween(1L << 20, (1L << 20) + (150 << 10));
    assertThat(usage.reclaimable().bytes()).isZero();
    held.close();
    assertThat(fixture.layers.usage(fixture.images).reclaimable()).isEqualTo(usage.size());
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(2);
    assertThat(fixture.layers.usage(fixture.images).size().bytes()).isZero();
  }

  @Test
  void layers_of_an_image_to_which_indexes_have_very_many_ways_are_kept() {
    fixture.unpack(new RawTar().file("a", "1")).close();
    StoredImage image = fixture.images.images().get(0);
    try (Lease lease = fixture.images.lease()) {
      Descriptor below = image.target();
      for (int i = 0; i < 7; i++) {
        List<Descriptor> same = new ArrayList<>();
        for (int j = 0; j < 100; j++) {
          same.add(below.withAnnotations(Map.of("way", String.valueOf(j))));
        }
        below = lease.write(MediaType.OCI_INDEX, Index.of(same).toBytes());
      }
      fixture.images.tag(ImageReference.parse("ways:1"), below);
    }
    fixture.images.remove(image);

    assertThat(fixture.layers.prune(fixture.images)).isZero();
    assertThat(fixture.places()).isNotEmpty();
  }

  private Path only(UnpackedImage image) {
    assertThat(image.layers()).hasSize(1);
    return image.layers().get(0);
  }

  @Test
  void whiteouts_and_opaque_directories_are_an_overlays() throws Exception {
    RawTar base =
        new RawTar().file("gone", "1").file("d/old", "1").file("e/old", "1").file("f/old", "1");
    RawTar tar =
        new RawTar()
            .file(".wh.gone", "")
            .file(".wh.never", "")
            .directory("d")
            .file("d/.wh..wh..opq", "")
            .file("d/new", "2")
            .file(".wh.e", "") // before what takes its place
            .file("e/new", "2")
            .file("f/new", "2")
            .file(".wh.f", ""); // and behind it

    try (UnpackedImage image = fixture.unpack(base, tar)) {
      Path root = image.layers().get(1);
      assertThat(UnpackingFixture.describe(root.resolve("gone")))
          .startsWith("20000 ")
          .contains(" 0");
      assertThat(Files.exists(root.resolve("never"), LinkOption.NOFOLLOW_LINKS)).isFalse();
      for (String opaque : List.of("d", "e", "f")) {
        assertThat(UnpackingFixture.xattrs(root.resolve(opaque)))
            .as(opaque)
            .containsExactly(
                fixture.user.isRoot() ? "trusted.overlay.opaque" : "user.overlay.opaque");
        assertThat(Files.readString(root.resolve(opaque + "/new"))).isEqualTo("2");
      }
    }
  }

  @Test
  void a_layer_that_hides_all_below_it_is_the_lowest() {
    RawTar opaque = new RawTar().file(".wh..wh..opq", "").file("b", "2");
    try (UnpackedImage image =
        fixture.unpack(new RawTar().file("a", "1"), opaque, new RawTar().file("c", "3"))) {
      assertThat(image.layers()).hasSize(2);
      assertThat(Files.exists(image.layers().get(0).resolve("b"))).isTrue();
    }
  }

  @Test
  void directories_that_no_entry_names_are_as_they_are_below() throws Exception {
    RawTar base =
        new RawTar()
            .entry("a", '5')
            .mode(01777)
            .time(77)
            .xattr("user.x", "1")
            .end()
            .entry("a/b", '5')
            .mode(0700)
            .end()
            .entry("c", '5')
            .mode(0711)
            .end();
    RawTar middle = new RawTar().file(".wh.c", "");
    RawTar top = new RawTar().file("a/b/new", "1").file("c/new", "1").file("d/e/new", "1");

    try (UnpackedImage image = fixture.unpack(base, middle, top)) {
      Path root = image.layers().get(2);
      assertThat(UnpackingFixture.describe(root.resolve("a"))).contains("41777", "01:17Z");
      assertThat(UnpackingFixture.xattrs(root.resolve("a"))).containsExactly("user.x");
      assertThat(UnpackingFixture.describe(root.resolve("a/b"))).contains("40700");
      assertThat(UnpackingFixture.describe(root.resolve("c"))).contains("40755"); // it was removed
      assertThat(UnpackingFixture.describe(root.resolve("d/e"))).contains("40755");
    }
  }

  @Test
  void files_below_may_have_as_many_attributes_as_a_file_system_has_room_for() throws Exception {
    RawTar.Entry many = new RawTar().entry("a", '5').mode(0711);
    String name = "user." + "x".repeat(200);
    for (int i = 0; i < 10; i++) {
      many.xattr(name + i, "" + i);
    }
    RawTar base = many.end().file("a/gone", "1");
    RawTar top = new RawTar().file("a/new", "1").file("a/.wh.gone", "");

    try (UnpackedImage image = fixture.unpack(base, top)) {
      Path root = image.layers().get(1);
      assertThat(UnpackingFixture.describe(root.resolve("a"))).startsWith("40711 ");
      assertThat(UnpackingFixture.xattrs(root.resolve("a"))).hasSize(10).contains(name + 9);
      assertThat(UnpackingFixture.describe(root.resolve("a/gone"))).startsWith("20000 ");
    }
  }

  @Test
  void a_directory_that_is_named_later_is_as_it_is_named() throws Exception {
    RawTar tar =
        new RawTar()
            .file("a/b/c", "1")
            .entry("a", '5')
            .mode(0500)
            .time(99)
            .end()
            .file("a/d", "1")
            .entry("a/b", '5')
            .mode(0)
            .time(98)
            .end()
            .file("a/b/e", "1");

    try (UnpackedImage image = fixture.unpack(tar)) {
      assertThat(UnpackingFixture.describe(only(image).resolve("a"))).contains("40500", "01:39Z");
      if (fixture.user.isRoot()) {
        assertThat(UnpackingFixture.describe(only(image).resolve("a/b"))).contains("1:38Z");
        assertThat(only(image).resolve("a/b/e")).exists();
      }
    }
  }

  @Test
  void a_directory_takes_the_place_of_a_link_or_a_file_below() throws Exception {
    RawTar base =
        new RawTar()
            .entry("usr/lib", '5')
            .mode(0700)
            .end()
            .file("usr/lib/old", "1")
            .link("lib", "usr/lib")
            .link("removed", "/usr/lib")
            .file("plain", "1");
    RawTar tar =
        new RawTar().file("lib/x/new", "2").file("removed/.wh.old", "").file("plain/new", "2");

    try (UnpackedImage image = fixture.unpack(base, tar)) {
      Path root = image.layers().get(1);
      for (String name : List.of("lib", "lib/x", "removed", "plain")) {
        assertThat(UnpackingFixture.describe(root.resolve(name))).as(name).startsWith("40755 ");
      }
      assertThat(root.resolve("lib/x/new")).hasContent("2");
      assertThat(root.resolve("plain/new")).hasContent("2");
      assertThat(root.resolve("removed")).isEmptyDirectory();
      assertThat(root.resolve("usr")).doesNotExist();
    }
  }

  @Test
  void what_is_behind_a_link_of_the_same_layer_lies_where_that_leads() throws Exception {
    RawTar base = new RawTar().entry("usr/lib", '5').mode(0711).time(77).end();
    RawTar tar =
        new RawTar()
            .directory("usr")
            .link("lib", "usr/lib") // which is in the layer below only
            .link("usr/lib64", "../lib")
            .link("root", "/")
            .file("lib/a", "1")
            .file("usr/lib64/sub/b", "2")
            .hardLink("usr/hard", "lib/a")
            .file("root/root/etc/c", "3")
            .file("root/.wh.gone", "")
            .file("lib/.wh.old", "");

    try (UnpackedImage image = fixture.unpack(base.file("gone", "").file("usr/lib/old", ""), tar)) {
      Path root = image.layers().get(1);
      assertThat(Files.readSymbolicLink(root.resolve("lib"))).hasToString("usr/lib");
      assertThat(UnpackingFixture.describe(root.resolve("usr/lib"))).contains("40711", "01:17Z");
      assertThat(root.resolve("usr/lib/a")).hasContent("1");
      assertThat(Files.isSameFile(root.resolve("usr/lib/a"), root.resolve("usr/hard"))).isTrue();
      assertThat(root.resolve("usr/lib/sub/b")).hasContent("2");
      assertThat(root.resolve("etc/c")).hasContent("3");
      assertThat(UnpackingFixture.describe(root.resolve("gone"))).startsWith("20000 ");
      assertThat(UnpackingFixture.describe(root.resolve("usr/lib/old"))).startsWith("20000 ");
    }
  }

  @Test
  void an_opaque_mark_behind_a_link_to_the_root_is_that_of_the_root() {
    RawTar opaque = new RawTar().link("root", "/").file("root/.wh..wh..opq", "").file("b", "2");
    try (UnpackedImage image = fixture.unpack(new RawTar().file("a", "1"), opaque)) {
      assertThat(image.layers()).hasSize(1);
    }
  }

  @Test
  void a_hard_link_to_a_file_in_a_directory_that_is_closed_by_then_is_made() throws Exception {
    RawTar tar =
        new RawTar()
            .file("implied/a", "1")
            .entry("closed", '5')
            .mode(0400)
            .time(77)
            .end()
            .file("closed/a", "2")
            .hardLink("b", "implied/a")
            .hardLink("c", "closed/a");

    try (UnpackedImage image = fixture.unpack(tar)) {
      assertThat(only(image).resolve("b")).hasContent("1");
      assertThat(only(image).resolve("c")).hasContent("2");
      assertThat(UnpackingFixture.describe(only(image).resolve("closed")))
          .contains("40400", "01:17Z");
      assertThat(UnpackingFixture.describe(only(image).resolve("implied"))).startsWith("40755 ");
    }
  }

  @Test
  void a_hard_link_to_a_file_of_a_layer_below_is_refused() {
    assertThatThrownBy(
            () -> fixture.unpack(new RawTar().file("a", "1"), new RawTar().hardLink("b", "a")))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("layers below are not possible");
  }

  @Test
  void what_is_made_in_a_directory_does_not_get_its_group() throws Exception {
    RawTar tar =
        new RawTar()
            .entry("a", '5')
            .mode(02775)
            .owner(0, 50)
            .end()
            .file("a/f", "1")
            .directory("a/d")
            .link("a/l", "f");

    try (UnpackedImage image = fixture.unpack(tar)) {
      Object group = Files.getAttribute(only(image), "unix:gid");
      assertThat(UnpackingFixture.describe(only(image).resolve("a"))).startsWith("42775 ");
      for (String name : List.of("a/f", "a/d", "a/l")) {
        assertThat(
                Files.getAttribute(
                    only(image).resolve(name), "unix:gid", LinkOption.NOFOLLOW_LINKS))
            .isEqualTo(group);
      }
      assertThat(UnpackingFixture.describe(only(image).resolve("a/d"))).startsWith("40755 ");
    }
  }

  @Test
  void owners_and_capabilities_are_those_of_the_containers() throws Exception {
    String capability = "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0"; // net_bind_service+ep
    RawTar tar =
        new RawTar()
            .entry("home", '5')
            .mode(0700)
            .owner(1000, 1001)
            .time(55)
            .end()
            .entry("home/f", '0')
            .mode(06711)
            .owner(1000, 1001)
            .time(56)
            .content("x")
            .end()
            .entry("home/l", '2')
            .owner(1000, 1001)
            .time(57)
            .endAt("f")
            .entry("ping", '0')
            .mode(0755)
            .xattr("security.capability", capability)
            .end()
            .hardLink("home/h", "home/f");

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path root = only(image);
      long uid = outside(fixture.user.isRoot() ? null : fixture.user.owner().ids().uids(), 1000);
      long gid = outside(fixture.user.isRoot() ? null : fixture.user.owner().ids().gids(), 1001);
      assertThat(UnpackingFixture.describe(root.resolve("home")))
          .isEqualTo("40700 %d:%d 1970-01-01T00:00:55Z 0".formatted(uid, gid));
      assertThat(UnpackingFixture.xattrs(root.resolve("ping")))
          .containsExactly("security.capability");
      if (fixture.user.isRoot()) { // others cannot look
        assertThat(UnpackingFixture.describe(root.resolve("home/f")))
            .isEqualTo("106711 %d:%d 1970-01-01T00:00:56Z 0 \"x\"".formatted(uid, gid));
        assertThat(UnpackingFixture.describe(root.resolve("home/l")))
            .contains("%d:%d 1970-01-01T00:00:57Z".formatted(uid, gid));
        assertThat(Files.getAttribute(root.resolve("home/h"), "unix:nlink")).isEqualTo(2);
      }
    }
    fixture.images.images().forEach(fixture.images::remove);
    assertThat(fixture.layers.prune(fixture.images)).isEqualTo(1);
    assertThat(fixture.places()).isEmpty();
  }

  /** The host's id; all are the user's where there is only one. */
  private static long outside(@Nullable List<Range> ranges, long id) {
    if (ranges == null) {
      return id;
    }
    for (Range range : ranges) {
      if (id >= range.containerId() && id - range.containerId() < range.size()) {
        return range.hostId() + id - range.containerId();
      }
    }
    return ranges.get(0).hostId();
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.SUBORDINATE_IDS})
  void an_owner_that_containers_do_not_have_is_an_error_with_a_cure() {
    RawTar tar = new RawTar().entry("f", '0').owner(3_000_000, 0).end();

    assertThatThrownBy(() -> fixture.unpack(tar))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("\"f\": it belongs to the user 3000000")
        .hasMessageContaining("/etc/subuid");
    assertThat(fixture.places()).isEmpty();
  }

  @Test
  void devices_are_roots_alone_and_hide_what_is_below() throws Exception {
    RawTar base = new RawTar().file("null", "1");
    RawTar tar = new RawTar().entry("null", '3').device(1, 3).mode(0666).end();

    try (UnpackedImage image = fixture.unpack(base, tar)) {
      assertThat(UnpackingFixture.describe(image.layers().get(1).resolve("null")))
          .startsWith(fixture.user.isRoot() ? "20666 0:0 2001-09-09T01:46:40Z 259" : "20000 ");
    }
  }

  @Test
  void files_with_holes_have_them() throws Exception {
    RawTar tar =
        new RawTar()
            .entry("holes", '0')
            .pax("GNU.sparse.size", "100000000")
            .pax("GNU.sparse.map", "0,1,50000000,2")
            .content("abc")
            .end();

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path file = only(image).resolve("holes");
      assertThat(Files.size(file)).isEqualTo(100_000_000);
      byte[] content = new byte[3];
      try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
        content[0] = in.readByte();
        in.seek(50_000_000);
        in.readFully(content, 1, 2);
      }
      assertThat(content).containsExactly('a', 'b', 'c');
      Process blocks = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
      assertThat(
              Long.parseLong(new String(blocks.getInputStream().readAllBytes(), US_ASCII).strip()))
          .isLessThan(1000);
    }
  }

  @Test
  void names_need_not_be_text() throws Exception {
    RawTar tar = new RawTar().file("\u00e4", "1").link("l", "\u00ff");

    try (UnpackedImage image = fixture.unpack(tar)) {
      Process ls =
          new ProcessBuilder(
                  "env", "LC_ALL=C", "ls", "-1r", "--quoting-style=c", only(image).toString())
              .start();
      assertThat(new String(ls.getInputStream().readAllBytes(), US_ASCII))
          .isEqualTo("\"\\344\"\n\"l\"\n");
    }
  }

  @Test
  void a_layer_of_a_boot_that_ended_before_it_was_on_disk_is_unpacked_again() throws Exception {
    RawTar tar = new RawTar().file("a", "1");
    fixture.unpack(tar).close();
    Path diff;
    try (UnpackedImage image = fixture.unpack(tar)) {
      diff = only(image);
    }
    Path mark = diff.resolveSibling("unsynced");
    assertThat(Poll.until(Duration.ofSeconds(100), () -> Files.notExists(mark))).isTrue();
    Files.writeString(mark, "another boot");
    Files.delete(diff.resolve("a"));

    try (UnpackedImage image = fixture.unpack(tar)) {
      assertThat(Files.readString(only(image).resolve("a"))).isEqualTo("1");
    }
  }

  @Test
  void layers_that_came_in_by_a_sink_are_not_read_again() throws Exception {
    Manifest manifest =
        fixture.image(new RawTar().file("a", "1").bytes(), new RawTar().file("b", "2").bytes());
    ImageConfig config = fixture.images.config(manifest);
    byte[] upper = new RawTar().file("b", "2").bytes();
    try (Sink sink = fixture.layers.sink(ImageLimits.defaults())) {
      sink.take(config, 1, manifest.layers().get(1), new ByteArrayInputStream(upper));
      assertThat(fixture.places()).containsExactly(config.chainIds().get(1).hex() + ".in.new");

      try (UnpackedImage image = sink.unpack(fixture.images, manifest, config)) {
        assertThat(image.layers()).hasSize(2);
        assertThat(Files.readString(image.layers().get(1).resolve("b"))).isEqualTo("2");
      }
    }
    assertThat(fixture.places()).hasSize(2);
  }

  @Test
  void a_place_that_somebody_just_begins_ends_nobody_elses_unpacking() throws Exception {
    Path places;
    try (UnpackedImage image = fixture.unpack(new RawTar().file("a", "1"))) {
      places = only(image).resolve("../..").normalize();
    }
    // Somebody has made the directory, and makes the lock while a sweep looks at it.
    Path begun = Files.createDirectory(places.resolve("0".repeat(64) + ".new"));
    Files.createFile(begun.resolve("as if it had come in between"));

    fixture.unpack(new RawTar().file("b", "2")).close();

    assertThat(begun).exists();
  }

  @Test
  void what_cannot_be_removed_stops_nobody() throws Exception {
    Path places;
    try (UnpackedImage image = fixture.unpack(new RawTar().file("a", "1"))) {
      places = only(image).resolve("../..").normalize();
    }
    Path left = Files.createDirectory(places.resolve("left.gone"));
    Files.createSymbolicLink(left.resolve("lock"), Path.of("lock")); // its lock is an error: ELOOP

    fixture.unpack(new RawTar().file("b", "2")).close();

    assertThat(left).exists();
  }

  @Test
  void a_sink_clears_up_once() throws Exception {
    byte[] lower = new RawTar().file("a", "1").bytes();
    byte[] upper = new RawTar().file("b", "2").bytes();
    Manifest manifest = fixture.image(lower, upper);
    ImageConfig config = fixture.images.config(manifest);
    Path places;
    try (UnpackedImage image = fixture.unpack(new RawTar().file("c", "3"))) {
      places = only(image).resolve("../..").normalize();
    }
    Path first = Files.createDirectory(places.resolve("1.new"));
    Path second = places.resolve("2.new");
    try (Sink sink = fixture.layers.sink(ImageLimits.defaults())) {
      sink.take(config, 0, manifest.layers().get(0), new ByteArrayInputStream(lower));
      Files.createDirectory(second);
      sink.take(config, 1, manifest.layers().get(1), new ByteArrayInputStream(upper));
    }
    assertThat(first).doesNotExist();
    assertThat(second).exists();
  }

  @Test
  void a_layer_that_comes_in_slowly_is_waited_for_by_nobody_who_has_it() throws Exception {
    Path places;
    try (UnpackedImage other = fixture.unpack(new RawTar().file("other", "1"))) {
      places = only(other).resolve("../..").normalize();
    }
    byte[] tar = new RawTar().file("a", "1").bytes();
    Manifest manifest = fixture.image(tar);
    ImageConfig config = fixture.images.config(manifest);
    PipedOutputStream registry = new PipedOutputStream();
    try (PipedInputStream slow = new PipedInputStream(registry);
        Sink sink = fixture.layers.sink(ImageLimits.defaults());
        Sink another = fixture.layers.sink(ImageLimits.defaults())) {
      registry.write(tar, 0, 100);
      Thread pull =
          new Thread(() -> sink.take(config, 0, manifest.layers().get(0), slow), "slow-pull");
      pull.start();
      String comingIn = config.chainIds().get(0).hex() + ".in.new";
      Path locked = places.resolve(comingIn).resolve("diff"); // is made when the lock is its own
      assertThat(Poll.until(Duration.ofSeconds(30), () -> Files.exists(locked))).isTrue();

      another.take(config, 0, manifest.layers().get(0), new ByteArrayInputStream(tar));
      assertThat(another.hasTaken()).as("it comes in already").isFalse();
      try (UnpackedImage image = fixture.unpack(manifest)) {
        assertThat(only(image).resolve("a")).hasContent("1");
        registry.write(tar, 100, tar.length - 100);
        registry.close();
        pull.join();
        try (UnpackedImage same = sink.unpack(fixture.images, manifest, config)) {
          assertThat(same.layers()).isEqualTo(image.layers());
        }
      }
    }
    assertThat(fixture.places()).hasSize(2).contains(config.chainIds().get(0).hex());
  }

  private static RawTar withRoot(int mode, long uid, long gid) {
    return new RawTar().entry("./", '5').mode(mode).owner(uid, gid).end();
  }

  private RootAttributes root(RawTar... tars) {
    try (UnpackedImage image = fixture.unpack(tars)) {
      return image.root();
    }
  }

  @Test
  void the_root_is_what_the_topmost_layer_says_that_says_anything() {
    RawTar silent = new RawTar().file("silent", "");
    RawTar other = new RawTar().file("other", "");
    RawTar opaque = new RawTar().file(".wh..wh..opq", "").file("new", "");
    long group = Feature.MANY_IDS.available() ? 6 : 0;
    RootAttributes said = new RootAttributes(01775, 0, group);

    assertThat(root(silent)).isEqualTo(RootAttributes.USUAL);
    assertThat(root(withRoot(01775, 0, 6))).isEqualTo(said);
    assertThat(root(silent, withRoot(01775, 0, 6), other, opaque)).isEqualTo(said);
    assertThat(root(withRoot(0555, 0, 0), silent, withRoot(01775, 0, 6))).isEqualTo(said);
    assertThat(root(withRoot(0555, 0, 0), withRoot(0755, 0, 0))).isEqualTo(RootAttributes.USUAL);
    assertThat(root(new RawTar().entry("a/..", '5').mode(0711).end()))
        .isEqualTo(new RootAttributes(0711, 0, 0));
    assertThat(root(withRoot(0700, 0, 0).entry(".", '5').mode(01775).owner(0, 6).end()))
        .isEqualTo(said);
  }

  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.MANY_IDS})
  void a_root_of_an_id_that_there_is_not_is_refused_as_a_file_of_it_is() {
    assertThatThrownBy(() -> root(withRoot(0755, 3_000_000_000L, 0)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("\"./\"")
        .hasMessageContaining("belongs to the user 3000000000");
  }

  @Test
  void what_may_be_open_to_all_in_a_container_is_not_on_the_host() throws IOException {
    RawTar open = withRoot(07777, 0, 0).entry("tmp", '5').mode(01777).end();
    try (UnpackedImage image = fixture.unpack(open)) {
      assertThat(image.root().mode()).isEqualTo(07777);
      Path diff = image.layers().get(0);
      Path above = Objects.requireNonNull(diff.getParent());
      assertThat(UnpackingFixture.describe(diff)).startsWith("40755 " + owner(above));
      assertThat(UnpackingFixture.describe(diff.resolve("tmp"))).startsWith("41777 ");
      while (above.startsWith(fixture.directory)) {
        assertThat(UnpackingFixture.describe(above)).as("%s", above).startsWith("40700 ");
        above = Objects.requireNonNull(above.getParent());
      }
    }
  }

  private static String owner(Path path) throws IOException {
    return Files.getAttribute(path, "unix:uid") + ":" + Files.getAttribute(path, "unix:gid");
  }

  @Test
  void a_layer_that_was_unpacked_without_a_word_of_its_root_has_a_usual_one() throws IOException {
    Manifest manifest = fixture.image(withRoot(0555, 0, 0).bytes());
    Path mark;
    try (UnpackedImage image = fixture.unpack(manifest)) {
      mark = image.layers().get(0).resolveSibling("root");
      assertThat(mark).hasContent("555 0 0");
    }
    Files.writeString(mark, "nothing\n");
    assertThatThrownBy(() -> fixture.unpack(manifest))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(mark + " has no mode, user and group in it");
    Files.delete(mark);
    try (UnpackedImage image = fixture.unpack(manifest)) {
      assertThat(image.root()).isEqualTo(RootAttributes.USUAL);
    }
  }

  @Test
  void what_a_sink_has_taken_and_nobody_asked_for_is_removed() {
    Manifest manifest = fixture.image(new RawTar().file("a", "1").bytes());
    ImageConfig config = fixture.images.config(manifest);
    byte[] tar = new RawTar().file("a", "1").bytes();
    try (Sink sink = fixture.layers.sink(ImageLimits.defaults())) {
      sink.take(config, 0, manifest.layers().get(0), new ByteArrayInputStream(tar));
    }
    assertThat(fixture.places()).isEmpty();
  }

  @Test
  @RequiresHost({Feature.ROOT, Feature.UMOCI})
  void an_image_is_as_umoci_unpacks_it() throws Exception {
    RawTar tar =
        new RawTar()
            .entry(".", '5')
            .mode(0755)
            .end()
            .entry("etc", '5')
            .mode(01777)
            .owner(3, 4)
            .time(77)
            .end()
            .entry("etc/f", '0')
            .mode(04755)
            .owner(1000, 100)
            .pax("mtime", "7.000000009")
            .content("content")
            .xattr("user.x", "1")
            .end()
            .hardLink("etc/h", "etc/f")
            .link("etc/l", "f")
            .entry("etc/p", '6')
            .mode(0640)
            .owner(5, 6)
            .end()
            .entry("etc/null", '3')
            .device(1, 3)
            .mode(0666)
            .end()
            .file("etc/removed", "");
    RawTar top =
        new RawTar().entry("etc", '5').mode(0751).time(78).end().file("etc/.wh.removed", "");
    Manifest manifest = fixture.image(tar.bytes(), top.bytes());
    Path layout = parent.resolve("layout");
    fixture.images.save(ImageTarget.layout(layout), fixture.images.images().get(0));
    Process umoci =
        new ProcessBuilder("umoci", "raw", "unpack", "--image", layout + ":0", parent + "/theirs")
            .redirectErrorStream(true)
            .start();
    String said = new String(umoci.getInputStream().readAllBytes(), US_ASCII);
    assertThat(umoci.waitFor()).as(said).isZero();

    try (UnpackedImage image = fixture.unpack(manifest)) {
      Map<String, String> theirs = UnpackingFixture.tree(parent.resolve("theirs"));
      Map<String, String> ours = UnpackingFixture.tree(image.layers().get(0));
      ours.remove("etc/removed");
      ours.put("etc", UnpackingFixture.describe(image.layers().get(1).resolve("etc")));
      theirs.remove(""); // an overlay shows another one
      ours.remove("");
      assertThat(ours).isEqualTo(theirs);
      assertThat(UnpackingFixture.xattrs(image.layers().get(0).resolve("etc/f")))
          .isEqualTo(UnpackingFixture.xattrs(parent.resolve("theirs/etc/f")));
    }
  }
}
