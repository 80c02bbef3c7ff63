package io.jcontainer.images.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, which does not wait for ever: one that brings less than a few kilobytes in
 * all of the time that it is given is an error, so that it cannot be strung along byte by byte
 * either. Not more than a few buffers come in before they are read.
 */
final class BodyInput extends InputStream implements HttpResponse.BodySubscriber<BodyInput> {
  /** How many lists of buffers may wait, each of at most some 48 KiB. */
  private static final int AHEAD = 16;

  private static final long LEAST = 16 << 10;

  /** How long what has come may wait for more. */
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final long windowNanos;
  private final long least;
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

  /** Guards what arrives. */
  private final Lock lock = new ReentrantLock();

  private final Condition enough = lock.newCondition();
  private final List<List<ByteBuffer>> arrived = new ArrayList<>();
  private boolean complete;
  private @Nullable Throwable failure;

  /** What has been taken over from there, for the thread that reads. */
  private final ArrayDeque<ByteBuffer> taken = new ArrayDeque<>();

  private boolean ended;
  private long windowEnd;
  private long windowBytes;

  BodyInput(Duration patience) {
    this(patience, LEAST);
  }

  /** One that has to bring so many bytes in all of that time, or its end. */
  BodyInput(Duration patience, long least) {
    this.least = least;
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
    lock.lock();
    try {
      arrived.add(buffers);
      if (isEnough()) {
        enough.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whoever reads is not woken for each packet: that would cost more than what is in it. */
  private boolean isEnough() {
    return complete || arrived.size() >= AHEAD / 2;
  }

  @Override
  public void onError(Throwable cause) {
    complete(cause);
  }

  @Override
  public void onComplete() {
    complete(null);
  }

  private void complete(@Nullable Throwable cause) {
    lock.lock();
    try {
      complete = true;
      failure = cause;
      enough.signal();
    } finally {
      lock.unlock();
    }
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
    while (taken.isEmpty()) {
      if (ended) {
        return -1;
      }
      await();
    }
    int count = 0;
    for (ByteBuffer bytes = taken.peek(); bytes != null && count < length; bytes = taken.peek()) {
      int more = Math.min(length - count, bytes.remaining());
      bytes.get(buffer, offset + count, more);
      count += more;
      if (!bytes.hasRemaining()) {
        taken.remove();
      }
    }
    return count;
  }

  /** Waits until there is something to take over, or the end. */
  private void await() throws IOException {
    lock.lock();
    try {
      boolean more = true;
      while (!isEnough() && (more || arrived.isEmpty())) {
        more = enough.awaitNanos(SLICE_NANOS) > 0;
        if (arrived.isEmpty()) {
          checkWindow();
        }
      }
      takeOver();
      checkWindow();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an answer");
    } finally {
      lock.unlock();
    }
  }

  private void checkWindow() throws HttpTimeoutException {
    if (complete || System.nanoTime() - windowEnd < 0) {
      return;
    }
    if (windowBytes < least) {
      throw new HttpTimeoutException(
          "only %d bytes have come in %d s"
              .formatted(windowBytes, TimeUnit.NANOSECONDS.toSeconds(windowNanos)));
    }
    windowBytes = 0;
    windowEnd = System.nanoTime() + windowNanos;
  }

  /** With the lock. */
  private void takeOver() throws IOException {
    int lists = arrived.size();
    for (List<ByteBuffer> buffers : arrived) {
      for (ByteBuffer bytes : buffers) {
        if (bytes.hasRemaining()) {
          windowBytes += bytes.remaining();
          taken.add(bytes);
        }
      }
    }
    arrived.clear();
    if (!complete) {
      subscription.join().request(lists);
    } else if (failure == null) {
      ended = true;
    } else if (taken.isEmpty()) {
      throw new IOException("the connection broke: " + failure.getMessage(), failure);
    }
  }

  /**
   * Gives up what has not been read. Waits a moment for the end, if it is near: then the connection
   * can be used again.
   */
  void finish() {
    lock.lock();
    try {
      while (!isEnough() && enough.awaitNanos(SLICE_NANOS) > 0) {
        // the end, or much more than that
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // whoever waits next will notice
    } finally {
      lock.unlock();
    }
    close();
  }

  /** Gives up what has not been read, unless all of it has come. */
  @Override
  public void close() {
    lock.lock();
    try {
      ended = true;
      arrived.clear();
      taken.clear();
      if (complete) {
        return;
      }
    } finally {
      lock.unlock();
    }
    if (!subscription.completeExceptionally(new IOException("closed"))
        && !subscription.isCompletedExceptionally()) {
      subscription.join().cancel();
    }
  }
}
