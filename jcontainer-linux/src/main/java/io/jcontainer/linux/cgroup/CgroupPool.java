package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.Prepared;
import io.jcontainer.linux.cgroup.RuntimeDirectories.Ready;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cgroups of containers to come, without limits: the kernel takes longer for them than for all that
 * is written into them. A cgroup of v2 cannot be renamed, so each has a container's id already, and
 * it is the container that gets its id from here. Safe for several threads.
 */
final class CgroupPool {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupPool.class);
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final Kernel kernel;
  private final int size;
  private final Supplier<String> ids;
  private final LongSupplier nanoTime;

  /** Those that nobody has yet, by their ids. */
  private final Map<String, Cgroup> free = new LinkedHashMap<>();

  /** Those whose id a container has got that is being started. */
  private final Map<String, Cgroup> reserved = new HashMap<>();

  private long used;
  private long missed;
  private @Nullable String failure;
  private long failedAt;
  private boolean filling;
  private boolean closed;

  /**
   * Makes nothing yet.
   *
   * @param size how many are kept; 0 for none
   * @param ids of containers
   */
  CgroupPool(Kernel kernel, int size, Supplier<String> ids, LongSupplier nanoTime) {
    this.kernel = kernel;
    this.size = size;
    this.ids = ids;
    this.nanoTime = nanoTime;
  }

  /** An id for a container that is going to {@link #take} its cgroups, or to be withdrawn. */
  synchronized String reserve() {
    Iterator<Map.Entry<String, Cgroup>> next = free.entrySet().iterator();
    if (!next.hasNext()) {
      return ids.get();
    }
    Map.Entry<String, Cgroup> entry = next.next();
    String id = entry.getKey();
    reserved.put(id, entry.getValue());
    next.remove();
    return id;
  }

  /** The container was not started: if its cgroups are still there, another may have them. */
  synchronized void withdraw(String id) {
    Cgroup group = reserved.remove(id);
    if (group != null) {
      free.put(id, group);
    }
  }

  /**
   * The cgroups with this id; empty if there are none.
   *
   * @param wanted below which there has to be one
   * @throws SyscallException if one is missing and cannot be made; then none is left
   */
  Optional<Cgroup> take(String id, Ready wanted) {
    Cgroup group;
    synchronized (this) {
      group = reserved.remove(id);
      if (group == null) {
        missed += size > 0 ? 1 : 0;
        return Optional.empty();
      }
      used++;
    }
    return group.isThere() ? Optional.of(group.completed(wanted.parents())) : Optional.empty();
  }

  /**
   * Makes what is missing. To be called behind a start, which does not wait for it.
   *
   * @param current below which they are to be
   */
  void refill(Ready current) {
    if (!begin()) {
      return;
    }
    try {
      while (isMissing()) {
        Cgroup group = Cgroup.make(kernel, ids.get(), current.parents());
        if (!keep(group)) {
          group.remove();
        }
      }
    } catch (SyscallException | ContainerException e) { // whatever it is: starts go on without
      giveUp(e);
    } finally {
      end();
    }
  }

  private synchronized boolean begin() {
    boolean waits = failure != null && nanoTime.getAsLong() - failedAt < RETRY.toNanos();
    if (filling || waits || closed || free.size() > size / 2) {
      return false;
    }
    failure = null;
    filling = true;
    return true;
  }

  private synchronized boolean isMissing() {
    return free.size() < size && !closed;
  }

  private synchronized boolean keep(Cgroup group) {
    if (!closed) {
      free.put(group.id(), group);
    }
    return !closed;
  }

  private synchronized void giveUp(RuntimeException e) {
    LOG.debug("no cgroups are made in advance", e);
    failure = e.getMessage();
    failedAt = nanoTime.getAsLong();
  }

  private synchronized void end() {
    filling = false;
    notifyAll();
  }

  /** A moment's view. */
  synchronized Prepared.Cgroups look() {
    return new Prepared.Cgroups(size, free.size(), used, missed, Optional.ofNullable(failure));
  }

  /** Removes those that nobody has got, also one that is just being made. */
  void close() {
    List<Cgroup> rest;
    synchronized (this) {
      closed = true;
      boolean interrupted = false;
      while (filling) { // until one is made: its directory is in the way of removing those above
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      rest = new ArrayList<>(free.values());
      rest.addAll(reserved.values());
      free.clear();
      reserved.clear();
    }
    rest.forEach(Cgroup::remove);
  }
}
