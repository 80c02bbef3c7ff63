package io.jcontainer.linux.run;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.LaunchTimeoutException;
import io.jcontainer.linux.process.Watcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that launch, and the queue before them. They live as long as the runtime:
 * PR_SET_PDEATHSIG follows the thread that started a child, so a container of a caller's thread
 * would die with that. All that launches goes through one queue, in the order in which it came.
 */
final class LauncherThreads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LauncherThreads.class);

  private final ThreadPoolExecutor threads;
  private final @Nullable Duration longestWait;
  private final Watcher watcher;
  private final Runnable after;

  /** Guards what follows. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition ended = lock.newCondition();
  private int underWay;
  private boolean draining;

  /**
   * Makes the threads, each with the first launch that it is needed for.
   *
   * @param atOnce how many launches are under way at once
   * @param longestWait how long one may wait for its turn; null for ever
   * @param watcher knows when that is over
   * @param after what a thread does after each task that did not fail, when its caller has the
   *     result
   */
  LauncherThreads(int atOnce, @Nullable Duration longestWait, Watcher watcher, Runnable after) {
    this.longestWait = longestWait;
    this.watcher = watcher;
    this.after = after;
    this.threads =
        new ThreadPoolExecutor(
            atOnce, atOnce, 0, TimeUnit.NANOSECONDS, new LinkedBlockingQueue<>(), thread());
  }

  /** Not by a format, which has a JVM that has just begun read what it knows of numbers. */
  private static ThreadFactory thread() {
    AtomicInteger made = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "jcontainer-launcher-" + made.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Runs a task in one of them and waits for it. An interrupt ends this while the task waits for
   * its turn; once it is under way it is waited for, and the interrupt status is set.
   */
  <T> T call(Callable<T> task) {
    Turn<T> turn = new Turn<>(task, Runnable::run, unwanted -> {});
    turn.queue();
    try {
      return turn.result.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (turn.withdraw()) {
        throw new ContainerInterruptedException(
            "interrupted while waiting for a turn to launch; nothing was made", e);
      }
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
    try {
      return Uninterruptibles.getUninterruptibly(turn.result);
    } catch (ExecutionException e) {
      throw unchecked(e);
    }
  }

  /**
   * Runs a task in the caller's thread, at once: one that launches nothing, but that {@link #drain}
   * waits for.
   */
  <T extends @Nullable Object> T here(Supplier<T> task) {
    if (!begin()) {
      throw closed();
    }
    try {
      return task.get();
    } finally {
      end();
    }
  }

  /** What all that comes after {@link #drain} gets. */
  static ContainerGoneException closed() {
    return new ContainerGoneException("the runtime is closed");
  }

  private static RuntimeException unchecked(ExecutionException e) {
    Throwable cause = Objects.requireNonNull(e.getCause());
    Throwables.throwIfUnchecked(cause);
    return new IllegalStateException(cause);
  }

  /**
   * Runs a task in one of them. Whoever completes the future gives the task up.
   *
   * @param unwanted what is done with its result then; like all that depends on the future, in the
   *     future's default executor, so that a launcher thread is never blocked by others
   */
  <T> CompletableFuture<T> submit(Callable<T> task, Consumer<? super T> unwanted) {
    Turn<T> turn = new Turn<>(task, new CompletableFuture<>().defaultExecutor(), unwanted);
    var unused = turn.result.whenComplete((value, failure) -> turn.withdraw());
    turn.queue();
    return turn.result;
  }

  /** One task: it waits, and then is under way, or is withdrawn. */
  private final class Turn<T> implements Runnable {
    private final Callable<T> task;
    private final Executor completer;
    private final Consumer<? super T> unwanted;
    private final CompletableFuture<T> result = new CompletableFuture<>();

    /** Whether it waits no more: who sets this decides what becomes of it. */
    private final AtomicBoolean decided = new AtomicBoolean();

    Turn(Callable<T> task, Executor completer, Consumer<? super T> unwanted) {
      this.task = task;
      this.completer = completer;
      this.unwanted = unwanted;
    }

    void queue() {
      boolean accepted;
      lock.lock();
      try {
        accepted = !draining;
        if (accepted) {
          threads.execute(this);
        }
      } finally {
        lock.unlock();
      }
      if (!accepted) {
        gone();
      } else if (longestWait != null && !decided.get()) {
        watcher.after(longestWait, this, this::timeOut);
        if (decided.get()) { // perhaps before there was something to be forgotten
          watcher.forget(this);
        }
      }
    }

    /** Whether it has not begun, and never will. */
    boolean withdraw() {
      if (!decided.compareAndSet(false, true)) {
        return false;
      }
      threads.remove(this);
      watcher.forget(this);
      return true;
    }

    private void timeOut() {
      if (withdraw()) {
        fail(
            new LaunchTimeoutException(
                Objects.requireNonNull(longestWait), threads.getQueue().size(), underWay()));
      }
    }

    private void gone() {
      if (withdraw()) {
        fail(closed());
      }
    }

    private void fail(Throwable failure) {
      completer.execute(() -> result.completeExceptionally(failure));
    }

    @Override
    public void run() {
      if (!begin()) {
        gone();
        return;
      }
      try {
        if (decided.compareAndSet(false, true)) {
          watcher.forget(this);
          T value = task.call();
          completer.execute(() -> settle(value));
          comeBehind();
        }
      } catch (Throwable e) { // whatever it is, it is the caller's
        fail(e);
      } finally {
        end();
      }
    }

    /** A failure here is not the caller's, and must not end the thread: its children would die. */
    private void comeBehind() {
      try {
        after.run();
      } catch (RuntimeException | Error e) {
        LOG.warn("what comes behind a launch has failed", e);
      }
    }

    private void settle(T value) {
      if (!result.complete(value)) {
        unwanted.accept(value);
      }
    }
  }

  private boolean begin() {
    lock.lock();
    try {
      if (draining) {
        return false;
      }
      underWay++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      underWay--;
      ended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether launches wait for their turn. */
  boolean othersWait() {
    return !threads.getQueue().isEmpty();
  }

  private int underWay() {
    lock.lock();
    try {
      return underWay;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fails all that wait for their turn, and all that come later.
   *
   * @return whether this is the first time
   */
  boolean refuse() {
    List<Runnable> waiting = new ArrayList<>();
    boolean first;
    lock.lock();
    try {
      first = !draining;
      draining = true;
      threads.getQueue().drainTo(waiting);
    } finally {
      lock.unlock();
    }
    waiting.forEach(turn -> ((Turn<?>) turn).gone());
    return first;
  }

  /**
   * The same, and waits until none is under way.
   *
   * @return whether this is the first time
   */
  boolean drain() {
    boolean first = refuse();
    lock.lock();
    try {
      while (underWay > 0) {
        ended.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    return first;
  }

  /** Whether {@link #refuse} was called. */
  boolean isDraining() {
    lock.lock();
    try {
      return draining;
    } finally {
      lock.unlock();
    }
  }

  /** Ends them, and waits for that; whatever they have started ends with them. */
  @Override
  public void close() {
    drain();
    threads.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(threads);
  }
}
