package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images come in and go out in all forms, and are the same afterwards. */
class InAndOutTest {
  private static final ImageReference NAME = ImageReference.parse("example.org/app:1");

  @TempDir private Path parent;
  private ImageStore store;
  private ImageStore other;

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
    other = ImageStore.open(parent.resolve("other"));
  }

  private Path tree(String name) throws IOException {
    Path root = Files.createDirectory(parent.resolve(name));
    Files.createDirectories(root.resolve("usr/bin"));
    Files.writeString(root.resolve("usr/bin/tool"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        root.resolve("usr/bin/tool"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        root.resolve("usr/bin"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(
        root.resolve("usr"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
    Files.writeString(root.resolve("z~"), "umlaut");
    Files.setPosixFilePermissions(root.resolve("z~"), PosixFilePermissions.fromString("rw-------"));
    Files.createLink(root.resolve("zz"), root.resolve("usr/bin/tool"));
    return root;
  }

  private static List<TarEntry> entries(InputStream in) throws IOException {
    List<TarEntry> entries = new ArrayList<>();
    try (in;
        TarReader tar = new TarReader(in)) {
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        entries.add(entry);
      }
      in.transferTo(OutputStream.nullOutputStream());
    }
    return entries;
  }

  private StoredImage directory(Path root, Compression compression) {
    return store.load(ImageSource.directory(root, compression, Archives.CONFIG), NAME);
  }

  @Test
  void a_directory_becomes_an_image_of_one_layer() throws IOException {
    StoredImage image = directory(tree("a"), Compression.NONE);

    Manifest manifest = store.manifest(image.target(), Samples.PLATFORM);
    ImageConfig config = store.config(manifest);
    assertThat(config.execution().cmd()).containsExactly("sh");
    assertThat(
            entries(
                store.readLayer(
                    manifest.layers().get(0), config.diffIds().get(0), ImageLimits.defaults())))
        .containsExactly(
            new TarEntry("bin", TarEntry.SYMBOLIC_LINK, 0, 0777, "usr/bin"),
            TarEntry.directory("usr", 0751),
            TarEntry.directory("usr/bin", 0755),
            TarEntry.file("usr/bin/tool", 10, 0755),
            new TarEntry("zz", TarEntry.HARD_LINK, 0, 0755, "usr/bin/tool"),
            TarEntry.file("z~", 6, 0600));
  }

  @ParameterizedTest
  @EnumSource
  void the_same_files_give_the_same_image_whenever_it_is_made(Compression compression)
      throws IOException {
    StoredImage first = directory(tree("a"), compression);
    Path again = tree("b");
    Files.setLastModifiedTime(again.resolve("usr/bin/tool"), FileTime.fromMillis(77));
    StoredImage second = directory(again, compression);

    assertThat(second).isEqualTo(first);
    assertThat(store.usage().blobs()).isEqualTo(3);
    if (compression == Compression.NONE) {
      assertThat(first.target().digest())
          .as("on any host, with any JDK")
          .hasToString("sha256:29f692e4c6e0da8d767a349ad36ff4ec394a502dfe4f6e0ae8870f2c1b2e747d");
    }
  }

  @Test
  void what_is_no_file_directory_or_link_is_refused_in_a_layer() throws Exception {
    Path root = tree("a");
    assertThat(new ProcessBuilder("mkfifo", root.resolve("fifo").toString()).start().waitFor())
        .isZero();

    assertThatThrownBy(() -> directory(root, Compression.NONE))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("fifo");
    assertThatThrownBy(() -> directory(parent.resolve("nothing/here"), Compression.NONE))
        .as("a directory that is not there is no empty one")
        .isInstanceOf(ImageException.class);
  }

  @ParameterizedTest
  @EnumSource
  void an_archive_brings_the_same_image_back(Compression compression) throws IOException {
    StoredImage image = directory(tree("a"), compression);
    Path file = parent.resolve("image.tar");

    store.save(ImageTarget.archive(file), image);
    assertThat(other.load(ImageSource.archive(file))).containsExactly(image);
    assertThat(other.check().problems()).isEmpty();
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    other.save(ImageTarget.archive(again), image);
    assertThat(file).as("the same bytes").hasBinaryContent(again.toByteArray());
    try (InputStream in = Files.newInputStream(file)) {
      assertThat(other.load(ImageSource.archive(in))).containsExactly(image);
    }
  }

  @Test
  void a_layout_brings_the_same_images_back() throws IOException {
    StoredImage image = directory(tree("a"), Compression.GZIP);
    StoredImage second = new StoredImage(Optional.of(NAME.withTag("2")), image.target());
    StoredImage nameless =
        store
            .load(ImageSource.rootfs(new ByteArrayInputStream(Archives.LAYER), Archives.CONFIG))
            .get(0);
    store.keep(second);
    Path layout = parent.resolve("layout");

    store.save(ImageTarget.layout(layout), second, image, nameless);
    assertThat(other.load(ImageSource.layout(layout)))
        .containsExactlyInAnyOrder(image, second, nameless);
    assertThat(other.check().problems()).isEmpty();
    assertThatThrownBy(() -> store.save(ImageTarget.layout(layout), image))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("not empty");
  }

  @Test
  void an_index_goes_out_and_in_with_the_images_that_are_there() {
    StoredImage image;
    try (Lease lease = store.lease()) {
      Descriptor here = Samples.write(lease, Archives.LAYER).withPlatform(Samples.PLATFORM);
      Descriptor elsewhere =
          Descriptor.of(MediaType.OCI_MANIFEST, new byte[] {1})
              .withPlatform(Platform.parse("linux/s390x"));
      Descriptor index =
          lease.write(MediaType.OCI_INDEX, Index.of(List.of(elsewhere, here)).toBytes());
      image = new StoredImage(Optional.of(NAME), index);
      store.keep(image);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.save(ImageTarget.archive(out), image);

    assertThat(other.load(ImageSource.archive(new ByteArrayInputStream(out.toByteArray()))))
        .containsExactly(image);
    assertThat(other.manifest(image.target(), Samples.PLATFORM).layers()).hasSize(1);
  }

  @Test
  void the_older_form_of_docker_is_read_with_its_links() {
    byte[] archive =
        Archives.oldDocker()
            .file("manifest.json", Archives.oldManifest("[\"app:1\",\"localhost:5000/app\"]"))
            .bytes();

    List<StoredImage> images = store.load(ImageSource.archive(new ByteArrayInputStream(archive)));

    assertThat(images)
        .extracting(image -> image.name().orElseThrow().toString())
        .containsExactly("docker.io/library/app:1", "localhost:5000/app:latest");
    Manifest manifest = store.manifest(images.get(0).target(), Samples.PLATFORM);
    assertThat(manifest.layers())
        .containsExactly(
            Descriptor.of(MediaType.OCI_LAYER, Archives.LAYER),
            Descriptor.of(MediaType.OCI_LAYER, Archives.LAYER));
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.collect().blobs()).as("what else was in the archive is no blob").isZero();
  }

  @Test
  void an_image_without_a_name_is_kept_without_one() {
    byte[] archive =
        Archives.oldDocker().file("manifest.json", Archives.oldManifest("null")).bytes();

    List<StoredImage> images = store.load(ImageSource.archive(new ByteArrayInputStream(archive)));

    assertThat(images).singleElement().extracting(StoredImage::name).isEqualTo(Optional.empty());
    assertThat(store.images()).isEqualTo(images);
    StoredImage named = store.load(ImageSource.archive(new ByteArrayInputStream(archive)), NAME);
    assertThat(store.find(NAME)).contains(named.target());
  }

  @Test
  void archives_and_their_layers_may_be_compressed() {
    byte[] layer = Archives.compressed(Archives.LAYER, ZstdOutputStream::new);
    byte[] upper = Archives.compressed(Archives.UPPER, GZIPOutputStream::new);
    byte[] archive =
        Archives.tar()
            .file("./c.json", Archives.config(Archives.LAYER, Archives.UPPER))
            .file("./a.tar", layer)
            .link("b.tar", TarEntry.HARD_LINK, "./upper")
            .file("upper", upper)
            .file("manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"a.tar\",\"b.tar\"]}]")
            .bytes();
    for (byte[] bytes :
        List.of(
            archive,
            Archives.compressed(archive, GZIPOutputStream::new),
            Archives.compressed(archive, ZstdOutputStream::new))) {
      StoredImage image = store.load(ImageSource.archive(new ByteArrayInputStream(bytes)), NAME);

      assertThat(store.manifest(image.target(), Samples.PLATFORM).layers())
          .extracting(Descriptor::mediaType)
          .containsExactly(MediaType.OCI_LAYER_ZSTD, MediaType.OCI_LAYER_GZIP);
    }
    assertThat(store.usage().blobs()).isEqualTo(4);
  }

  @Test
  void an_archive_is_found_on_the_class_path() throws IOException {
    byte[] archive =
        Archives.oldDocker().file("manifest.json", Archives.oldManifest("[\"app\"]")).bytes();
    Files.write(Files.createDirectory(parent.resolve("images")).resolve("app.tar"), archive);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {parent.toUri().toURL()}, null)) {
      assertThat(store.load(ImageSource.resource(loader, "images/app.tar"))).hasSize(1);
      assertThatThrownBy(() -> store.load(ImageSource.resource(loader, "images/none.tar")))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining("images/none.tar");
    }
  }

  @Test
  void a_root_file_system_is_stored_as_it_is() throws IOException {
    for (byte[] tar :
        List.of(
            Archives.LAYER,
            Archives.compressed(Archives.LAYER, GZIPOutputStream::new),
            Archives.compressed(Archives.LAYER, ZstdOutputStream::new))) {
      Path file = Files.write(parent.resolve("rootfs.tar"), tar);

      StoredImage image = store.load(ImageSource.rootfs(file, Archives.CONFIG), NAME);

      Manifest manifest = store.manifest(image.target(), Samples.PLATFORM);
      assertThat(manifest.layers().get(0).digest()).isEqualTo(Digest.of(tar));
      assertThat(store.config(manifest).diffIds()).containsExactly(Digest.of(Archives.LAYER));
    }
  }

  @Test
  void a_layer_that_is_not_what_its_manifest_says_is_refused_when_it_is_read() throws IOException {
    byte[] gzip = Archives.compressed(Archives.LAYER, GZIPOutputStream::new);
    Digest diffId = Digest.of(Archives.LAYER);
    Descriptor right = Descriptor.of(MediaType.OCI_LAYER_GZIP, gzip);
    try (Lease lease = store.lease()) {
      lease.write(right, new ByteArrayInputStream(gzip));

      assertThat(entries(store.readLayer(right, diffId, ImageLimits.defaults()))).hasSize(2);
      assertThatThrownBy(
              () -> entries(store.readLayer(right, Digest.of(gzip), ImageLimits.defaults())))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("the tar has the digest " + diffId);
      assertThatThrownBy(
              () ->
                  store.readLayer(
                      Descriptor.of(MediaType.OCI_LAYER_ZSTD, gzip),
                      diffId,
                      ImageLimits.defaults()))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("GZIP");
      assertThatThrownBy(
              () ->
                  store.readLayer(
                      Descriptor.of(MediaType.OCI_CONFIG, gzip), diffId, ImageLimits.defaults()))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("the type of no layer");
    }
  }

  @Test
  void a_name_that_is_not_in_utf_8_cannot_be_in_a_layer_of_a_directory() throws Exception {
    Path root = Files.createDirectory(parent.resolve("root"));
    Process touch =
        new ProcessBuilder("sh", "-c", "touch \"$(printf 'a\\377')\"")
            .directory(root.toFile())
            .start();
    assertThat(touch.waitFor()).isZero();

    assertThatThrownBy(
            () -> store.load(ImageSource.directory(root, Compression.NONE, Archives.CONFIG), NAME))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("has a name that this JVM cannot decode");
  }

  @Test
  void only_one_image_can_be_given_a_name() {
    byte[] archive = Archives.layout(Index.of(List.of()).toBytes()).bytes();

    assertThat(store.load(ImageSource.archive(new ByteArrayInputStream(archive)))).isEmpty();
    assertThatThrownBy(
            () -> store.load(ImageSource.archive(new ByteArrayInputStream(archive)), NAME))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("has 0 images");
  }
}
