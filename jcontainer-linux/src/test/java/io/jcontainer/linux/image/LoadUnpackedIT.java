package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left where a layout is unpacked while it is loaded, be it good or bad. */
@LeakChecked
@Timeout(60)
class LoadUnpackedIT {
  private static final ImageLimits LIMITS =
      new ImageLimits(100, ByteSize.ofMebibytes(100), 100, 1000);
  private static final byte[] SMALL = new RawTar().file("etc/small", "1").bytes();

  /** Large enough to be read by several threads. */
  private static final byte[] LARGE = large();

  @TempDir Path parent;
  @TempDir Path layout;
  private UnpackingFixture fixture;

  private static byte[] large() {
    StringBuilder content = new StringBuilder();
    Random random = new Random(1);
    for (int i = 0; i < 3 << 20; i++) {
      content.append((char) random.nextInt(256));
    }
    return new RawTar()
        .file("first", "1")
        .file("large", content.toString())
        .file("last", "2")
        .bytes();
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

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

  private Descriptor blob(MediaType type, byte[] bytes) throws IOException {
    Descriptor blob = Descriptor.of(type, bytes);
    Files.write(layout.resolve("blobs/sha256").resolve(blob.digest().hex()), bytes);
    return blob;
  }

  /** A layout with one image of compressed layers. */
  private ImageSource layout(List<Digest> diffIds, byte[]... gzips) throws IOException {
    Files.createDirectories(layout.resolve("blobs/sha256"));
    List<Descriptor> layers = new ArrayList<>();
    for (byte[] each : gzips) {
      layers.add(blob(MediaType.OCI_LAYER_GZIP, each));
    }
    ImageConfig config =
        ImageConfig.of(Platform.current(), ImageConfig.Execution.none()).withDiffIds(diffIds);
    Manifest manifest = Manifest.of(blob(MediaType.OCI_CONFIG, config.toBytes()), layers);
    Descriptor image = blob(MediaType.OCI_MANIFEST, manifest.toBytes());
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(layout.resolve("index.json"), Index.of(List.of(image)).toBytes());
    return ImageSource.layout(layout);
  }

  private Path file(byte[] gzip) {
    return layout.resolve("blobs/sha256").resolve(Digest.of(gzip).hex());
  }

  private void refused(ImageSource source, String message) {
    try (Sink sink = fixture.layers.sink(LIMITS)) {
      assertThatThrownBy(() -> fixture.images.load(source, sink))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining(message);
    }
    nothingIsLeft();
  }

  private void nothingIsLeft() {
    assertThat(fixture.places()).isEmpty();
    assertThat(fixture.images.images()).isEmpty();
    assertThat(fixture.images.check().problems()).isEmpty();
    fixture.images.collect();
    assertThat(fixture.images.usage().blobs()).isZero();
    assertThat(fixture.images.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
  }

  @Test
  void a_layout_is_unpacked_while_it_is_loaded() throws Exception {
    ImageSource source =
        layout(List.of(Digest.of(LARGE), Digest.of(SMALL)), gzip(LARGE), gzip(SMALL));

    try (Sink sink = fixture.layers.sink(LIMITS)) {
      StoredImage loaded = fixture.images.load(source, sink).get(0);
      assertThat(fixture.places()).hasSize(2).allMatch(name -> name.endsWith(".in.new"));
      Manifest manifest = fixture.images.manifest(loaded.target());
      try (UnpackedImage image =
          sink.unpack(fixture.images, manifest, fixture.images.config(manifest))) {
        assertThat(image.layers().get(0).resolve("last")).hasContent("2");
        assertThat(image.layers().get(1).resolve("etc/small")).hasContent("1");
      }
    }
    assertThat(fixture.places()).hasSize(2).allMatch(name -> name.matches("[0-9a-f]{64}"));
    assertThat(fixture.images.check().problems()).isEmpty();
  }

  @Test
  void of_a_layer_with_another_digest_nothing_is_left() throws Exception {
    byte[] gzip = gzip(LARGE);
    ImageSource source = layout(List.of(Digest.of(SMALL), Digest.of(LARGE)), gzip(SMALL), gzip);
    byte[] wrong = gzip.clone();
    wrong[4] ^= 1; // the time, of which no reader of gzip takes note
    Files.write(file(gzip), wrong);

    refused(source, "the bytes have the digest " + Digest.of(wrong));
  }

  @Test
  void of_a_layer_whose_tar_has_another_digest_nothing_is_left() throws Exception {
    refused(
        layout(List.of(Digest.of(SMALL), Digest.of(SMALL)), gzip(SMALL), gzip(LARGE)),
        "but the configuration names");
  }

  @Test
  void of_a_layer_that_is_cut_off_nothing_is_left() throws Exception {
    byte[] gzip = gzip(LARGE);
    ImageSource source = layout(List.of(Digest.of(LARGE)), gzip);
    Files.write(file(gzip), Arrays.copyOf(gzip, gzip.length / 2));

    refused(source, "ends after " + gzip.length / 2);
    byte[] shorter = Arrays.copyOf(gzip, gzip.length / 2);
    refused(layout(List.of(Digest.of(LARGE)), shorter), "gzip: ends");
  }

  @Test
  void of_a_bomb_nothing_is_left() throws Exception {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
      gzip.write(SMALL);
      for (int i = 0; i < 80; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }

    refused(
        layout(List.of(Digest.of(LARGE), Digest.of(SMALL)), gzip(LARGE), bomb.toByteArray()),
        "more than 100 times as many");
  }

  @Test
  void of_a_load_that_is_interrupted_nothing_is_left() throws Exception {
    ImageSource source = layout(List.of(Digest.of(LARGE)), gzip(LARGE));
    CountDownLatch unpacking = new CountDownLatch(1);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread loader =
        new Thread(
            () -> {
              try (Sink sink = fixture.layers.sink(LIMITS)) {
                fixture.images.load(source, new Stalling(sink, unpacking));
              } catch (RuntimeException e) {
                ended.complete(e);
              }
            });
    loader.start();
    unpacking.await();
    assertThat(fixture.places()).hasSize(1);

    loader.interrupt();

    assertThat(ended.get()).isInstanceOf(ContainerInterruptedException.class);
    loader.join();
    nothingIsLeft();
  }

  /** Reads a first part of a layer, and then waits for ever. */
  private record Stalling(LayerSink sink, CountDownLatch unpacking) implements LayerSink {
    @Override
    public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
        throws IOException {
      sink.take(config, index, layer, new Stalled(tar, unpacking));
    }

    @Override
    public ImageLimits limits() {
      return sink.limits();
    }
  }

  private static final class Stalled extends InputStream {
    private final InputStream tar;
    private final CountDownLatch unpacking;
    private int left = 1 << 20;

    Stalled(InputStream tar, CountDownLatch unpacking) {
      this.tar = tar;
      this.unpacking = unpacking;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0) {
        unpacking.countDown();
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
      int read = tar.read(buffer, offset, Math.min(left, length));
      left -= Math.max(read, 0);
      return read;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }
  }
}
