package io.jcontainer.images;

import io.jcontainer.images.tar.ByteInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that one thread writes and another reads meanwhile, which waits where nothing more has
 * come yet. Neither keeps the other from going on at its own pace, and no bytes are kept in memory.
 * It ends when the writer says that all was right.
 */
final class Arriving extends ByteInput {
  private final InputStream file;
  private long written;
  private long position;
  private boolean ended;
  private @Nullable Throwable failure;

  /** Opens a file, which may get another name later. */
  Arriving(Path file) throws IOException {
    this.file = Files.newInputStream(file);
  }

  synchronized void grow(long count) {
    written += count;
    notifyAll();
  }

  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** The first failure is the one that is told. */
  synchronized void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    notifyAll();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    long there = await();
    if (there == 0) {
      return -1;
    }
    int read = file.read(buffer, offset, (int) Math.min(there, length));
    if (read > 0) {
      position += read;
    }
    return read;
  }

  /** How many bytes can be read; none if this is the end. */
  private synchronized long await() throws IOException {
    while (position == written && !ended) {
      checkFailure();
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for more to come in");
      }
    }
    checkFailure();
    return written - position;
  }

  private void checkFailure() throws IOException {
    if (failure != null) {
      throw new IOException("what was read does not come in, or is wrong: " + failure, failure);
    }
  }

  /** Ends a read that waits, too. */
  @Override
  public void close() throws IOException {
    fail(new IOException("closed"));
    file.close();
  }
}
