package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ImageLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class DecompressionTest {
  private static final int MEBIBYTE = 1 << 20;

  @Test
  void what_is_skipped_counts_as_well() throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(new byte[3 * MEBIBYTE]);
    }
    ImageLimits limits = new ImageLimits(50, ByteSize.ofMebibytes(2), 100, 50);

    try (InputStream in =
        Decompression.open(new ByteArrayInputStream(compressed.toByteArray()), limits)) {
      assertThatThrownBy(() -> in.skipNBytes(3 * MEBIBYTE))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("ImageLimits.expanded");
    }
  }
}
