package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Layers on their way from a download to a sink. */
@Timeout(60)
class SinksTest {
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
    try (Sinks sinks = new Sinks((c, index, descriptor, in) -> {}, 1)) {
      sinks.take(config, 0, layer, tar);
      sinks.await();
      assertThat(closed).hasValue(1);
    }
    assertThat(closed).hasValue(1);
  }
}
