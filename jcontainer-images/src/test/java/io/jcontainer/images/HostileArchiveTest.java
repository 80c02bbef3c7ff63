package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.jcontainer.ByteSize;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.TarEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes in to do harm is refused, and the store is as it was. */
class HostileArchiveTest {
  private static final byte[] CONFIG = Archives.config(Archives.LAYER);
  private static final byte[] MANIFEST = Archives.manifest(CONFIG, Archives.LAYER).toBytes();
  private static final Descriptor IMAGE = Descriptor.of(MediaType.OCI_MANIFEST, MANIFEST);
  private static final byte[] INDEX = Index.of(List.of(IMAGE)).toBytes();
  private static final ImageLimits LIMITS = new ImageLimits(50, ByteSize.ofMebibytes(200), 100, 50);

  @TempDir private Path parent;
  private ImageStore store;

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
  }

  private void refused(ImageSource source, String message) throws IOException {
    assertThatThrownBy(() -> store.load(source, LIMITS))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining(message);
    untouched();
  }

  private void untouched() throws IOException {
    assertThat(store.images()).isEmpty();
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
    store.collect();
    assertThat(store.usage().blobs()).isZero();
    try (Stream<Path> files = Files.list(parent)) {
      assertThat(files)
          .as("nothing is written beside the store")
          .containsExactly(store.directory());
    }
  }

  private static ImageSource archive(byte[] bytes) {
    return ImageSource.archive(new ByteArrayInputStream(bytes));
  }

  private static byte[] good() {
    return Archives.layout(INDEX, MANIFEST, CONFIG, Archives.LAYER).bytes();
  }

  @Test
  void what_the_others_are_changed_from_is_good() {
    assertThat(store.load(archive(good()), LIMITS)).hasSize(1);
  }

  /** An archive that is refused, what is wrong with it, and what the message says. */
  private static Arguments bad(String what, byte[] archive, String message) {
    return Arguments.of(Named.of(what, archive), message);
  }

  private static String manifestJson(String config, String... layers) {
    return "[{\"Config\":\"%s\",\"Layers\":[%s]}]"
        .formatted(
            config, String.join(",", Stream.of(layers).map(each -> "\"" + each + "\"").toList()));
  }

  private static Archives docker(String config, String... layers) {
    return Archives.tar()
        .file("c.json", CONFIG)
        .file("l.tar", Archives.LAYER)
        .file("manifest.json", manifestJson(config, layers));
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    byte[] good = good();
    cases.add(bad("nothing", new byte[0], "has neither"));
    cases.add(bad("an empty tar", Archives.tar().bytes(), "has neither"));
    cases.add(bad("another tar", Archives.LAYER, "has neither"));
    cases.add(
        bad(
            "html",
            "<html><body>404</body></html>".repeat(99).getBytes(StandardCharsets.UTF_8),
            "checksum"));
    cases.add(bad("cut off", Arrays.copyOf(good, 300), "cut off"));
    cases.add(
        bad(
            "gzip cut off",
            Arrays.copyOf(Archives.compressed(good, GZIPOutputStream::new), 300),
            "gzip: ends"));
    cases.add(
        bad(
            "zstd cut off",
            Arrays.copyOf(Archives.compressed(good, ZstdOutputStream::new), 300),
            "zstd: "));
    byte[] checksum = Archives.compressed(good, GZIPOutputStream::new);
    checksum[checksum.length - 7] ^= 1;
    cases.add(bad("gzip with a wrong checksum", checksum, "checksum"));

    for (String name :
        List.of("../evil", "/etc/evil", "a/../../evil", "./../evil", "blobs/../../evil")) {
      cases.add(
          bad("entry " + name, Archives.tar().file(name, "x").bytes(), "leads out of the archive"));
    }
    for (char type : new char[] {TarEntry.SYMBOLIC_LINK, TarEntry.HARD_LINK}) {
      for (String target : List.of("/etc/passwd", "../../etc/passwd")) {
        cases.add(
            bad(
                "link of type " + type + " to " + target,
                docker("c.json", "x").link("x", type, target).bytes(),
                "leads out of the archive"));
      }
      cases.add(
          bad(
              "link of type " + type + " to itself",
              docker("c.json", "x").link("x", type, "x").bytes(),
              "without end"));
      cases.add(
          bad(
              "link of type " + type + " to nothing",
              docker("c.json", "x").link("x", type, "y").bytes(),
              "is not in the archive"));
    }
    cases.add(
        bad(
            "a device",
            Archives.tar().link("null", '3', "").bytes(),
            "neither a file, a directory nor a link"));
    cases.add(
        bad(
            "a file twice",
            docker("c.json", "l.tar").file("./c.json", "{}").bytes(),
            "occurs twice"));
    cases.add(
        bad(
            "a link over a file",
            docker("c.json", "l.tar").link("c.json", TarEntry.SYMBOLIC_LINK, "l.tar").bytes(),
            "occurs twice"));
    Archives many = docker("c.json", "l.tar");
    for (int i = 0; i < 60; i++) {
      many.file("file" + i, "");
    }
    cases.add(bad("many entries", many.bytes(), "more than 50 entries"));

    cases.add(
        bad(
            "a blob under another's name",
            Archives.layout(INDEX, MANIFEST, CONFIG)
                .file(Archives.blob(Archives.LAYER), Archives.UPPER)
                .bytes(),
            "the bytes have the digest"));
    cases.add(
        bad(
            "a blob with a bad name",
            Archives.layout(INDEX, MANIFEST).file("blobs/sha256/abc", "x").bytes(),
            "digest: "));
    cases.add(
        bad(
            "a blob of an unknown algorithm",
            Archives.layout(INDEX, MANIFEST).file("blobs/md5/abc", "x").bytes(),
            "digest: "));
    cases.add(
        bad(
            "a size that is too small",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(MediaType.OCI_MANIFEST, IMAGE.digest(), 5)))
                        .toBytes(),
                    MANIFEST,
                    CONFIG,
                    Archives.LAYER)
                .bytes(),
            "goes on behind its 5 bytes"));
    cases.add(
        bad(
            "a size that is too large",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(MediaType.OCI_MANIFEST, IMAGE.digest(), 5000)))
                        .toBytes(),
                    MANIFEST,
                    CONFIG,
                    Archives.LAYER)
                .bytes(),
            "of 5000 bytes"));
    cases.add(
        bad(
            "a huge manifest",
            Archives.layout(
                    Index.of(
                            List.of(
                                Descriptor.of(MediaType.OCI_MANIFEST, IMAGE.digest(), 1L << 40)))
                        .toBytes(),
                    MANIFEST)
                .bytes(),
            "4194304"));
    cases.add(
        bad(
            "a manifest as an index",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(MediaType.OCI_INDEX, MANIFEST))).toBytes(),
                    MANIFEST,
                    CONFIG,
                    Archives.LAYER)
                .bytes(),
            "no index"));
    cases.add(
        bad(
            "a layer as a manifest",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(MediaType.OCI_MANIFEST, Archives.LAYER)))
                        .toBytes(),
                    Archives.LAYER)
                .bytes(),
            "manifest: "));
    cases.add(
        bad(
            "an artifact's type in the index",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(new MediaType("text/html"), MANIFEST)))
                        .toBytes(),
                    MANIFEST)
                .bytes(),
            "neither an image's manifest nor an index"));
    byte[] two = Archives.manifest(CONFIG, Archives.LAYER, Archives.UPPER).toBytes();
    cases.add(
        bad(
            "more layers than the configuration has",
            Archives.layout(
                    Index.of(List.of(Descriptor.of(MediaType.OCI_MANIFEST, two))).toBytes(),
                    two,
                    CONFIG,
                    Archives.LAYER,
                    Archives.UPPER)
                .bytes(),
            "there are 2, but the configuration names 1"));
    cases.add(
        bad(
            "a name that is none",
            Archives.layout(
                    Index.of(
                            List.of(
                                IMAGE.withAnnotations(
                                    Map.of("io.containerd.image.name", "../../x"))))
                        .toBytes(),
                    MANIFEST,
                    CONFIG,
                    Archives.LAYER)
                .bytes(),
            "annotations: image: "));
    cases.add(
        bad(
            "another version of the layout",
            Archives.tar()
                .file("oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}")
                .file("index.json", INDEX)
                .bytes(),
            "imageLayoutVersion"));
    cases.add(
        bad(
            "deep JSON",
            Archives.layout("[".repeat(100_000).getBytes(StandardCharsets.UTF_8)).bytes(),
            "index: "));
    cases.add(
        bad(
            "a long index",
            Archives.layout(new byte[ImageDocument.MAX_BYTES + 100]).bytes(),
            "4194304"));

    cases.add(
        bad(
            "a configuration that is not there",
            docker("x.json", "l.tar").bytes(),
            "\"x.json\" is not in the archive"));
    cases.add(
        bad(
            "a configuration outside",
            docker("../../etc/passwd", "l.tar").bytes(),
            "leads out of the archive"));
    cases.add(bad("a layer outside", docker("c.json", "/dev/zero").bytes(), "leads out of the"));
    cases.add(bad("a layer too few", docker("c.json").bytes(), "there are 0"));
    cases.add(
        bad(
            "another layer than the configuration names",
            docker("c.json", "u.tar").file("u.tar", Archives.UPPER).bytes(),
            "but the configuration names " + Digest.of(Archives.LAYER)));
    cases.add(
        bad(
            "a name in Docker's manifest that is none",
            Archives.tar()
                .file("c.json", CONFIG)
                .file("l.tar", Archives.LAYER)
                .file(
                    "manifest.json",
                    "[{\"Config\":\"c.json\",\"RepoTags\":[\"A B\"],\"Layers\":[\"l.tar\"]}]")
                .bytes(),
            "RepoTags: image: "));
    cases.add(
        bad(
            "Docker's manifest as an object",
            Archives.tar().file("manifest.json", "{}").bytes(),
            "must be a list"));
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void what_is_bad_is_refused_and_nothing_is_left(byte[] bad, String message) throws IOException {
    refused(archive(bad), message);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void what_is_bad_is_refused_in_a_file_whose_layers_somebody_takes(
      byte[] bad, String message, @TempDir Path elsewhere) throws IOException {
    Path file = Files.write(elsewhere.resolve("archive"), bad);

    assertThatThrownBy(() -> store.load(ImageSource.archive(file), new Taker(LIMITS)))
        .isInstanceOf(ImageException.class)
        .message()
        .as("what stands there but is not needed is not looked at")
        .containsAnyOf(message, "blob sha256:");
    untouched();
  }

  @Test
  void a_file_that_is_too_large_is_refused_before_somebody_takes_its_layers(@TempDir Path elsewhere)
      throws IOException {
    Path file = Files.write(elsewhere.resolve("archive"), good());
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      // All behind the end is a hole, which takes no room.
      channel.write(ByteBuffer.allocate(1), LIMITS.expanded().bytes());
    }
    Taker taker = new Taker(LIMITS);

    assertThatThrownBy(() -> store.load(ImageSource.archive(file), taker))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("has more than " + LIMITS.expanded().bytes() + " bytes");
    assertThat(taker.taken).isEmpty();
    untouched();
  }

  @Test
  void a_part_that_is_missing_is_named() throws IOException {
    for (byte[] archive :
        List.of(
            Archives.layout(INDEX, CONFIG, Archives.LAYER).bytes(),
            Archives.layout(INDEX, MANIFEST, Archives.LAYER).bytes(),
            Archives.layout(INDEX, MANIFEST, CONFIG).bytes())) {
      assertThatThrownBy(() -> store.load(archive(archive)))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining("sha256:");
      untouched();
    }
  }

  @Test
  void an_archive_that_is_cut_off_anywhere_never_gives_an_image() {
    byte[] good = good();
    for (int length = 0; length < good.length - 2048; length += 256) {
      byte[] part = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> store.load(archive(part)))
          .as("%d bytes", length)
          .isInstanceOf(ImageException.class);
      assertThat(store.images()).isEmpty();
    }
  }

  private static byte[] zeros(int mebibytes) {
    return new byte[mebibytes << 20];
  }

  @Test
  void bombs_are_refused() throws IOException {
    byte[] bomb = Archives.tar().file("zeros", zeros(150)).bytes();

    refused(
        archive(Archives.compressed(bomb, GZIPOutputStream::new)), "more than 100 times as many");
    refused(
        archive(Archives.compressed(bomb, ZstdOutputStream::new)), "more than 100 times as many");
    byte[] gzip = Archives.compressed(bomb, GZIPOutputStream::new);
    refused(
        archive(
            Archives.tar()
                .file("c.json", Archives.config(bomb))
                .file("l.tar", gzip)
                .file("manifest.json", manifestJson("c.json", "l.tar"))
                .bytes()),
        "more than 100 times as many");
    refused(
        ImageSource.rootfs(new ByteArrayInputStream(gzip), Archives.CONFIG),
        "more than 100 times as many");
  }

  @Test
  void what_has_no_end_is_refused() throws IOException {
    byte[] header = Arrays.copyOf(Archives.tar().file("a", "").bytes(), 512);
    byte[] gzip = Archives.compressed(new byte[0], GZIPOutputStream::new);
    byte[] skipped = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};
    byte[] block = {0};
    for (byte[] repeated : List.of(header, gzip, skipped, block)) {
      byte[] many = new byte[repeated.length * (1 + 100_000 / repeated.length)];
      for (int i = 0; i < many.length; i++) {
        many[i] = repeated[i % repeated.length];
      }
      InputStream endless = new Endless(many);
      assertThatThrownBy(
              () ->
                  store.load(
                      ImageSource.archive(endless),
                      new ImageLimits(50, ByteSize.ofMebibytes(2), 100, 50)))
          .isInstanceOf(InvalidImageException.class);
      untouched();
    }
    assertThatThrownBy(
            () ->
                store.load(
                    ImageSource.rootfs(new Endless(header), Archives.CONFIG),
                    new ImageLimits(50, ByteSize.ofMebibytes(2), 100, 50)))
        .isInstanceOf(InvalidImageException.class);
    untouched();
  }

  /** The same bytes again and again. */
  private static final class Endless extends InputStream {
    private final byte[] bytes;
    private int position;

    Endless(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      int count = Math.min(length, bytes.length - position);
      System.arraycopy(bytes, position, buffer, offset, count);
      position = (position + count) % bytes.length;
      return count;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }

  @Test
  void a_root_file_system_that_is_none_is_refused() throws IOException {
    byte[] html = "<html></html>".repeat(100).getBytes(StandardCharsets.UTF_8);

    refused(ImageSource.rootfs(new ByteArrayInputStream(html), Archives.CONFIG), "tar: ");
    refused(
        ImageSource.rootfs(
            new ByteArrayInputStream(Arrays.copyOf(Archives.LAYER, 300)), Archives.CONFIG),
        "cut off");
    byte[] gzip = Archives.compressed(Archives.LAYER, GZIPOutputStream::new);
    refused(
        ImageSource.rootfs(
            new ByteArrayInputStream(Arrays.copyOf(gzip, gzip.length - 3)), Archives.CONFIG),
        "gzip: ends");
  }

  private static Path layout(Path parent) throws IOException {
    Path layout = parent.resolve("layout");
    Files.createDirectories(layout.resolve("blobs/sha256"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(layout.resolve("index.json"), INDEX);
    for (byte[] blob : List.of(MANIFEST, CONFIG, Archives.LAYER)) {
      Files.write(layout.resolve(Archives.blob(blob)), blob);
    }
    return layout;
  }

  @Test
  void links_in_a_layout_are_not_followed(@TempDir Path elsewhere) throws IOException {
    Path layout = layout(elsewhere);
    assertThat(store.load(ImageSource.layout(layout))).hasSize(1);
    for (String name : List.of(Archives.blob(Archives.LAYER), "index.json", "oci-layout")) {
      Path file = layout.resolve(name);
      Path moved = Files.move(file, elsewhere.resolve("moved"));
      Files.createSymbolicLink(file, moved);
      assertThatThrownBy(() -> store.load(ImageSource.layout(layout)))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("no regular file");
      Files.delete(file);
      Files.createDirectory(file);
      assertThatThrownBy(() -> store.load(ImageSource.layout(layout)))
          .isInstanceOf(InvalidImageException.class);
      Files.delete(file);
      assertThatThrownBy(() -> store.load(ImageSource.layout(layout)))
          .isInstanceOf(ImageNotFoundException.class);
      Files.move(moved, file);
    }
    assertThat(store.load(ImageSource.layout(layout))).hasSize(1);
  }

  @Test
  @Timeout(30)
  void indexes_with_very_many_ways_to_an_image_are_followed_once() {
    List<byte[]> blobs = new ArrayList<>(Samples.manyWays(IMAGE));
    Descriptor top = Descriptor.of(MediaType.OCI_INDEX, blobs.get(blobs.size() - 1));
    blobs.addAll(List.of(MANIFEST, CONFIG, Archives.LAYER));
    byte[] archive =
        Archives.layout(Index.of(List.of(top)).toBytes(), blobs.toArray(byte[][]::new)).bytes();

    StoredImage image = store.load(archive(archive), LIMITS).get(0);
    assertThat(store.config(store.manifest(image.target(), Samples.PLATFORM)).diffIds()).hasSize(1);

    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    store.save(ImageTarget.archive(saved), image);
    store.remove(image);
    store.collect();
    assertThat(store.load(archive(saved.toByteArray()), LIMITS)).containsExactly(image);
  }
}
