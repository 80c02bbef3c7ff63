package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.OwnDescriptors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A layer is read by somebody while it comes in. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ArrivingLayerTest {
  private static final byte[] TAR = Archives.tar().file("large", Samples.bytes(1, 300_000)).bytes();
  private static final byte[] GZIP = Archives.compressed(TAR, GZIPOutputStream::new);
  private static final Descriptor LAYER = Descriptor.of(MediaType.OCI_LAYER_GZIP, GZIP);
  private static final Digest DIFF_ID = Digest.of(TAR);

  @TempDir private Path parent;
  private ImageStore store;
  private Lease lease;

  @BeforeEach
  void open() {
    store = ImageStore.open(parent.resolve("store"));
    lease = store.lease();
  }

  @AfterEach
  void close() {
    lease.close();
  }

  /** Reads in a thread of its own what it is given. */
  private static final class Reader implements Consumer<InputStream> {
    private final CompletableFuture<byte[]> read = new CompletableFuture<>();
    private final CountDownLatch begun = new CountDownLatch(1);

    @Override
    public void accept(InputStream tar) {
      Thread thread =
          new Thread(
              () -> {
                try (tar) {
                  byte[] first = tar.readNBytes(100);
                  begun.countDown();
                  byte[] rest = tar.readAllBytes();
                  byte[] all = new byte[first.length + rest.length];
                  System.arraycopy(first, 0, all, 0, first.length);
                  System.arraycopy(rest, 0, all, first.length, rest.length);
                  read.complete(all);
                } catch (IOException | RuntimeException e) {
                  read.completeExceptionally(e);
                }
              });
      thread.setDaemon(true);
      thread.start();
    }
  }

  @Test
  void what_has_come_can_be_read_before_the_rest_comes() throws Exception {
    Reader reader = new Reader();
    InputStream bytes = new ByteArrayInputStream(GZIP);
    InputStream in =
        Samples.stream(
            (buffer, offset, length) -> {
              if (bytes.available() < 100_000) {
                await(reader.begun); // does not come without what was read before
              }
              return bytes.read(buffer, offset, Math.min(length, 70_000));
            });

    assertThat(lease.write(LAYER, in, DIFF_ID, ImageLimits.defaults(), Runnable::run, reader))
        .isTrue();

    assertThat(reader.read.get()).isEqualTo(TAR);
    assertThat(store.contains(LAYER)).isTrue();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void who_reads_a_layer_that_is_wrong_never_sees_its_end() {
    byte[] wrong = GZIP.clone();
    wrong[4] ^= 1; // the time, of which no reader of gzip takes note
    Reader reader = new Reader();

    assertThatThrownBy(
            () ->
                lease.write(
                    LAYER,
                    new ByteArrayInputStream(wrong),
                    DIFF_ID,
                    ImageLimits.defaults(),
                    Runnable::run,
                    reader))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("the bytes have the digest");

    assertThatThrownBy(reader.read::get)
        .cause()
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the bytes have the digest");
    assertThat(store.contains(LAYER)).isFalse();
  }

  @Test
  void who_reads_a_layer_that_breaks_off_gets_an_error() {
    Reader reader = new Reader();
    InputStream in =
        Samples.stream(
            (buffer, offset, length) -> {
              throw new IOException("the line is dead");
            });

    assertThatThrownBy(
            () -> lease.write(LAYER, in, DIFF_ID, ImageLimits.defaults(), Runnable::run, reader))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("the line is dead");

    assertThatThrownBy(reader.read::get).cause().hasMessageContaining("the line is dead");
  }

  @Test
  void a_tar_with_another_digest_than_the_configuration_names_is_refused_to_who_reads_it() {
    Reader reader = new Reader();

    lease.write(
        LAYER,
        new ByteArrayInputStream(GZIP),
        Digest.of(new byte[1]),
        ImageLimits.defaults(),
        Runnable::run,
        reader);

    assertThatThrownBy(reader.read::get)
        .cause()
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("but the configuration names");
  }

  @Test
  void a_decompressor_is_closed_with_its_tar() throws IOException {
    byte[] blob = Archives.compressed(TAR, ZstdOutputStreamNoFinalizer::new);
    Descriptor layer = Descriptor.of(MediaType.ociLayer(Compression.ZSTD), blob);
    InputStream tar =
        Layers.openLate(
            new ByteArrayInputStream(blob), layer, DIFF_ID, ImageLimits.defaults(), Runnable::run);
    assertThat(tar.read()).isPositive();

    tar.close();

    assertThatThrownBy(tar::read).isInstanceOf(IOException.class).hasMessageContaining("closed");
  }

  @Test
  void a_layer_that_is_there_is_given_to_nobody() {
    lease.write(LAYER, new ByteArrayInputStream(GZIP));

    boolean written =
        lease.write(
            LAYER,
            InputStream.nullInputStream(),
            DIFF_ID,
            ImageLimits.defaults(),
            Runnable::run,
            tar -> {
              throw new AssertionError("was given");
            });

    assertThat(written).isFalse();
  }

  @Test
  void a_reader_that_does_not_take_a_layer_ends_the_write_and_holds_nothing_open() {
    assertThatThrownBy(
            () ->
                lease.write(
                    LAYER,
                    new ByteArrayInputStream(GZIP),
                    DIFF_ID,
                    ImageLimits.defaults(),
                    Runnable::run,
                    tar -> {
                      throw new IllegalStateException("no");
                    }))
        .hasMessage("no");

    assertThat(OwnDescriptors.now().values()).noneMatch(target -> target.contains(".part"));
    assertThat(store.contains(LAYER)).isFalse();
  }
}
