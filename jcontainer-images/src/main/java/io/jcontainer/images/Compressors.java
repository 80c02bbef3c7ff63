package io.jcontainer.images;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.jcontainer.HostUnsupportedException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Compresses layers. What was given stays open when a stream is closed. */
final class Compressors {
  private Compressors() {}

  static OutputStream open(OutputStream out, Compression compression) throws IOException {
    OutputStream kept = new Kept(out);
    return switch (compression) {
      case NONE -> kept;
      case GZIP -> new GZIPOutputStream(kept, 64 << 10); // it writes no time and no name
      case ZSTD -> zstd(kept);
    };
  }

  private static OutputStream zstd(OutputStream out) throws IOException {
    try {
      return new ZstdOutputStreamNoFinalizer(out);
    } catch (LinkageError e) {
      throw new HostUnsupportedException("zstd", "its native library cannot be loaded: " + e, e);
    }
  }

  private static final class Kept extends FilterOutputStream {
    Kept(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}
