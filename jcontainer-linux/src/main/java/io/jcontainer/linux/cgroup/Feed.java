package io.jcontainer.linux.cgroup;

import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one subscriber gets: as much as it has asked for, one after the other, in threads of the
 * executor. What it has not asked for yet is in a backlog that joins what comes together, so that
 * the slowest subscriber costs no more memory than the fastest.
 */
final class Feed<T> implements Flow.Subscription {
  private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

  /** What has not been asked for yet; only used while its feed is locked. */
  interface Backlog<T> {
    /** Joins it with what is there. */
    void add(T item);

    /** Takes what comes next; null if there is nothing. */
    @Nullable T take();

    boolean isEmpty();
  }

  /** Keeps only what came last. */
  static final class Newest<T> implements Backlog<T> {
    private @Nullable T newest;

    @Override
    public void add(T item) {
      newest = item;
    }

    @Override
    public @Nullable T take() {
      T taken = newest;
      newest = null;
      return taken;
    }

    @Override
    public boolean isEmpty() {
      return newest == null;
    }
  }

  private final Flow.Subscriber<? super T> subscriber;
  private final Executor executor;
  private final Backlog<T> backlog;
  private final Consumer<Feed<T>> whenOver;

  // All guarded by this.
  private long demand;
  private boolean delivering;
  private boolean told;
  private boolean complete;
  private boolean over;
  private @Nullable Throwable failure;

  /**
   * Tells nothing before {@link #open}.
   *
   * @param whenOver is done once, when nothing more will be told; perhaps while this is being made
   *     known to a subscriber, in any thread
   */
  Feed(
      Flow.Subscriber<? super T> subscriber,
      Executor executor,
      Backlog<T> backlog,
      Consumer<Feed<T>> whenOver) {
    this.subscriber = subscriber;
    this.executor = executor;
    this.backlog = backlog;
    this.whenOver = whenOver;
  }

  /** Tells the subscriber of this subscription. */
  void open() {
    deliver();
  }

  /** Something for the subscriber. */
  void add(T item) {
    if (keep(item)) {
      deliver();
    }
  }

  /** The same by a thread of the executor, which needs no other to deliver it. */
  void addHere(T item) {
    if (keep(item) && begin()) {
      run();
    }
  }

  private synchronized boolean keep(T item) {
    if (over || complete) {
      return false;
    }
    backlog.add(item);
    return true;
  }

  /** There will be nothing more; what is in the backlog is still delivered. */
  void complete() {
    synchronized (this) {
      complete = true;
    }
    deliver();
  }

  /** The same, because of a failure. */
  void fail(Throwable why) {
    synchronized (this) {
      if (failure == null) {
        failure = why;
      }
      complete = true;
    }
    deliver();
  }

  /** Whether nothing more will be told. */
  synchronized boolean isOver() {
    return over;
  }

  @Override
  public void request(long n) {
    if (n <= 0) {
      fail(new IllegalArgumentException("a subscriber asked for " + n + " items"));
      return;
    }
    synchronized (this) {
      demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
    }
    deliver();
  }

  @Override
  public void cancel() {
    if (end()) {
      whenOver.accept(this);
    }
  }

  private synchronized boolean end() {
    boolean first = !over;
    over = true;
    return first;
  }

  /** Has it delivered by one thread, if there is none yet. */
  private void deliver() {
    if (!begin()) {
      return;
    }
    try {
      executor.execute(this::run);
    } catch (OutOfMemoryError e) { // the host has no more threads for the JVM
      LOG.warn("a subscriber is told later, by whatever comes next: {}", subscriber, e);
      synchronized (this) {
        delivering = false;
      }
    }
  }

  /** Whether this thread is to see to it; then nobody else does. */
  private synchronized boolean begin() {
    if (over || delivering) {
      return false;
    }
    delivering = true;
    return true;
  }

  private void run() {
    try {
      if (isFirst()) {
        subscriber.onSubscribe(this);
      }
      for (T item = next(); item != null; item = next()) {
        subscriber.onNext(item);
      }
    } catch (RuntimeException | Error e) { // of the subscriber, who is told nothing more
      LOG.warn("a subscriber has failed, and is told nothing more: {}", subscriber, e);
      cancel();
    }
  }

  private synchronized boolean isFirst() {
    boolean first = !told;
    told = true;
    return first;
  }

  /** What is to be told now; null if it is nothing, and then nobody delivers any more. */
  private @Nullable T next() {
    Throwable why;
    synchronized (this) {
      if (!over && failure == null && demand > 0) {
        T item = backlog.take();
        if (item != null) {
          demand -= demand == Long.MAX_VALUE ? 0 : 1;
          return item;
        }
      }
      if (over || (failure == null && !(complete && backlog.isEmpty()))) {
        delivering = false;
        return null;
      }
      over = true;
      why = failure;
    }
    whenOver.accept(this);
    if (why == null) {
      subscriber.onComplete();
    } else {
      subscriber.onError(why);
    }
    return null;
  }
}
