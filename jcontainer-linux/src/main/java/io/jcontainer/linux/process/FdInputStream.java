package io.jcontainer.linux.process;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;

/** What comes from a descriptor. Unbuffered; any thread may close it at any time. */
final class FdInputStream extends InputStream {
  private final FdStream stream;

  /** The process: it is not garbage as long as somebody uses one of its streams. */
  private final Object user;

  FdInputStream(FdStream stream, Object user) {
    this.stream = stream;
    this.user = user;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    try {
      return stream.read(target, offset, length);
    } finally {
      Reference.reachabilityFence(user);
    }
  }

  @Override
  public int available() throws IOException {
    return stream.available();
  }

  @Override
  public void close() {
    stream.close();
  }
}
