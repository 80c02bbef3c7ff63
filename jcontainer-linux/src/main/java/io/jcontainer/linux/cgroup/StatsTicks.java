package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerStats;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * What a container uses, again and again, for one subscriber: the loop says when, and a thread of
 * the executor reads.
 */
final class StatsTicks {
  private final Feed<ContainerStats> feed;
  private final EventLoop loop;
  private final Executor executor;
  private final long everyNanos;
  private final Supplier<ContainerStats> stats;

  /** When the next is due; only one thread at a time reads. */
  private long next = System.nanoTime();

  StatsTicks(
      Feed<ContainerStats> feed,
      EventLoop loop,
      Executor executor,
      Duration every,
      Supplier<ContainerStats> stats) {
    this.feed = feed;
    this.loop = loop;
    this.executor = executor;
    this.everyNanos = nanos(every);
    this.stats = stats;
  }

  private static long nanos(Duration every) {
    try {
      return Math.min(every.toNanos(), Long.MAX_VALUE / 4);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE / 4; // in more than 73 years
    }
  }

  /** Reads the first at once. */
  void start() {
    executor.execute(this::read);
  }

  private void read() {
    try {
      feed.addHere(stats.get());
    } catch (ContainerGoneException e) {
      feed.complete();
      return;
    } catch (RuntimeException e) { // nobody called us
      feed.fail(e);
      return;
    }
    long now = System.nanoTime();
    next += everyNanos;
    if (next - now < 0) { // too slow: what was missed is missed
      next = now;
    }
    loop.after(Duration.ofNanos(next - now), this, this::start);
    if (feed.isOver()) { // perhaps before there was something to be forgotten
      stop();
    }
  }

  /** Reads no more. */
  void stop() {
    loop.forget(this);
  }
}
