package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ImageLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AheadTest {
  private final ExecutorService executor = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void all_bytes_come_in_their_order() throws IOException {
    for (int size : new int[] {0, 1, 256 << 10, (256 << 10) + 1, 5_000_000}) {
      try (Ahead ahead = new Ahead(new ByteArrayInputStream(bytes(size)), executor)) {
        assertThat(ahead.readAllBytes()).isEqualTo(bytes(size));
        assertThat(ahead.read()).isNegative();
      }
    }
  }

  @Test
  void a_failure_comes_behind_the_bytes_before_it() throws IOException {
    InputStream failing =
        Samples.stream(
            new Samples.Source() {
              private int left = 300_000;

              @Override
              public int read(byte[] buffer, int offset, int length) throws IOException {
                if (left == 0) {
                  throw new InvalidImageException("bad");
                }
                int count = Math.min(left, length);
                left -= count;
                return count;
              }
            });
    try (Ahead ahead = new Ahead(failing, executor)) {
      assertThat(ahead.readNBytes(256 << 10)).hasSize(256 << 10);
      assertThatThrownBy(ahead::readAllBytes)
          .isInstanceOf(InvalidImageException.class)
          .hasMessage("bad");
      assertThat(ahead.read()).isNegative();
    }
  }

  @Test
  void what_is_closed_early_has_closed_its_source() {
    AtomicBoolean closed = new AtomicBoolean();
    InputStream endless =
        new FilterInputStream(Samples.stream((buffer, offset, length) -> length)) {
          @Override
          public void close() {
            closed.set(true);
          }
        };
    new Ahead(endless, executor).close();

    assertThat(closed).isTrue();
  }

  @Test
  void a_layer_read_ahead_is_verified_as_any_other() throws IOException {
    byte[] tar = bytes(3_000_000);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(tar);
    }
    byte[] blob = out.toByteArray();
    Descriptor layer = Descriptor.of(MediaType.OCI_LAYER_GZIP, blob);

    try (InputStream in = open(blob, layer, Digest.of(tar))) {
      assertThat(in.readAllBytes()).isEqualTo(tar);
    }
    try (InputStream in = open(blob, layer, Digest.of(new byte[0]))) {
      assertThatThrownBy(in::readAllBytes).hasMessageContaining("but the configuration names");
    }
    byte[] damaged = blob.clone();
    damaged[damaged.length / 2] ^= 1;
    try (InputStream in = open(damaged, layer, Digest.of(tar))) {
      assertThatThrownBy(in::readAllBytes).isInstanceOf(InvalidImageException.class);
    }
    byte[] longer = Arrays.copyOf(blob, blob.length + 1);
    try (InputStream in = open(longer, layer, Digest.of(tar))) {
      assertThatThrownBy(in::readAllBytes).isInstanceOf(InvalidImageException.class);
    }
  }

  private InputStream open(byte[] blob, Descriptor layer, Digest diffId) throws IOException {
    return Layers.openAhead(
        new VerifiedInput(new ByteArrayInputStream(blob), layer),
        layer,
        diffId,
        ImageLimits.defaults(),
        executor);
  }
}
