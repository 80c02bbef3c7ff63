package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import java.util.Arrays;

/** What one file after the other is read into. For one thread at a time. */
final class ReadBuffer implements AutoCloseable {
  /** More than any file has here whose length does not depend on the host's devices. */
  private static final int SIZE = 1 << 14;

  private final Kernel kernel;
  private final NativeBuffer memory;
  private final KernelText text = new KernelText();
  private byte[] bytes = new byte[SIZE];
  private int length;

  ReadBuffer(Kernel kernel) {
    this.kernel = kernel;
    memory = kernel.buffer(SIZE);
  }

  /**
   * Reads a file from its start to its end.
   *
   * @param atOnce whether a read that does not fill the buffer has come to the end
   */
  void fill(Fd file, boolean atOnce) {
    length = 0;
    while (true) {
      int count = kernel.readAt(file, memory, SIZE, length);
      if (length + count > bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * (length + count));
      }
      memory.get(bytes, count == 0 ? 0 : length, count);
      length += count;
      if (count == 0 || (atOnce && count < SIZE)) {
        return;
      }
    }
  }

  /** A walk over what was read last, until the next. */
  KernelText text() {
    return text.of(bytes, length);
  }

  @Override
  public void close() {
    memory.close();
  }
}
