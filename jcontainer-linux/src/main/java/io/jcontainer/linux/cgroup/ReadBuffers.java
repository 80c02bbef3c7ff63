package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Kernel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The buffers of a runtime: as many as there are threads that read at the same time. */
final class ReadBuffers implements AutoCloseable {
  private static final int KEPT = 4;

  private final Kernel kernel;
  private final Deque<ReadBuffer> free = new ArrayDeque<>();
  private boolean closed;

  ReadBuffers(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Does something with a buffer that nobody else has meanwhile. */
  <T> T with(Function<ReadBuffer, T> action) {
    ReadBuffer taken = take();
    ReadBuffer buffer = taken == null ? new ReadBuffer(kernel) : taken;
    try {
      return action.apply(buffer);
    } finally {
      if (!keep(buffer)) {
        buffer.close();
      }
    }
  }

  private synchronized @Nullable ReadBuffer take() {
    return free.poll();
  }

  private synchronized boolean keep(ReadBuffer buffer) {
    if (closed || free.size() == KEPT) {
      return false;
    }
    free.push(buffer);
    return true;
  }

  @Override
  public synchronized void close() {
    closed = true;
    free.forEach(ReadBuffer::close);
    free.clear();
  }
}
