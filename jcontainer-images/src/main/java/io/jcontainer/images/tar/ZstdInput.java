package io.jcontainer.images.tar;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;

/**
 * Decompresses Zstandard, RFC 8878: any number of frames, and skippable ones, in which zstd:chunked
 * has its table. Windows of up to 128 MiB are allowed, as by zstd(1); they are outside the heap.
 */
public final class ZstdInput extends ByteInput {
  private static final int WINDOW_LOG = 27;

  private final ZstdInputStreamNoFinalizer in;

  /** Begins before the first frame; the library's native part is loaded by the first one. */
  public ZstdInput(InputStream source) throws IOException {
    in = new ZstdInputStreamNoFinalizer(source);
    in.setLongMax(WINDOW_LOG);
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    try {
      return in.read(buffer, offset, length);
    } catch (ZstdIOException e) {
      throw new BadStreamException("zstd: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
