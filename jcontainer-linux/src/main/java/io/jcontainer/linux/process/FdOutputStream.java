package io.jcontainer.linux.process;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Reference;

/** What goes to a descriptor. Unbuffered; any thread may close it at any time. */
final class FdOutputStream extends OutputStream {
  private final FdStream stream;

  /** The process: it is not garbage as long as somebody uses one of its streams. */
  private final Object user;

  FdOutputStream(FdStream stream, Object user) {
    this.stream = stream;
    this.user = user;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    try {
      stream.write(source, offset, length);
    } finally {
      Reference.reachabilityFence(user);
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
