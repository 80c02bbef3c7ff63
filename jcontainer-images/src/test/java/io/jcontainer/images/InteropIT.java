package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images go from here to the programs of others and back. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@RequiresHost({Feature.SKOPEO, Feature.UMOCI, Feature.BUSYBOX_STATIC})
class InteropIT {
  private static final ImageReference NAME = ImageReference.parse("example.org/busybox:1");
  private static final ImageConfig CONFIG =
      ImageConfig.of(
          Platform.current(),
          ImageConfig.Execution.none().withCmd("sh", "-c", "true").withEnv("PATH=/bin", "A=b c"));

  @TempDir private Path parent;
  private ImageStore store;
  private ImageStore other;
  private Path root;

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
    other = ImageStore.open(parent.resolve("other"));
    root = RootfsFixtures.busyboxRoot(parent.resolve("root"));
  }

  private StoredImage busybox(Compression compression) {
    return store.load(ImageSource.directory(root, compression, CONFIG), NAME);
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertThat(process.waitFor()).as("%s: %s", List.of(command), out).isZero();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IllegalStateException(e);
    }
  }

  private static void skopeo(String... arguments) throws IOException {
    run(
        Stream.concat(Stream.of("skopeo", "--insecure-policy", "copy"), Stream.of(arguments))
            .toArray(String[]::new));
  }

  /** The one image is the same as ours, all layers verified. */
  private void verify(List<StoredImage> images) throws IOException {
    Descriptor target = images.get(0).target();
    Manifest manifest = other.manifest(target, Platform.current());
    ImageConfig config = other.config(manifest);
    assertThat(config.execution()).isEqualTo(CONFIG.execution());
    assertThat(config.diffIds())
        .isEqualTo(
            store
                .config(store.manifest(store.find(NAME).orElseThrow(), Platform.current()))
                .diffIds());
    for (int i = 0; i < manifest.layers().size(); i++) {
      try (InputStream layer =
          other.readLayer(
              manifest.layers().get(i), config.diffIds().get(i), ImageLimits.defaults())) {
        layer.transferTo(OutputStream.nullOutputStream());
      }
    }
    assertThat(other.check().problems()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "GZIP"}) // Docker's form has no zstd, says skopeo 1.9
  void skopeo_reads_our_layout_and_we_read_what_it_makes_of_it(Compression compression)
      throws IOException {
    Path layout = parent.resolve("layout");
    Path archive = parent.resolve("docker.tar");
    store.save(ImageTarget.layout(layout), busybox(compression));

    skopeo("oci:" + layout + ":1", "docker-archive:" + archive + ":example.org/busybox:2");

    List<StoredImage> images = other.load(ImageSource.archive(archive));
    verify(images);
    assertThat(images.get(0).name()).contains(NAME.withTag("2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker-archive:%s",
        "docker-archive:%s:example.org/busybox:1",
        "oci-archive:%s:1"
      })
  void skopeo_reads_our_archive_and_we_read_what_it_makes_of_it(String source) throws IOException {
    Path archive = parent.resolve("ours.tar");
    Path layout = parent.resolve("theirs");
    store.save(ImageTarget.archive(archive), busybox(Compression.GZIP));

    skopeo(source.formatted(archive), "oci:" + layout + ":x");

    verify(other.load(ImageSource.layout(layout)));
  }

  @Test
  void skopeo_takes_our_zstd_for_what_it_is() throws IOException {
    Path layout = parent.resolve("layout");
    Path archive = parent.resolve("theirs.tar");
    store.save(ImageTarget.layout(layout), busybox(Compression.ZSTD));

    skopeo("--dest-decompress", "oci:" + layout + ":1", "oci-archive:" + archive + ":x");

    verify(other.load(ImageSource.archive(archive)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "zstd"})
  void we_read_what_skopeo_compresses(String format) throws IOException {
    Path ours = parent.resolve("ours");
    Path archive = parent.resolve("theirs.tar");
    store.save(ImageTarget.layout(ours), busybox(Compression.NONE));

    skopeo("--dest-compress-format", format, "oci:" + ours + ":1", "oci-archive:" + archive + ":x");

    verify(other.load(ImageSource.archive(archive)));
  }

  @Test
  void umoci_unpacks_our_image() throws IOException {
    Path layout = parent.resolve("layout");
    Path bundle = parent.resolve("bundle");
    store.save(ImageTarget.layout(layout), busybox(Compression.GZIP));

    run("umoci", "unpack", "--rootless", "--image", layout + ":1", bundle.toString());

    run("diff", "-r", "--no-dereference", root.toString(), bundle.resolve("rootfs").toString());
    assertThat(Files.isExecutable(bundle.resolve("rootfs/bin/busybox"))).isTrue();
    assertThat(Files.readString(bundle.resolve("config.json"))).contains("A=b c");
  }

  @Test
  void we_read_an_image_that_umoci_has_made() throws IOException {
    Path layout = parent.resolve("layout");
    String image = layout + ":made";
    run("umoci", "init", "--layout", layout.toString());
    run("umoci", "new", "--image", image);
    run("umoci", "insert", "--rootless", "--image", image, root.toString(), "/");
    run("umoci", "config", "--image", image, "--config.cmd", "sh");

    List<StoredImage> images = other.load(ImageSource.layout(layout));

    assertThat(images).hasSize(1);
    Manifest manifest = other.manifest(images.get(0).target(), Platform.current());
    ImageConfig config = other.config(manifest);
    assertThat(config.execution().cmd()).containsExactly("sh");
    try (InputStream layer =
        other.readLayer(
            manifest.layers().get(0), config.diffIds().get(0), ImageLimits.defaults())) {
      assertThat(layer.readAllBytes()).hasSizeGreaterThan(100_000);
    }
    assertThat(other.check().problems()).isEmpty();
  }
}
