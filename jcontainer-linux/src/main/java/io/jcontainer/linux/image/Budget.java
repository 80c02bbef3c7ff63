package io.jcontainer.linux.image;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.tar.ByteInput;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/** How much the layers of an image may have together, and have had so far. For many threads. */
final class Budget {
  /**
   * How often something is looked for below, for each entry that an image may have: a minute or two
   * in all. Whatever is removed can be looked for in 498 layers, and on a way of 1,000 directories
   * in each.
   */
  private static final long LOOKS = 4;

  private final ImageLimits limits;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong entries = new AtomicLong();
  private final AtomicLong looks = new AtomicLong();

  Budget(ImageLimits limits) {
    this.limits = limits;
  }

  /** There is one more. */
  void entry() {
    if (entries.incrementAndGet() > limits.layerEntries()) {
      throw new InvalidImageException(
          ("the image has more than %d entries; no more are taken (ImageLimits.layerEntries,"
                  + " RuntimeOptions.withImageLimits)")
              .formatted(limits.layerEntries()));
    }
  }

  /** A name has been looked for in so many layers. */
  void looked(int layers) {
    long most = LOOKS * limits.layerEntries();
    if (looks.addAndGet(layers) > most) {
      throw new InvalidImageException(
          ("it has to be looked for in layers below; the image has that done more than %d times,"
                  + " and no more is done (%d for each of ImageLimits.layerEntries)")
              .formatted(most, LOOKS));
    }
  }

  private void bytes(int more) {
    if (bytes.addAndGet(more) > limits.expanded().bytes()) {
      throw new InvalidImageException(
          ("the layers of the image have more than %d bytes; no more are taken"
                  + " (ImageLimits.expanded, RuntimeOptions.withImageLimits)")
              .formatted(limits.expanded().bytes()));
    }
  }

  /** A decompressed layer, all bytes of which count. Closing it does nothing. */
  InputStream counted(InputStream tar) {
    return new ByteInput() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = tar.read(buffer, offset, length);
        if (read > 0) {
          bytes(read);
        }
        return read;
      }
    };
  }
}
