package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.images.Compression;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that were made to do harm: what lies beside their directory is as it was. */
@LeakChecked
@Timeout(60)
class HostileLayerIT {
  @TempDir Path parent;
  private UnpackingFixture fixture;
  private Path canary;
  private Map<String, String> before;

  @BeforeAll
  static void load() {
    UnpackingFixture.load();
  }

  @BeforeEach
  void open() throws IOException {
    fixture = new UnpackingFixture(parent.resolve("all"));
    canary = Files.createDirectory(parent.resolve("canary"));
    Files.writeString(canary.resolve("file"), "alive");
    Files.createDirectory(canary.resolve("directory"));
    Files.createSymbolicLink(canary.resolve("link"), Path.of("file"));
    before = UnpackingFixture.tree(canary);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  private static Arguments refused(String what, Consumer<RawTar> tar, String message) {
    return Arguments.of(what, tar, message);
  }

  /** Where the canary is, from wherever a layer's link is: an absolute path in its name is not. */
  private static final String CANARY = "@CANARY@";

  static Stream<Arguments> refused() {
    return Stream.of(
        refused("dot dot", t -> t.file("../x", "bad"), "leads out"),
        refused("dot dot within", t -> t.directory("a").file("a/../../x", "bad"), "leads out"),
        refused("absolute dot dot", t -> t.file("/../x", "bad"), "leads out"),
        refused("dot dot directory", t -> t.directory("../x"), "leads out"),
        refused("dot dot by pax", t -> t.entry("x", '0').pax("path", "../y").end(), "leads out"),
        refused("the root is a link", t -> t.link(".", CANARY), "only be a directory"),
        refused(
            "the root is a link with a slash", t -> t.link("./", CANARY), "only be a directory"),
        refused("the root is a file", t -> t.file(".", "bad"), "only be a directory"),
        refused("through a file", t -> t.file("a", "1").file("a/b", "2"), "no directory"),
        refused("through a pipe", t -> t.entry("a", '6').end().file("a/b", "2"), "no directory"),
        refused(
            "a hard link through a link to outside",
            t -> t.link("a", CANARY).hardLink("x", "a/file"),
            "no file before it"),
        refused("a link to itself", t -> t.link("a", "a").file("a/x", ""), "more than 40 links"),
        refused(
            "two links to each other",
            t -> t.link("a", "b/x").link("b", "a/x").file("a/y", ""),
            "more than 40 links"),
        refused(
            "a link by way of a file",
            t -> t.file("a", "1").link("b", "a/c").file("b/x", ""),
            "\"a\""),
        refused(
            "a link by way of a long name",
            t -> t.link("a", "x".repeat(256)).file("a/b", ""),
            "has 256 bytes"),
        refused(
            "a link to deep below",
            t -> t.link("a", "x/".repeat(900)).file("a/" + "y/".repeat(200) + "z", ""),
            "deeper than 1000"),
        refused(
            "a link to a long path",
            t ->
                t.link("a", ("x".repeat(250) + '/').repeat(10))
                    .file("a/" + ("y".repeat(250) + '/').repeat(10) + "z", ""),
            "at most 4095"),
        refused(
            "a link into a whiteout", t -> t.link("a", ".wh.b").file("a/c", ""), "in a whiteout"),
        refused(
            "a hard link to itself by way of a link",
            t -> t.file("d/x", "1").link("a", "d").hardLink("d/x", "a/x"),
            "to itself"),
        refused("a hard link to outside", t -> t.hardLink("x", "../canary/file"), "leads out"),
        refused("a hard link to nothing", t -> t.hardLink("x", "y"), "no file before it"),
        refused("an absolute hard link", t -> t.hardLink("x", "/etc/passwd"), "no file before it"),
        refused("a hard link to itself", t -> t.file("x", "1").hardLink("x", "x"), "to itself"),
        refused(
            "a hard link to a directory",
            t -> t.directory("d").hardLink("x", "d"),
            "no file before"),
        refused("a hard link to the root", t -> t.hardLink("x", "."), "no file before"),
        refused("a whiteout of dot dot", t -> t.file(".wh...", ""), "nothing that can be removed"),
        refused("a whiteout of dot", t -> t.file("a/.wh..", ""), "nothing that can be removed"),
        refused("a whiteout of nothing", t -> t.file("a/.wh.", ""), "nothing that can be removed"),
        refused("a file in a whiteout", t -> t.file(".wh.a/b", ""), "in a whiteout"),
        refused(
            "a device out of range",
            t -> t.entry("a", '3').device(4096, 1).end(),
            "there are none from 4096:1048576"),
        refused("an unknown type", t -> t.entry("a", 'V').end(), "type 'V'"),
        refused("a dump directory", t -> t.entry("a", 'D').end(), "type 'D'"),
        refused("a long name", t -> t.file("x".repeat(256), ""), "has 256 bytes"),
        refused("a long path", t -> t.file("x/".repeat(2100), ""), "has 4200 bytes"),
        refused("a deep path", t -> t.file("x/".repeat(1001) + "y", ""), "deeper than 1000"),
        refused("a link to nothing", t -> t.link("a", ""), "a name of 0 bytes"),
        refused("a link to too much", t -> t.link("a", "x".repeat(5000)), "a name of 5000 bytes"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void is_refused_and_nothing_is_left(String what, Consumer<RawTar> entries, String message) {
    RawTar tar = new RawTar(CANARY, canary.toString()).file("before", "1");
    entries.accept(tar);
    Manifest image = fixture.image(tar.bytes());

    assertThatThrownBy(() -> fixture.unpack(image))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("cannot unpack layer sha256:")
        .hasMessageContaining(message);

    assertThat(UnpackingFixture.tree(canary)).isEqualTo(before);
    assertThat(fixture.places()).isEmpty();
  }

  private static Arguments kept(String what, Consumer<RawTar> tar, String name, String content) {
    return Arguments.of(what, tar, name, content);
  }

  static Stream<Arguments> harmless() {
    return Stream.of(
        kept("an absolute name", t -> t.file("/canary", "in"), "canary", "\"in\""),
        kept("many slashes", t -> t.file("//a///./b", "in"), "a/b", "\"in\""),
        kept("a link to outside", t -> t.link("a", CANARY), "a", "-> "),
        kept("dot dot that stays", t -> t.file("a/../x", "in"), "x", "\"in\""),
        kept("dot dot at the end", t -> t.entry("a/..", '5').mode(0711).end(), "", "40755"),
        kept(
            "through an absolute link",
            t -> t.link("a", CANARY).file("a/file", "in"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "through a relative link to above the root",
            t -> t.link("a", "../../../../../canary").file("a/file", "in"),
            "canary/file",
            "\"in\""),
        kept(
            "through a link to above the root, from deep below",
            t -> t.link("b/c/a", "../../../../" + CANARY).file("b/c/a/file", "in"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "a directory through a link",
            t -> t.link("a", CANARY).entry("a/directory", '5').mode(0711).end(),
            CANARY + "/directory",
            "40711"),
        kept(
            "through a link to a link",
            t -> t.link("a", "b").link("b", CANARY).file("a/file", "in"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "deep through a link",
            t -> t.directory("d").link("d/a", CANARY).file("d/a/directory/x", "in"),
            CANARY + "/directory/x",
            "\"in\""),
        kept(
            "a directory that has become a link",
            t -> t.directory("a").file("a/x", "1").link("a", CANARY).file("a/file", "in"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "a link that has become one to elsewhere",
            t -> t.link("a", "b").file("a/x", "1").link("a", CANARY).file("a/file", "in"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "a whiteout through a link",
            t -> t.link("a", CANARY).file("a/.wh.file", "").file("a/x", "in"),
            CANARY + "/x",
            "\"in\""),
        kept(
            "an opaque mark through a link",
            t -> t.link("a", CANARY).file("a/.wh..wh..opq", "").file("a/x", "in"),
            CANARY + "/x",
            "\"in\""),
        kept(
            "another owner and another mode through a link",
            t -> t.link("a", CANARY).entry("a/file", '0').mode(06755).owner(1, 1).end(),
            CANARY + "/file",
            "106755"),
        kept(
            "a hard link to a file through a link",
            t -> t.link("a", CANARY).file("a/file", "in").hardLink("x", "a/file"),
            "x",
            "\"in\""),
        kept(
            "a hard link through a link",
            t -> t.link("a", CANARY).file("x", "in").hardLink("a/file", "x"),
            CANARY + "/file",
            "\"in\""),
        kept(
            "a file in the place of a link",
            t -> t.link("a", CANARY + "/file").file("a", "in"),
            "a",
            "\"in\""),
        kept(
            "a directory in the place of a link",
            t -> t.link("a", CANARY).directory("a").file("a/file", "in"),
            "a/file",
            "\"in\""),
        kept(
            "a hard link to a link",
            t ->
                t.link("a", CANARY + "/file")
                    .hardLink("b", "a")
                    .entry("b", '0')
                    .content("in")
                    .end(),
            "b",
            "\"in\""),
        kept(
            "a pipe in the place of a link",
            t -> t.link("a", CANARY + "/file").entry("a", '6').mode(0600).end(),
            "a",
            "10600"),
        kept(
            "a whiteout of a link in the same layer",
            t -> t.link("a", CANARY).file(".wh.a", ""),
            "a",
            "-> "),
        kept(
            "what AUFS kept for itself",
            t -> t.file(".wh..wh.plnk/1.2", "x").file("a", "in"),
            "a",
            "\"in\""),
        kept(
            "a link with a mode, an owner and a time",
            t ->
                t.link("a", CANARY + "/file")
                    .entry("b", '2')
                    .mode(0777)
                    .endAt(CANARY)
                    .file("c", "in"),
            "c",
            "\"in\""),
        kept(
            "a full directory in the place of which a file comes",
            t -> t.directory("a").file("a/b/c/d", "1").file("a", "in"),
            "a",
            "\"in\""),
        kept(
            "a directory of many names in the place of which a file comes",
            t -> {
              for (int i = 0; i < 2_000; i++) {
                t.file("a/f" + i, "");
              }
              for (int i = 0; i < 300; i++) {
                t.file("a/b/d" + i + "/x", "");
              }
              t.file("a", "in");
            },
            "a",
            "\"in\""),
        kept(
            "a locked directory in the place of which a file comes",
            t ->
                t.directory("p")
                    .file("p/x/y", "1")
                    .entry("p/x", '5')
                    .mode(0)
                    .end()
                    .file("p/x", "in"),
            "p/x",
            "\"in\""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("harmless")
  void does_no_harm(String what, Consumer<RawTar> entries, String name, String content)
      throws IOException {
    RawTar tar = new RawTar(CANARY, canary.toString());
    entries.accept(tar);

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path root = image.layers().get(0);
      Path file = root.resolve(name.replace(CANARY, canary.toString().substring(1)));
      assertThat(UnpackingFixture.describe(file)).contains(content);
      assertThat(UnpackingFixture.tree(canary)).isEqualTo(before);
    }
  }

  @Test
  void attributes_of_overlays_and_of_the_host_are_not_taken() throws Exception {
    RawTar tar =
        new RawTar()
            .entry("d", '5')
            .mode(0755)
            .xattr("trusted.overlay.redirect", "/etc")
            .xattr("user.overlay.redirect", "/etc")
            .xattr("trusted.overlay.opaque", "y")
            .xattr("user.overlay.opaque", "y")
            .end()
            .entry("f", '0')
            .xattr("trusted.overlay.metacopy", "")
            .xattr("user.overlay.metacopy", "")
            .xattr("security.selinux", "system_u:object_r:etc_t:s0")
            .xattr("system.posix_acl_access", "\2\0\0\0")
            .xattr("user.fuseoverlayfs.opaque", "y")
            .xattr("user.containers.override_stat", "0:0:755")
            .xattr("user.taken", "1")
            .end();

    try (UnpackedImage image = fixture.unpack(tar)) {
      Path root = image.layers().get(0);
      assertThat(UnpackingFixture.xattrs(root.resolve("d"))).isEmpty();
      assertThat(UnpackingFixture.xattrs(root.resolve("f"))).containsExactly("user.taken");
    }
  }

  private void refuse(
      byte[] blob, Digest diffId, MediaType type, ImageLimits limits, String message) {
    Descriptor layer = Descriptor.of(type, blob);
    ImageConfig config =
        ImageConfig.of(Platform.current(), ImageConfig.Execution.none())
            .withDiffIds(List.of(diffId));
    try (Lease lease = fixture.images.lease()) {
      lease.write(layer, new ByteArrayInputStream(blob));
      Manifest manifest =
          Manifest.of(lease.write(MediaType.OCI_CONFIG, config.toBytes()), List.of(layer));
      assertThatThrownBy(() -> fixture.layers.unpack(fixture.images, manifest, config, limits))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining(message);
    }
    assertThat(fixture.places()).isEmpty();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static final ImageLimits LIMITS =
      new ImageLimits(100, ByteSize.ofMebibytes(200), 100, 1_000);

  @Test
  void another_digest_is_refused_though_all_was_written() {
    byte[] tar = new RawTar().file("a", "x".repeat(3 << 20)).bytes();

    refuse(tar, Digest.of(new byte[1]), MediaType.OCI_LAYER, LIMITS, "but the configuration names");
  }

  @Test
  void a_layer_that_is_cut_off_is_refused() throws IOException {
    byte[] tar = new RawTar().file("a", "x".repeat(3 << 20)).bytes();
    byte[] cut = Arrays.copyOf(tar, 2 << 20);
    byte[] gzip = gzip(tar);

    refuse(cut, Digest.of(cut), MediaType.OCI_LAYER, LIMITS, "cut off");
    byte[] half = Arrays.copyOf(gzip, gzip.length / 2);
    refuse(half, Digest.of(tar), MediaType.OCI_LAYER_GZIP, LIMITS, "ends within");
  }

  @Test
  void bombs_are_refused() throws IOException {
    byte[] zeros = new RawTar().entry("a", '0').content("\0".repeat(100 << 20)).end().bytes();
    refuse(gzip(zeros), Digest.of(zeros), MediaType.OCI_LAYER_GZIP, LIMITS, "more than 100 times");
    ImageLimits small = new ImageLimits(100, ByteSize.ofMebibytes(50), 1_000_000, 1_000);
    refuse(
        gzip(zeros),
        Digest.of(zeros),
        MediaType.OCI_LAYER_GZIP,
        small,
        "has more than 52428800 bytes");

    RawTar many = new RawTar();
    for (int i = 0; i <= 1_000; i++) {
      many.file("f" + i, "");
    }
    refuse(many.bytes(), Digest.of(many.bytes()), MediaType.OCI_LAYER, LIMITS, "1000 entries");
  }

  @Test
  void what_no_entry_names_counts_too() {
    RawTar implied = new RawTar();
    for (int i = 0; i < 11; i++) {
      implied.file("d" + i + "/x".repeat(100), "");
    }
    refuse(
        implied.bytes(), Digest.of(implied.bytes()), MediaType.OCI_LAYER, LIMITS, "1000 entries");

    RawTar removed = new RawTar();
    for (int i = 0; i < 400; i++) {
      removed.file(".wh.d" + i, "").file("d" + i + "/x", "");
    }
    refuse(
        removed.bytes(), Digest.of(removed.bytes()), MediaType.OCI_LAYER, LIMITS, "1000 entries");
  }

  @Test
  void the_names_that_links_lead_by_count_too() {
    RawTar tar = new RawTar().link("a", "x/".repeat(90));
    for (int i = 0; i < 11; i++) {
      tar.file("a/f" + i, "");
    }
    refuse(tar.bytes(), Digest.of(tar.bytes()), MediaType.OCI_LAYER, LIMITS, "1000 entries");
  }

  @Test
  void the_layers_of_an_image_have_one_limit_together() {
    byte[][] tars = new byte[3][];
    for (int i = 0; i < tars.length; i++) {
      tars[i] = new RawTar().file("f" + i, "x".repeat(400 << 10)).file("g" + i, "").bytes();
    }
    Manifest image = fixture.image(tars);
    ImageConfig config = fixture.images.config(image);

    ImageLimits bytes = new ImageLimits(100, ByteSize.ofMebibytes(1), 100, 1_000);
    assertThatThrownBy(() -> fixture.layers.unpack(fixture.images, image, config, bytes).close())
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the layers of the image have more than");
    fixture.images.images().forEach(fixture.images::remove);
    fixture.layers.prune(fixture.images);
    ImageLimits entries = new ImageLimits(100, ByteSize.ofMebibytes(100), 100, 5);
    assertThatThrownBy(() -> fixture.layers.unpack(fixture.images, image, config, entries).close())
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the image has more than 5 entries");
  }

  /** Layers, and above them one that removes what none of them has. */
  private Manifest whiteouts(int layers, int whiteouts) {
    byte[][] tars = new byte[layers + 1][];
    for (int i = 0; i < layers; i++) {
      tars[i] = new RawTar().file("f" + i, "").bytes();
    }
    RawTar top = new RawTar();
    for (int i = 0; i < whiteouts; i++) {
      top.file(".wh.n" + i, "");
    }
    tars[layers] = top.bytes();
    return fixture.image(tars);
  }

  @Test
  void what_is_looked_for_below_has_a_limit() {
    Manifest image = whiteouts(40, 500);
    ImageLimits limits = new ImageLimits(100, ByteSize.ofMebibytes(100), 100, 600);

    assertThatThrownBy(
            () ->
                fixture.layers.unpack(fixture.images, image, fixture.images.config(image), limits))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("more than 2400 times");
    assertThat(fixture.places()).hasSize(40);
  }

  @Test
  void whoever_is_interrupted_looks_for_nothing_more() throws Exception {
    Manifest image = whiteouts(100, 20_000);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                fixture.unpack(image).close();
              } catch (RuntimeException e) {
                failure.set(e);
              }
            });
    thread.start();
    assertThat(Poll.until(Duration.ofSeconds(50), () -> isCompleted("n0", "n19999"))).isTrue();

    long before = System.nanoTime();
    thread.interrupt();
    thread.join();

    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    assertThat(failure.get()).isInstanceOf(ContainerInterruptedException.class);
    assertThat(fixture.places()).hasSize(100);
  }

  /** Whether the first of these whiteouts has gone again, and the last has not yet. */
  private boolean isCompleted(String first, String last) {
    try (Stream<Path> places = Files.find(fixture.directory, 2, (path, is) -> isNew(path))) {
      return places
          .map(place -> place.resolve("diff"))
          .anyMatch(
              diff -> Files.exists(diff.resolve(last)) && Files.notExists(diff.resolve(first)));
    } catch (IOException | UncheckedIOException e) {
      return false; // it is not there yet, or a layer has got its name meanwhile
    }
  }

  private static boolean isNew(Path path) {
    return path.getFileName().toString().endsWith(".new");
  }

  @Test
  void compression_that_its_type_does_not_say_is_refused() throws IOException {
    byte[] tar = new RawTar().file("a", "1").bytes();

    refuse(gzip(tar), Digest.of(tar), MediaType.OCI_LAYER, LIMITS, Compression.GZIP.toString());
  }

  @Test
  void one_bad_layer_of_several_leaves_no_image_and_those_below_it_are_whole() {
    Manifest image =
        fixture.image(
            new RawTar().file("a", "1").bytes(),
            new RawTar().file("../b", "2").bytes(),
            new RawTar().file("c", "3").bytes());

    assertThatThrownBy(() -> fixture.unpack(image)).isInstanceOf(ImageException.class);

    assertThat(fixture.places()).hasSize(1);
    try (UnpackedImage good = fixture.unpack(new RawTar().file("a", "1"))) {
      assertThat(Files.exists(good.layers().get(0).resolve("a"), LinkOption.NOFOLLOW_LINKS))
          .isTrue();
    }
  }
}
