package io.jcontainer.images;

import java.io.FileDescriptor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is written into a large file to the disk while more comes in. The kernel begins with
 * that half a minute later by itself, and whoever syncs the file at its end waits for all of it.
 */
final class WriteBack implements AutoCloseable {
  /** How much is brought to the disk at once; what is smaller has no thread. */
  static final long PART = 8 << 20;

  private final FileDescriptor file;
  private @Nullable Thread thread;
  private long written;
  private boolean due;
  private boolean closed;
  private @Nullable IOException failure;

  /**
   * For a file.
   *
   * @param file open for as long as this is
   */
  WriteBack(FileDescriptor file) {
    this.file = file;
  }

  /** So many bytes more are written. */
  synchronized void wrote(long more) {
    written += more;
    if (written < PART) {
      return;
    }
    written = 0;
    due = true;
    if (thread == null) {
      thread = new Thread(this::work, "jcontainer-write-back");
      thread.setDaemon(true);
      thread.start();
    }
    notifyAll();
  }

  private void work() {
    try {
      while (next()) {
        file.sync();
      }
    } catch (IOException e) {
      // The kernel tells of it once: who syncs the file at its end would not hear of it.
      fail(e);
    }
  }

  private synchronized boolean next() {
    while (!due && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody else has this thread", e);
      }
    }
    due = false;
    return !closed;
  }

  private synchronized void fail(IOException cause) {
    failure = cause;
  }

  /**
   * Waits for what is on its way to the disk.
   *
   * @throws IOException if some of it could not be brought there
   */
  @Override
  public void close() throws IOException {
    Thread last;
    synchronized (this) {
      closed = true;
      last = thread;
      notifyAll();
    }
    if (last != null) {
      join(last);
    }
    synchronized (this) {
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** A sync comes to its end by itself. */
  private static void join(Thread last) {
    boolean interrupted = false;
    while (last.isAlive()) {
      try {
        last.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
