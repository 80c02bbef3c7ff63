package io.jcontainer.images;

import io.jcontainer.images.tar.ByteInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream in another thread, a mebibyte ahead at most: what that thread does for it, such as
 * to decompress, takes no time of the reader's. The other thread closes the stream, and has done so
 * when this is closed.
 */
final class Ahead extends ByteInput {
  private static final int BUFFERS = 4;
  private static final int BUFFER = 256 << 10;

  private final InputStream source;
  private final BlockingQueue<Chunk> free = new ArrayBlockingQueue<>(BUFFERS);
  private final BlockingQueue<Chunk> full = new ArrayBlockingQueue<>(BUFFERS + 1);
  private @Nullable Chunk current;
  private int position;
  private volatile boolean closed;
  private boolean ended;

  /** Bytes, or how it ended. */
  private static final class Chunk {
    private final byte[] bytes;
    private int length;
    private @Nullable Throwable failure;

    Chunk(int size) {
      bytes = new byte[size];
    }
  }

  /** Begins at once. */
  Ahead(InputStream source, Executor executor) {
    this.source = source;
    for (int i = 0; i < BUFFERS; i++) {
      free.add(new Chunk(BUFFER));
    }
    executor.execute(this::produce);
  }

  private void produce() {
    Chunk end = new Chunk(0);
    end.length = -1;
    try (InputStream in = source) {
      boolean more = true;
      while (more && !closed) {
        Chunk chunk = free.take();
        more = fill(in, chunk);
        full.put(chunk);
      }
    } catch (IOException | RuntimeException | Error e) {
      end.failure = e;
    } catch (InterruptedException e) {
      end.failure = new InterruptedIOException("interrupted while reading ahead");
    }
    full.add(end); // there is room for one more than there are buffers
  }

  /** False at the end of the stream. */
  private static boolean fill(InputStream in, Chunk chunk) throws IOException {
    chunk.length = 0;
    while (chunk.length < chunk.bytes.length) {
      int read = in.read(chunk.bytes, chunk.length, chunk.bytes.length - chunk.length);
      if (read < 0) {
        return false;
      }
      chunk.length += read;
    }
    return true;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      Chunk chunk = current;
      if (chunk == null) {
        chunk = next();
        current = chunk;
        position = 0;
      }
      int count = Math.min(length, chunk.length - position);
      if (count > 0) {
        System.arraycopy(chunk.bytes, position, buffer, offset, count);
        position += count;
        return count;
      }
      if (chunk.length < 0) {
        end(chunk);
      } else {
        current = null;
        free.add(chunk);
      }
    }
    return -1;
  }

  private Chunk next() throws IOException {
    try {
      return full.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for more to be read");
    }
  }

  private void end(Chunk last) throws IOException {
    ended = true;
    if (last.failure instanceof IOException e) {
      throw e;
    }
    if (last.failure instanceof RuntimeException e) {
      throw e;
    }
    if (last.failure instanceof Error e) {
      throw e;
    }
  }

  /** Waits for the other thread, which ends as soon as what it reads from lets it. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    while (!ended) {
      try {
        Chunk chunk = current == null ? full.take() : current;
        current = null;
        ended = chunk.length < 0;
        if (!ended) {
          free.add(chunk);
        }
      } catch (InterruptedException e) {
        interrupted = true; // what is open would stay open
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
