package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers on their way from a download to a sink. */
@Timeout(60)
class LayerIntakeTest {
  @TempDir private Path parent;
  private final AtomicInteger closed = new AtomicInteger();
  private final InputStream tar =
      new FilterInputStream(InputStream.nullInputStream()) {
        @Override
        public void close() throws IOException {
          closed.incrementAndGet();
          super.close();
        }
      };
  private final ImageConfig config =
      ImageConfig.of(Platform.current(), ImageConfig.Execution.none());
  private final Descriptor layer = Descriptor.of(MediaType.OCI_LAYER, new byte[1]);

  @Test
  void a_layer_that_was_taken_is_closed_and_no_longer_kept() {
    try (Lease lease = ImageStore.open(parent.resolve("store")).lease();
        LayerIntake intake = new LayerIntake(lease, (c, index, descriptor, in) -> {}, 1)) {
      intake.take(config, 0, layer, tar);
      intake.await();
      assertThat(closed).hasValue(1);
    }
    assertThat(closed).hasValue(1);
  }
}
