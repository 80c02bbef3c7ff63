package io.jcontainer.images;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.GzipInput;
import io.jcontainer.images.tar.ZstdInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Finds out how something is compressed, and decompresses it within limits. */
final class Decompression {
  private static final int BUFFER = 64 << 10;

  /** Where the ratio begins to count: zeros compress very well. */
  private static final long SMALL = 64L << 20;

  private Decompression() {}

  /** What the first bytes say; they are not taken. */
  static Compression of(BufferedInputStream in) throws IOException {
    in.mark(4);
    byte[] start = in.readNBytes(4);
    in.reset();
    if (start.length >= 2 && start[0] == 0x1f && start[1] == (byte) 0x8b) {
      return Compression.GZIP;
    }
    if (start.length == 4
        && (matches(start, 0x28, 0xb5, 0x2f, 0xfd)
            || ((start[0] & 0xf0) == 0x50 && matches(start, start[0] & 0xff, 0x2a, 0x4d, 0x18)))) {
      return Compression.ZSTD;
    }
    return Compression.NONE;
  }

  private static boolean matches(byte[] start, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if ((start[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /** The decompressed bytes; what they are compressed by is found out. */
  static InputStream open(InputStream in, ImageLimits limits) throws IOException {
    BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
    return open(buffered, of(buffered), limits);
  }

  static InputStream open(InputStream in, Compression compression, ImageLimits limits)
      throws IOException {
    Counted source = new Counted(in, limits);
    return new Guarded(
        switch (compression) {
          case NONE -> source;
          case GZIP -> new GzipInput(source);
          case ZSTD -> zstd(source);
        },
        source,
        limits);
  }

  private static InputStream zstd(InputStream in) throws IOException {
    try {
      return new ZstdInput(in);
    } catch (LinkageError e) {
      throw new HostUnsupportedException(
          "zstd",
          "its native library cannot be loaded: %s; it is written to java.io.tmpdir, from where it must be executable"
              .formatted(e),
          e);
    }
  }

  /** Counts what was read, and has an end: members and frames without content are no output. */
  private static final class Counted extends PassingInput {
    private final ImageLimits limits;
    private long count;

    Counted(InputStream in, ImageLimits limits) {
      super(in);
      this.limits = limits;
    }

    @Override
    void passed(byte[] buffer, int offset, int more) {
      count += more;
      if (count > limits.expanded().bytes()) {
        throw new InvalidImageException(
            "has more than %d bytes; no more are taken (ImageLimits.expanded)"
                .formatted(limits.expanded().bytes()));
      }
    }
  }

  /** Refuses to go on beyond the limits. */
  private static final class Guarded extends PassingInput {
    private final Counted source;
    private final ImageLimits limits;
    private long count;

    Guarded(InputStream in, Counted source, ImageLimits limits) {
      super(in);
      this.source = source;
      this.limits = limits;
    }

    @Override
    void passed(byte[] buffer, int offset, int more) {
      count += more;
      if (count > limits.expanded().bytes()) {
        throw new InvalidImageException(
            "has more than %d bytes when it is decompressed; no more are taken (ImageLimits.expanded)"
                .formatted(limits.expanded().bytes()));
      }
      if (count > SMALL && count / limits.ratio() > source.count) {
        throw new InvalidImageException(
            "%d bytes have become more than %d times as many; no more are taken (ImageLimits.ratio)"
                .formatted(source.count, limits.ratio()));
      }
    }
  }
}
