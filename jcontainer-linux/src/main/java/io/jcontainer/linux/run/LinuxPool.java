package io.jcontainer.linux.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PoolOptions;
import io.jcontainer.PoolStatus;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.request.HostFacts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parked containers of one spec, and one thread that sees to it that there are enough of them and
 * not too many. A start takes the one that was parked last, so that those that are not needed are
 * the oldest.
 */
final class LinuxPool implements ContainerPool {
  private static final Logger LOG = LoggerFactory.getLogger(LinuxPool.class);
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** After a failure the next attempt waits, for twice as long after each until one is used. */
  private static final long FIRST_PAUSE = Duration.ofMillis(10).toNanos();

  private static final long LONGEST_PAUSE = Duration.ofSeconds(10).toNanos();

  /**
   * So long after a start the next container is parked, if there is one left: the kernel's locks of
   * namespaces and mounts, and processors, are for what was started, whose command may be short.
   */
  private static final long REST = Duration.ofMillis(5).toNanos();

  /** What the runtime does for its pools. */
  interface Parking {

    /** Parks one, in a launcher thread. */
    ContainerStart.Parked park(ContainerSpec spec);

    /** The same, and finds out whether it could be started. */
    ContainerStart.Parked parkFirst(ContainerSpec spec);

    /**
     * Starts a parked one, or, if none is left, one as any other.
     *
     * @param parked gives another one each time it is asked; null if there is none
     */
    Container start(ContainerSpec spec, Next parked);

    /** The pool is closed. */
    void forget(LinuxPool pool);
  }

  /** Takes a parked container out of the pool. */
  interface Next {
    ContainerStart.@Nullable Parked take();
  }

  private record Spot(ContainerStart.Parked container, long since) {}

  private final Parking runtime;
  private final HostFacts host;
  private final ContainerSpec spec;
  private final PoolOptions options;
  private final Thread keeper =
      new Thread(this::keep, "jcontainer-pool-" + NUMBERS.incrementAndGet());

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** The oldest first. The rest is guarded by the lock, too. */
  private final Deque<Spot> spots = new ArrayDeque<>();

  /** Those that have ended by themselves, for the keeper to close. */
  private final Deque<ContainerStart.Parked> ended = new ArrayDeque<>();

  /** How many are to be parked: the minimum, and more where that was too few. */
  private int wanted;

  private int parking;
  private long used;
  private long unparked;
  private @Nullable ContainerException failure;
  private long pause = FIRST_PAUSE;
  private long notBefore = System.nanoTime();
  private long lastStart = notBefore;
  private boolean closed;

  private LinuxPool(Parking runtime, HostFacts host, ContainerSpec spec, PoolOptions options) {
    this.runtime = runtime;
    this.host = host;
    this.spec = spec;
    this.options = options;
    wanted = options.minimum();
    keeper.setDaemon(true);
  }

  /** Makes one, with the first container parked. */
  static LinuxPool open(Parking runtime, HostFacts host, ContainerSpec spec, PoolOptions options) {
    if (spec.rootfs().flatMap(LayeredRootfs::keptIn).isPresent()) {
      throw new InvalidSpecException(
          "rootfs", "a directory to write in is one container's, and a pool has several");
    }
    FixedFields.check(spec, spec, host);
    LinuxPool pool = new LinuxPool(runtime, host, spec, options);
    pool.add(runtime.parkFirst(spec));
    pool.keeper.start();
    return pool;
  }

  @Override
  public Container start() {
    return handOut(spec);
  }

  @Override
  public Container start(Consumer<ProcessSpec.Builder> change) {
    ContainerSpec changedSpec = spec.toBuilder().process(change).build();
    FixedFields.check(spec, changedSpec, host);
    return handOut(changedSpec);
  }

  @Override
  public Container start(
      Consumer<CgroupLimits.Builder> limits, Consumer<ProcessSpec.Builder> change) {
    ContainerSpec changedSpec = spec.toBuilder().limits(limits).process(change).build();
    FixedFields.check(spec, changedSpec, host);
    return handOut(changedSpec);
  }

  /** The keeper is woken when the start is done, and not at its cost. */
  private Container handOut(ContainerSpec wantedSpec) {
    try {
      return runtime.start(wantedSpec, this::take);
    } finally {
      wakeKeeper();
    }
  }

  private void wakeKeeper() {
    lock.lock();
    try {
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private ContainerStart.@Nullable Parked take() {
    lock.lock();
    try {
      if (closed) {
        throw new ContainerGoneException("the pool is closed");
      }
      lastStart = System.nanoTime();
      Spot newest = spots.pollLast();
      if (newest == null) {
        unparked++;
        wanted = Math.min(options.maximum(), wanted + Math.max(1, wanted / 2));
        changed.signal();
      } else {
        used++;
        pause = FIRST_PAUSE;
      }
      return newest == null ? null : newest.container();
    } finally {
      lock.unlock();
    }
  }

  private void add(ContainerStart.Parked container) {
    lock.lock();
    try {
      spots.addLast(new Spot(container, System.nanoTime()));
    } finally {
      lock.unlock();
    }
    // It may have ended already: then this is called at once.
    var unused = container.process().child().exit().whenComplete((exit, e) -> ended(container));
  }

  /** Runs in the watcher's thread; does nothing if it was started, or let go. */
  private void ended(ContainerStart.Parked container) {
    lock.lock();
    try {
      if (spots.removeIf(spot -> spot.container().id().equals(container.id()))) {
        ended.addLast(container);
        failed(
            new ContainerException(
                "parked container "
                    + container.id()
                    + " has ended: it was killed, perhaps for want of memory (dmesg tells)",
                null));
      }
    } finally {
      lock.unlock();
    }
  }

  private void failed(ContainerException e) {
    failure = e;
    notBefore = System.nanoTime() + pause;
    pause = Math.min(LONGEST_PAUSE, 2 * pause);
    changed.signal();
  }

  @Override
  public PoolStatus status() {
    lock.lock();
    try {
      return new PoolStatus(spots.size(), parking, used, unparked, Optional.ofNullable(failure));
    } finally {
      lock.unlock();
    }
  }

  /** Kills all that are parked, and waits for none: the JVM ends. */
  void killAll() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
      spots.forEach(spot -> spot.container().process().kill());
    } finally {
      lock.unlock();
    }
  }

  /** Whether somebody has begun to close it. */
  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** The keeper's thread. */
  private void keep() {
    try {
      while (true) {
        ContainerStart.Parked idle = awaitWork();
        if (idle != null) {
          idle.close();
        } else if (!parkOne()) {
          return;
        }
      }
    } catch (InterruptedException e) {
      LOG.debug("{} is closed", Thread.currentThread().getName(), e); // nobody else does this
    }
  }

  /** Waits until there is something to do; returns one that is to be let go, or null. */
  private ContainerStart.@Nullable Parked awaitWork() throws InterruptedException {
    lock.lock();
    try {
      while (!closed) {
        if (!ended.isEmpty()) {
          return ended.removeFirst();
        }
        long now = System.nanoTime();
        long next = Long.MAX_VALUE;
        if (spots.size() < wanted) {
          next = Math.max(notBefore - now, spots.isEmpty() ? 0 : lastStart + REST - now);
        } else if (spots.size() > options.minimum()) {
          next = spots.getFirst().since() + idleNanos() - now;
        }
        if (next > 0) {
          changed.awaitNanos(next);
        } else if (spots.size() < wanted) {
          return null;
        } else {
          wanted = Math.max(options.minimum(), spots.size() - 1);
          return spots.removeFirst().container();
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private long idleNanos() {
    try {
      return Math.min(options.idleTime().toNanos(), Long.MAX_VALUE / 2);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE / 2;
    }
  }

  /** Parks one; false if the pool is closed. A failure is told by {@link #status}. */
  private boolean parkOne() {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      parking = 1;
    } finally {
      lock.unlock();
    }
    ContainerStart.Parked container = null;
    ContainerException problem = null;
    try {
      container = runtime.park(spec);
    } catch (ContainerException e) {
      problem = e;
    } catch (RuntimeException | Error e) {
      problem = new ContainerException("a container could not be parked: " + e, e);
    }
    if (container != null) {
      add(container); // also if it is closed by now: close() waits for this thread first
    }
    lock.lock();
    try {
      parking = 0;
      if (problem == null) {
        failure = null;
      } else {
        failed(problem);
      }
    } finally {
      lock.unlock();
    }
    return true;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    Uninterruptibles.joinUninterruptibly(keeper);
    List<ContainerStart.Parked> last;
    lock.lock();
    try {
      last = new ArrayList<>(ended);
      ended.clear();
      spots.forEach(spot -> last.add(spot.container()));
      spots.clear();
    } finally {
      lock.unlock();
    }
    last.forEach(container -> container.process().kill());
    last.forEach(ContainerStart.Parked::close);
    runtime.forget(this);
  }
}
