package io.jcontainer.images.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, which does not wait for ever: one that brings less than a few kilobytes in
 * all of the time that it is given is an error, so that it cannot be strung along byte by byte
 * either. Not more than a few buffers come in before they are read.
 */
final class BodyInput extends InputStream implements HttpResponse.BodySubscriber<BodyInput> {
  /** How many lists of buffers may wait, each of at most some 48 KiB. */
  private static final int AHEAD = 8;

  private static final long LEAST = 16 << 10;
  private static final int END = -1;

  private final long windowNanos;

  /** Lists of buffers, then an exception or the end. Bounded by what was asked for. */
  private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();

  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private List<ByteBuffer> current = List.of();
  private int next;
  private int taken;
  private long windowEnd;
  private long windowBytes;
  private @Nullable Object end;

  BodyInput(Duration patience) {
    this.windowNanos = patience.toNanos();
    this.windowEnd = System.nanoTime() + windowNanos;
  }

  @Override
  public CompletionStage<BodyInput> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription asked) {
    if (subscription.complete(asked)) {
      asked.request(AHEAD);
    } else {
      asked.cancel(); // it was closed before
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    arrived.add(buffers);
  }

  @Override
  public void onError(Throwable failure) {
    arrived.add(failure);
  }

  @Override
  public void onComplete() {
    arrived.add(END);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = 0;
    while (count < length) {
      ByteBuffer bytes = count == 0 ? await() : atHand();
      if (bytes == null) {
        break;
      }
      int more = Math.min(length - count, bytes.remaining());
      bytes.get(buffer, offset + count, more);
      count += more;
    }
    windowBytes += count;
    return count == 0 ? -1 : count;
  }

  /** A buffer with something in it; null at the end. */
  private @Nullable ByteBuffer await() throws IOException {
    while (true) {
      ByteBuffer bytes = atHand();
      if (bytes != null) {
        return bytes;
      }
      Object last = end;
      if (last instanceof Throwable failure) {
        throw new IOException("the connection broke: " + failure.getMessage(), failure);
      }
      if (last != null) {
        return null;
      }
      take(poll());
    }
  }

  private @Nullable ByteBuffer atHand() {
    while (true) {
      while (next < current.size()) {
        if (current.get(next).hasRemaining()) {
          return current.get(next);
        }
        next++;
      }
      Object more = end == null ? arrived.poll() : null;
      if (more == null) {
        return null;
      }
      take(more);
    }
  }

  @SuppressWarnings("unchecked") // what onNext has put there
  private void take(Object more) {
    if (!(more instanceof List)) {
      end = more;
      return;
    }
    current = (List<ByteBuffer>) more;
    next = 0;
    if (++taken == AHEAD / 2) {
      taken = 0;
      subscription.join().request(AHEAD / 2);
    }
  }

  private Object poll() throws IOException {
    try {
      while (true) {
        Object more = arrived.poll(windowEnd - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (more != null) {
          return more;
        }
        if (windowBytes < LEAST) {
          close();
          throw new HttpTimeoutException(
              "only %d bytes have come in %d s"
                  .formatted(windowBytes, TimeUnit.NANOSECONDS.toSeconds(windowNanos)));
        }
        windowBytes = 0;
        windowEnd = System.nanoTime() + windowNanos;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new InterruptedIOException("interrupted while waiting for an answer");
    }
  }

  /** Reads to the end if it is near and there already; gives up what has not been read. */
  void finish(int most) {
    int skipped = 0;
    for (ByteBuffer bytes = atHand(); bytes != null && skipped < most; bytes = atHand()) {
      skipped += bytes.remaining();
      bytes.position(bytes.limit());
    }
    if (end == null) {
      close();
    }
  }

  /** Gives up what has not been read. */
  @Override
  public void close() {
    if (!subscription.completeExceptionally(new IOException("closed"))
        && !subscription.isCompletedExceptionally()) {
      subscription.join().cancel();
    }
    end = END;
    current = List.of();
    arrived.clear();
  }
}
