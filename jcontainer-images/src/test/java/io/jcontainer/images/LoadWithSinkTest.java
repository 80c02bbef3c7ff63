package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers of layouts and archives are handed on while they come in. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LoadWithSinkTest {
  private static final ImageLimits LIMITS = new ImageLimits(50, ByteSize.ofMebibytes(200), 100, 50);
  private static final ImageConfig HERE =
      ImageConfig.of(Platform.current(), ImageConfig.Execution.none());

  /** Larger than what is read without threads. */
  private static final byte[] LARGE =
      Archives.tar().file("large", Samples.bytes(1, 3 << 20)).bytes();

  @TempDir private Path parent;
  @TempDir private Path elsewhere;
  private ImageStore store;
  private final Taker taker = new Taker(LIMITS);

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
  }

  private void untouched() {
    assertThat(store.images()).isEmpty();
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
    store.collect();
    assertThat(store.usage().blobs()).isZero();
    assertThat(OwnDescriptors.now().values())
        .noneMatch(target -> target.startsWith(parent.toString()));
    assertThat(Poll.until(Duration.ofSeconds(30), LoadWithSinkTest::nobodyTakes))
        .as("a thread is listed until it is gone")
        .isTrue();
  }

  private static boolean nobodyTakes() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().matches("jcontainer-layer-[0-9]+"));
  }

  private static byte[] gzip(byte[] tar) {
    return Archives.compressed(tar, GZIPOutputStream::new);
  }

  /** An image as a layout has it, of blobs that may be others than they should be. */
  private static final class Layout {
    private final List<Descriptor> layers;
    private final List<byte[]> bytes;
    private final byte[] config;
    private final byte[] manifest;

    /** All compressed. */
    Layout(ImageConfig config, byte[]... tars) {
      this.bytes = Arrays.stream(tars).map(LoadWithSinkTest::gzip).toList();
      this.layers =
          bytes.stream().map(each -> Descriptor.of(MediaType.OCI_LAYER_GZIP, each)).toList();
      this.config = config.withDiffIds(Arrays.stream(tars).map(Digest::of).toList()).toBytes();
      this.manifest = manifest(layers, this.config);
    }

    /** One that says what a layer is. */
    Layout(Descriptor layer, byte[] bytes, Digest diffId) {
      this.bytes = List.of(bytes);
      this.layers = List.of(layer);
      this.config = HERE.withDiffIds(List.of(diffId)).toBytes();
      this.manifest = manifest(layers, config);
    }

    private static byte[] manifest(List<Descriptor> layers, byte[] config) {
      return Manifest.of(Descriptor.of(MediaType.OCI_CONFIG, config), layers).toBytes();
    }

    Descriptor image() {
      return Descriptor.of(MediaType.OCI_MANIFEST, manifest);
    }

    void putInto(Path directory) throws IOException {
      Path blobs = Files.createDirectories(directory.resolve("blobs/sha256"));
      Files.write(blobs.resolve(Digest.of(config).hex()), config);
      Files.write(blobs.resolve(image().digest().hex()), manifest);
      for (int i = 0; i < layers.size(); i++) {
        Files.write(blobs.resolve(layers.get(i).digest().hex()), bytes.get(i));
      }
    }

    /** A layout of it alone. */
    ImageSource in(Path directory) throws IOException {
      putInto(directory);
      return source(directory, image());
    }
  }

  private static ImageSource source(Path directory, Descriptor... images) throws IOException {
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.write(directory.resolve("index.json"), Index.of(List.of(images)).toBytes());
    return ImageSource.layout(directory);
  }

  private void given(byte[]... tars) {
    assertThat(taker.taken).hasSize(tars.length);
    for (Taker.Taken each : taker.taken.values()) {
      assertThat(each.tar).isEqualTo(tars[each.index]);
      assertThat(each.config.diffIds().get(each.index)).isEqualTo(Digest.of(each.tar));
    }
  }

  @Test
  void a_layouts_layers_are_handed_on() throws IOException {
    Layout layout = new Layout(HERE, Archives.LAYER, LARGE, Archives.UPPER);

    List<StoredImage> loaded = store.load(layout.in(elsewhere), taker);

    given(Archives.LAYER, LARGE, Archives.UPPER);
    assertThat(loaded).containsExactly(new StoredImage(Optional.empty(), layout.image()));
    assertThat(store.images()).isEqualTo(loaded);
    assertThat(store.check().problems()).isEmpty();
  }

  @Test
  void a_layer_that_is_here_is_not_handed_on() throws IOException {
    try (Lease lease = store.lease()) {
      byte[] gzip = gzip(LARGE);
      lease.write(Descriptor.of(MediaType.OCI_LAYER_GZIP, gzip), new ByteArrayInputStream(gzip));

      store.load(new Layout(HERE, Archives.LAYER, LARGE).in(elsewhere), taker);
    }

    given(Archives.LAYER);
  }

  @Test
  void of_an_index_only_this_machines_image_is_handed_on() throws IOException {
    Platform there = Platform.parse("linux/s390x");
    Layout other = new Layout(ImageConfig.of(there, ImageConfig.Execution.none()), Archives.UPPER);
    Layout here = new Layout(HERE, Archives.LAYER);
    other.putInto(elsewhere);
    here.putInto(elsewhere);
    byte[] index =
        Index.of(
                List.of(
                    other.image().withPlatform(there),
                    here.image().withPlatform(Platform.current())))
            .toBytes();
    Files.write(elsewhere.resolve(Archives.blob(index)), index);
    Descriptor both = Descriptor.of(MediaType.OCI_INDEX, index);

    store.load(source(elsewhere, both), taker);

    given(Archives.LAYER);
    assertThat(store.contains(other.layers.get(0))).isTrue();
  }

  @Test
  void the_layers_of_an_archive_are_handed_on_in_whatever_order_they_stand() throws IOException {
    Path file = elsewhere.resolve("archive");
    store.load(new Layout(HERE, Archives.LAYER, LARGE).in(elsewhere));
    StoredImage image = store.images().get(0);
    store.save(ImageTarget.archive(file), image); // has its layers first
    store.remove(image);
    store.collect();

    assertThat(store.load(ImageSource.archive(file), taker)).containsExactly(image);

    given(Archives.LAYER, LARGE);
    assertThat(store.check().problems()).isEmpty();
  }

  @Test
  void the_layers_of_dockers_archives_are_handed_on_if_they_are_not_compressed()
      throws IOException {
    byte[] gzip = gzip(Archives.UPPER);
    Path file =
        Files.write(
            elsewhere.resolve("archive"),
            Archives.tar()
                .file("large/layer.tar", LARGE)
                .file("upper.tar.gz", gzip)
                .file("config.json", Archives.config(LARGE, Archives.UPPER))
                .file(
                    "manifest.json",
                    "[{\"Config\":\"config.json\",\"Layers\":[\"large/layer.tar\",\"upper.tar.gz\"]}]")
                .bytes());

    StoredImage image = store.load(ImageSource.archive(file), taker).get(0);

    given(LARGE);
    assertThat(store.check().problems()).isEmpty();
    ImageStore other = ImageStore.open(parent.resolve("other"));
    assertThat(other.load(ImageSource.archive(file))).as("without a sink").containsExactly(image);
  }

  @Test
  void a_compressed_archive_and_a_stream_are_all_there_before_anything_is_handed_on()
      throws IOException {
    byte[] archive = Archives.oldDocker().file("manifest.json", Archives.oldManifest("[]")).bytes();
    Path file = Files.write(elsewhere.resolve("archive.gz"), gzip(archive));

    assertThat(store.load(ImageSource.archive(file), taker)).hasSize(1);
    store.images().forEach(store::remove);
    store.collect();
    assertThat(store.load(ImageSource.archive(new ByteArrayInputStream(archive)), taker))
        .hasSize(1);

    given();
  }

  private void refused(Layout layout, String message) throws IOException {
    assertThatThrownBy(() -> store.load(layout.in(elsewhere), taker))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("cannot load the layout")
        .hasMessageContaining(message);
    assertThat(taker.taken).as("nobody sees its end").isEmpty();
    untouched();
  }

  @Test
  void a_layer_of_another_digest_is_refused() throws IOException {
    byte[] wrong = gzip(LARGE);
    Descriptor layer = Descriptor.of(MediaType.OCI_LAYER_GZIP, wrong);
    wrong[4] ^= 1; // the time, of which no reader of gzip takes note

    refused(new Layout(layer, wrong, Digest.of(LARGE)), "the bytes have the digest");
  }

  @Test
  void a_layer_whose_tar_has_another_digest_is_refused() throws IOException {
    for (byte[] tar : List.of(LARGE, Archives.LAYER)) {
      byte[] gzip = gzip(tar);

      refused(
          new Layout(
              Descriptor.of(MediaType.OCI_LAYER_GZIP, gzip), gzip, Digest.of(Archives.UPPER)),
          "but the configuration names " + Digest.of(Archives.UPPER));
    }
  }

  @Test
  void a_layer_that_is_cut_off_is_refused() throws IOException {
    byte[] gzip = gzip(LARGE);
    Descriptor layer = Descriptor.of(MediaType.OCI_LAYER_GZIP, gzip);

    refused(
        new Layout(layer, Arrays.copyOf(gzip, gzip.length / 2), Digest.of(LARGE)), "ends after");
    byte[] shorter = Arrays.copyOf(gzip, gzip.length / 2);
    refused(
        new Layout(Descriptor.of(MediaType.OCI_LAYER_GZIP, shorter), shorter, Digest.of(LARGE)),
        "gzip: ends");
  }

  @Test
  void a_bomb_is_refused() throws IOException {
    refused(
        new Layout(HERE, Archives.tar().file("zeros", new byte[70 << 20]).bytes()),
        "more than 100 times as many");
  }

  @Test
  void what_a_sink_cannot_take_is_not_loaded() throws IOException {
    ImageSource source = new Layout(HERE, LARGE, Archives.LAYER).in(elsewhere);

    assertThatThrownBy(
            () ->
                store.load(
                    source,
                    (config, index, layer, tar) -> {
                      tar.readNBytes(1000);
                      throw new IOException("no room");
                    }))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("no room");
    untouched();
  }

  @Test
  void an_interrupt_ends_a_load_and_all_that_takes_its_layers() throws Exception {
    ImageSource source = new Layout(HERE, LARGE).in(elsewhere);
    CountDownLatch taking = new CountDownLatch(1);
    CompletableFuture<Throwable> taken = new CompletableFuture<>();
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread loader =
        new Thread(
            () -> {
              try {
                store.load(
                    source,
                    (config, index, layer, tar) -> {
                      taking.countDown();
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException e) {
                        taken.complete(e);
                      }
                    });
              } catch (RuntimeException e) {
                ended.complete(e);
              }
            });
    loader.start();
    taking.await();

    loader.interrupt();

    assertThat(ended.get()).isInstanceOf(ContainerInterruptedException.class);
    assertThat(taken.get()).isInstanceOf(InterruptedException.class);
    loader.join();
    untouched();
  }

  private static boolean somebodyWaitsForMore() {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(
            frame ->
                frame.getClassName().equals(Arriving.class.getName())
                    && frame.getMethodName().equals("await"));
  }

  @Test
  void who_gives_a_layer_up_waits_for_no_more_of_it() throws Exception {
    byte[] gzip = gzip(LARGE);
    Descriptor layer = Descriptor.of(MediaType.OCI_LAYER_GZIP, gzip);
    CountDownLatch givenUp = new CountDownLatch(1);
    InputStream bytes = new ByteArrayInputStream(gzip);
    InputStream slow =
        Samples.stream(
            (buffer, offset, length) -> {
              if (bytes.available() < gzip.length - 400_000) { // more than one buffer has come
                try {
                  givenUp.await(); // does not come before that
                } catch (InterruptedException e) {
                  throw new IOException(e);
                }
              }
              return bytes.read(buffer, offset, Math.min(length, 70_000));
            });
    LayerSink sink =
        (config, index, of, tar) -> {
          tar.readNBytes(1000);
          assertThat(Poll.until(Duration.ofMinutes(1), LoadWithSinkTest::somebodyWaitsForMore))
              .isTrue();
          tar.close();
          givenUp.countDown();
        };

    try (Lease lease = store.lease();
        LayerIntake intake = new LayerIntake(lease, sink, 1)) {
      intake.write(HERE.withDiffIds(List.of(Digest.of(LARGE))), 0, layer, slow);
      intake.await();
      assertThat(store.contains(layer)).isTrue();
    }
    untouched();
  }
}
