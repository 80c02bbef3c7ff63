package io.jcontainer.linux.process;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.NativeBuffer;
import io.jcontainer.linux.sys.SyscallException;
import java.io.Closeable;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking descriptor as a stream in one direction: a pipe's end, or a terminal's. Whoever
 * has to wait does so in poll(2), together with an eventfd by which {@link #close} wakes it:
 * close(2) alone would not, while somebody else holds the other end.
 *
 * <p>What nobody reads or writes costs its descriptor only: the eventfd and the buffer are made by
 * the first who needs them.
 */
final class FdStream implements Closeable {
  /** What a pipe holds, if nobody has changed it. */
  static final int CHUNK = 1 << 16;

  private static final int BULK = 1 << 12;
  private static final int TRIES = 30;

  private final Kernel kernel;
  private final Fd fd;
  private final Consumer<Fd> farewell;

  /** Held by the thread that reads or writes, also while it waits. */
  private final ReentrantLock using = new ReentrantLock();

  private @Nullable NativeBuffer buffer;
  private volatile @Nullable Fd wake;
  private volatile boolean closed;
  private volatile boolean finishing;

  /** Whether the last read has got so much that there is likely to be more in a moment. */
  private boolean bulk;

  /** Once it is finishing: how many bytes are still to be read, at most. */
  private long left = Long.MAX_VALUE;

  /** Takes over a non-blocking descriptor. */
  FdStream(Kernel kernel, Fd fd) {
    this(kernel, fd, last -> {});
  }

  /**
   * The same.
   *
   * @param farewell what is done with it before it is closed
   */
  FdStream(Kernel kernel, Fd fd, Consumer<Fd> farewell) {
    this.kernel = kernel;
    this.fd = fd;
    this.farewell = farewell;
  }

  /** As {@link java.io.InputStream#read(byte[], int, int)}. */
  int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    using.lock();
    try {
      NativeBuffer into = buffer(length);
      while (true) {
        boolean limited = finishing; // what was read before is not in what is left
        int count = limited && left <= 0 ? 0 : readSoon(into, Math.min(length, into.size()));
        if (count > 0) {
          into.get(target, offset, count);
          left -= limited ? count : 0;
          return count;
        }
        if (count == 0 || limited) {
          break;
        }
        await(false);
      }
      freeBuffer();
      return -1;
    } catch (SyscallException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      using.unlock();
    }
  }

  /**
   * Tries a few times more if much has come just before: to sleep, and to be woken, would take
   * longer than the writer takes to fill the pipe again.
   */
  @SuppressWarnings("ThreadPriorityCheck") // only the speed depends on it
  private int readSoon(NativeBuffer into, int length) {
    int count = readOrEnd(into, length);
    for (int tries = bulk ? TRIES : 0; tries > 0 && count == Kernel.WOULD_BLOCK; tries--) {
      Thread.yield(); // the writer may need this very processor
      count = readOrEnd(into, length);
    }
    bulk = count >= BULK;
    return count;
  }

  /** A terminal whose other side nobody has open any more is EIO, and not an end of file. */
  private int readOrEnd(NativeBuffer into, int length) {
    try {
      return kernel.read(fd, into, length);
    } catch (SyscallException e) {
      if (e.errno() == Errno.EIO) {
        return 0;
      }
      throw e;
    }
  }

  /** As {@link java.io.OutputStream#write(byte[], int, int)}. */
  void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    using.lock();
    try {
      for (int written = 0; written < length; ) {
        NativeBuffer from = buffer(length);
        int most = Math.min(length - written, from.size());
        from.put(source, offset + written, most);
        int count = kernel.write(fd, from, most);
        if (count == Kernel.WOULD_BLOCK) {
          await(true);
        } else {
          written += count;
        }
      }
    } catch (SyscallException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      using.unlock();
    }
  }

  private NativeBuffer buffer(int length) throws IOException {
    failIfClosed();
    NativeBuffer known = buffer;
    if (known == null || known.size() < Math.min(length, CHUNK)) {
      freeBuffer();
      known = kernel.buffer(Math.min(length, CHUNK));
      buffer = known;
    }
    return known;
  }

  private void freeBuffer() {
    if (buffer != null) {
      buffer.close();
      buffer = null;
    }
  }

  private void failIfClosed() throws IOException {
    if (closed) {
      throw new IOException("the stream is closed");
    }
  }

  /** Whoever closes either finds the eventfd, or has said so before we look. */
  private void await(boolean toWrite) throws IOException {
    Fd eventfd = wake;
    if (eventfd == null) {
      eventfd = kernel.eventfd();
      wake = eventfd;
    }
    failIfClosed();
    if (!finishing) {
      kernel.poll(fd, toWrite, eventfd);
    }
    failIfClosed();
  }

  /** As {@link java.io.InputStream#available()}. */
  synchronized int available() throws IOException {
    failIfClosed();
    try {
      return kernel.available(fd);
    } catch (SyscallException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Does something with the descriptor, unless it is closed; returns whether it was done. */
  synchronized boolean whileOpen(Consumer<Fd> action) {
    if (!closed) {
      action.accept(fd);
    }
    return !closed;
  }

  /** Lets it end behind what lies in the pipe by now, whoever may still hold the other end. */
  synchronized void finish() {
    if (!closed && !finishing) {
      left = kernel.available(fd);
      finishing = true;
      wakeUp();
    }
  }

  private void wakeUp() {
    Fd eventfd = wake;
    if (eventfd != null) {
      kernel.raise(eventfd);
    }
  }

  /** Closes it once nobody uses it any more; those who do are told, and do not wait. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    wakeUp();
    using.lock();
    try (fd) {
      farewell.accept(fd);
    } finally {
      if (wake != null) {
        wake.close();
      }
      freeBuffer();
      using.unlock();
    }
  }
}
