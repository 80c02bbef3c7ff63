package io.jcontainer.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** A stream that tells how much of it was read. */
final class CountedInput extends FilterInputStream {
  private final LongConsumer listener;
  private long bytes;

  CountedInput(InputStream in, LongConsumer listener) {
    super(in);
    this.listener = listener;
  }

  @Override
  public int read() throws IOException {
    int one = in.read();
    tell(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    tell(Math.max(read, 0));
    return read;
  }

  @Override
  public long skip(long most) throws IOException {
    long skipped = in.skip(most);
    tell(skipped);
    return skipped;
  }

  private void tell(long more) {
    bytes += more;
    listener.accept(bytes);
  }
}
