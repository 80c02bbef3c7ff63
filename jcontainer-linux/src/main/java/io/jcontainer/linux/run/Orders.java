package io.jcontainer.linux.run;

import io.jcontainer.linux.launch.Supply;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one process makes in advance, as far as it is ordered. Several are ordered at a time: most
 * starts then have no process at work beside them. Under its pool's lock; the process itself is
 * begun without, since that takes a while.
 */
final class Orders {
  private static final Logger LOG = LoggerFactory.getLogger(Orders.class);
  private static final Duration REST = Duration.ofSeconds(10);

  private final int size;
  private final LongSupplier nanoTime;
  private @Nullable Supply supply;

  /** How many were ordered and not taken. */
  private int underway;

  private boolean beginning;
  private boolean rests;
  private long restsSince;

  /**
   * Orders nothing yet.
   *
   * @param size how many are kept
   */
  Orders(int size, LongSupplier nanoTime) {
    this.size = size;
    this.nanoTime = nanoTime;
  }

  /** Whether the process is there. */
  boolean isServed() {
    return supply != null;
  }

  /** How many are there to be taken. */
  int ready() {
    return supply == null ? 0 : supply.ready();
  }

  /** Whether the caller is to begin the process now, and to tell that it has by {@link #begun}. */
  boolean begin() {
    boolean tooEarly = rests && nanoTime.getAsLong() - restsSince < REST.toNanos();
    if (supply != null || beginning || tooEarly) {
      return false;
    }
    beginning = true;
    return true;
  }

  /** Ends what {@link #begin} has begun; null if there is no process. */
  void begun(@Nullable Supply process) {
    beginning = false;
    supply = process;
    rests = false;
  }

  /**
   * One that is there.
   *
   * @throws SyscallException if the process has failed, which is only to be ended then
   */
  Optional<Fd> take() {
    if (supply == null) {
      return Optional.empty();
    }
    Optional<Fd> one = supply.take();
    if (one.isPresent()) {
      underway--;
    }
    return one;
  }

  /**
   * Orders what is missing when half is used, and does not wait for it.
   *
   * @throws SyscallException if the process has failed, which is only to be ended then
   */
  void fill() {
    if (supply != null && underway <= size / 2) {
      for (; underway < size; underway++) {
        supply.order();
      }
    }
  }

  /** Begins no process for a while. */
  void rest() {
    rests = true;
    restsSince = nanoTime.getAsLong();
  }

  /** Ends the process, and what it has made for nobody. */
  void end() {
    Supply ended = supply;
    supply = null;
    underway = 0;
    if (ended != null) {
      try {
        ended.close();
      } catch (SyscallException e) { // somebody has waited for all children of the JVM
        LOG.debug("a process that makes things in advance cannot be waited for", e);
      }
    }
  }
}
