package io.jcontainer.linux.process;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.linux.cgroup.EventLoop;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.time.Duration;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that waits for the end of all children, for all deadlines, and for what cgroups tell:
 * epoll(7) over pidfds and other descriptors. Each child is taken as its end comes, whatever the
 * others do.
 */
public final class Watcher implements EventLoop, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watcher.class);
  private static final long WAKE = 0;
  private static final int BATCH = 64;

  /** Something that is done when its time has come, on behalf of something that may end before. */
  private record Deadline(long nanos, Object of, Runnable action) {}

  private final Kernel kernel;
  private final Fd epoll;
  private final Fd wake;
  private final Map<Long, Child> children = new ConcurrentHashMap<>();
  private final Map<Long, Runnable> sources = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong(WAKE);
  private final PriorityQueue<Deadline> deadlines =
      new PriorityQueue<>((a, b) -> Long.signum(a.nanos() - b.nanos())); // nanoTime overflows
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean telling;

  /** Whether the thread has ended, and with it the descriptors; guarded by {@link #wake}. */
  private boolean gone;

  private Watcher(Kernel kernel, Fd epoll, Fd wake) {
    this.kernel = kernel;
    this.epoll = epoll;
    this.wake = wake;
    this.thread = new Thread(this::run, "jcontainer-watcher");
    thread.setDaemon(true);
  }

  /** Starts the thread. */
  public static Watcher start(Kernel kernel) {
    Fd epoll = kernel.epoll();
    Fd wake = null;
    try {
      wake = kernel.eventfd();
      kernel.watch(epoll, wake, WAKE);
    } catch (RuntimeException | Error e) {
      epoll.close();
      if (wake != null) {
        wake.close();
      }
      throw e;
    }
    Watcher watcher = new Watcher(kernel, epoll, wake);
    watcher.thread.start();
    return watcher;
  }

  /**
   * Watches a child of this JVM that nobody has waited for.
   *
   * @throws io.jcontainer.linux.sys.SyscallException if it cannot be watched; it is as before then
   */
  public Child watch(int pid) {
    return watch(pid, Child.Kin.KERNELS, null);
  }

  /** The same for one with an init. */
  public Child watch(int pid, Child.Kin kin, @Nullable ExitReport report) {
    return watch(pid, kin, report, null);
  }

  /**
   * The same for one with an init, or in cgroups of its own.
   *
   * @param kin who dies with it
   * @param report what the init tells, closed with the child; null if it is no init
   * @param group its cgroups, or null
   */
  public Child watch(
      int pid, Child.Kin kin, @Nullable ExitReport report, @Nullable ChildGroup group) {
    Fd pidfd = kernel.pidfd(pid);
    Child child = new Child(kernel, pid, pidfd, kin, report, group);
    long number = numbers.incrementAndGet();
    children.put(number, child);
    try {
      kernel.watchOnce(epoll, pidfd, number);
    } catch (RuntimeException e) {
      children.remove(number);
      pidfd.close();
      throw e;
    }
    return child;
  }

  @Override
  public Watch watch(Fd fd, boolean exception, Runnable action) {
    long number = numbers.incrementAndGet();
    sources.put(number, action);
    try {
      synchronized (wake) {
        if (gone) {
          throw new ContainerGoneException("the runtime is closed");
        }
        if (exception) {
          kernel.watchException(epoll, fd, number);
        } else {
          kernel.watch(epoll, fd, number);
        }
      }
    } catch (RuntimeException e) {
      sources.remove(number);
      throw e;
    }
    return () -> {
      if (sources.remove(number) != null) {
        synchronized (wake) {
          if (!gone) {
            kernel.unwatch(epoll, fd);
          }
        }
      }
    };
  }

  /** Kills a child when this time is over. */
  public void killAfter(Child child, Duration time) {
    after(time, child, () -> timeOut(child));
    if (child.exit().isDone()) { // perhaps before the deadline was there to be forgotten
      forget(child);
    }
  }

  @Override
  public void after(Duration time, Object of, Runnable action) {
    long nanos;
    try {
      nanos = Math.min(time.toNanos(), Long.MAX_VALUE / 2); // so that differences do not overflow
    } catch (ArithmeticException e) {
      return; // in more than 292 years
    }
    Deadline deadline = new Deadline(System.nanoTime() + nanos, of, action);
    boolean first;
    synchronized (deadlines) {
      Deadline next = deadlines.peek();
      first = next == null || deadline.nanos() - next.nanos() < 0;
      deadlines.add(deadline);
    }
    if (first && Thread.currentThread() != thread) { // else it looks early enough
      wakeUp();
    }
  }

  @Override
  public void forget(Object of) {
    synchronized (deadlines) {
      deadlines.removeIf(deadline -> deadline.of().equals(of));
    }
  }

  private void run() {
    try {
      watch();
    } finally {
      synchronized (wake) {
        gone = true;
        epoll.close();
        wake.close();
      }
    }
  }

  private void watch() {
    long[] ready = new long[BATCH];
    while (!closed) {
      int count = kernel.await(epoll, ready, millisToNextDeadline());
      for (int i = 0; i < count; i++) {
        if (ready[i] == WAKE) {
          kernel.clear(wake);
        } else {
          happened(ready[i]);
        }
      }
      timeOut();
    }
  }

  private void happened(long number) {
    Child child = children.remove(number);
    if (child != null) {
      ended(child);
      return;
    }
    Runnable action = sources.get(number);
    if (action != null) {
      run(action);
    }
  }

  /** What fails here is nobody's call, and the thread goes on for others. */
  private static void run(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      LOG.warn("what a container's cgroup or a deadline was watched for has failed", e);
    }
  }

  private void ended(Child child) {
    forget(child);
    try {
      telling = true;
      child.reap();
    } catch (RuntimeException e) {
      // Nobody called us: whoever waits for the child gets it, and the thread goes on for others.
      child.exit().completeExceptionally(e);
      LOG.debug("child {} cannot be waited for", child.pid(), e);
    } finally {
      telling = false;
    }
  }

  /** Whether an end is being told: what depends on it may have stopped the thread for good. */
  public boolean isTelling() {
    return telling;
  }

  private int millisToNextDeadline() {
    synchronized (deadlines) {
      Deadline next = deadlines.peek();
      if (next == null) {
        return -1;
      }
      long millis = (next.nanos() - System.nanoTime() + 999_999) / 1_000_000;
      return (int) Math.max(0, Math.min(millis, Integer.MAX_VALUE));
    }
  }

  private void timeOut() {
    long now = System.nanoTime();
    for (Deadline due = due(now); due != null; due = due(now)) {
      run(due.action());
    }
  }

  private @Nullable Deadline due(long now) {
    synchronized (deadlines) {
      Deadline next = deadlines.peek();
      return next != null && next.nanos() - now <= 0 ? deadlines.remove() : null;
    }
  }

  /** Those that have to be looked for may be many, and may make more: nobody else waits for it. */
  private static void timeOut(Child child) {
    if (child.kin() == Child.Kin.KERNELS) {
      kill(child);
      return;
    }
    Thread killer = new Thread(() -> kill(child), "jcontainer-timeout-" + child.pid());
    killer.setDaemon(true);
    try {
      killer.start();
    } catch (OutOfMemoryError e) { // the host has no more threads for the JVM
      kill(child);
    }
  }

  private static void kill(Child child) {
    try {
      child.timeOut();
    } catch (RuntimeException e) { // and the watcher goes on for others
      LOG.warn("container process {} is over its time, but cannot be killed", child.pid(), e);
    }
  }

  private void wakeUp() {
    synchronized (wake) {
      if (!gone) { // a thread that begins only now looks by itself
        kernel.raise(wake);
      }
    }
  }

  /** Ends the thread; no child may be watched any more. */
  @Override
  public void close() {
    closed = true;
    wakeUp();
    if (Thread.currentThread() == thread) { // closed by what depends on a container's end
      return; // the thread closes them when it gets back to its loop
    }
    Uninterruptibles.joinUninterruptibly(thread);
  }
}
