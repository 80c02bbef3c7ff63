package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.images.InvalidImageException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept on disk until the layers below are there. */
class PendingTest {
  @TempDir Path parent;

  @Test
  void it_does_not_take_the_whole_disk() throws Exception {
    try (Pending pending = new Pending(parent.resolve("pending"), 2_000)) {
      pending.implied("x".repeat(1_500));
      pending.whiteout("x".repeat(1_500));

      assertThatThrownBy(() -> pending.implied("y"))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("more than 2000 bytes");
    }
  }
}
