package io.jcontainer.linux.process;

import java.io.IOException;
import java.io.OutputStream;

/** What goes to a descriptor. Unbuffered; any thread may close it at any time. */
final class FdOutputStream extends OutputStream {
  private final FdStream stream;

  FdOutputStream(FdStream stream) {
    this.stream = stream;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    stream.write(source, offset, length);
  }

  @Override
  public void close() {
    stream.close();
  }
}
