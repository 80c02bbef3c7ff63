package io.jcontainer.linux.cgroup;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.Prepared;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cgroups of containers to come: the kernel takes longer for them than for all that is written into
 * them. If two starts in a row had the same limits, most of them have these already, and the rest
 * have none, for starts with others. A cgroup of v2 cannot be renamed, so each has a container's id
 * already, and it is the container that gets its id from here. Safe for several threads.
 */
final class CgroupPool {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupPool.class);
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final Maker maker;
  private final int size;
  private final Supplier<String> ids;
  private final LongSupplier nanoTime;

  /** Those that nobody has yet, by their ids. */
  private final Map<String, Entry> free = new LinkedHashMap<>();

  /** Those whose id a container has got that is being started. */
  private final Map<String, Entry> reserved = new HashMap<>();

  private @Nullable CgroupLimits last;
  private @Nullable CgroupLimits repeated;
  private long used;
  private long missed;
  private @Nullable String failure;
  private long failedAt;
  private boolean filling;
  private boolean closed;

  /** Makes those of one container, open for its first process. */
  interface Maker {
    /**
     * If it fails, nothing is left.
     *
     * @param limits empty for none
     * @param plain one with this id that has no limits yet
     */
    Cgroup make(String id, Optional<CgroupLimits> limits, Optional<Cgroup> plain);
  }

  /**
   * One container's.
   *
   * @param limits that it has; null for none
   */
  record Entry(Cgroup group, @Nullable CgroupLimits limits) {
    boolean has(@Nullable CgroupLimits wanted) {
      return wanted == null ? limits == null : wanted.equals(limits);
    }
  }

  /** What is to be done next; to make one, unless one is to be removed. */
  private record Task(
      Optional<CgroupLimits> limits, Optional<Cgroup> plain, Optional<Cgroup> removed) {}

  /**
   * Makes nothing yet.
   *
   * @param size how many are kept; 0 for none
   * @param ids of containers
   */
  CgroupPool(Maker maker, int size, Supplier<String> ids, LongSupplier nanoTime) {
    this.maker = maker;
    this.size = size;
    this.ids = ids;
    this.nanoTime = nanoTime;
  }

  /**
   * An id for a container that is going to {@link #take} its cgroups, or to be withdrawn.
   *
   * @param wanted the limits that it will have
   */
  synchronized String reserve(CgroupLimits wanted) {
    if (wanted.equals(last)) {
      repeated = wanted;
    }
    last = wanted;
    Optional<Entry> next = first(wanted).or(() -> first(null));
    if (next.isEmpty()) {
      return ids.get();
    }
    String id = next.get().group().id();
    free.remove(id);
    reserved.put(id, next.get());
    return id;
  }

  private Optional<Entry> first(@Nullable CgroupLimits limits) {
    return free.values().stream().filter(each -> each.has(limits)).findFirst();
  }

  /** The container was not started: if its cgroups are still there, another may have them. */
  synchronized void withdraw(String id) {
    Entry entry = reserved.remove(id);
    if (entry != null) {
      free.put(id, entry);
    }
  }

  /**
   * The cgroups with this id, with these limits or none; empty if there are no such.
   *
   * @param wanted the limits that the container will have
   */
  Optional<Entry> take(String id, CgroupLimits wanted) {
    Entry entry;
    synchronized (this) {
      entry = reserved.remove(id);
      if (entry == null) {
        missed += size > 0 ? 1 : 0;
        return Optional.empty();
      }
      used++;
    }
    if (entry.group().isThere() && (entry.has(wanted) || entry.has(null))) {
      return Optional.of(entry);
    }
    entry.group().remove(); // somebody else has, or the container is another than was said
    return Optional.empty();
  }

  /** Makes what is missing. To be called behind a start, which does not wait for it. */
  void refill() {
    if (!begin()) {
      return;
    }
    try {
      for (Task task = next(); task != null; task = next()) {
        if (task.removed().isPresent()) {
          task.removed().get().remove();
        } else {
          make(task);
        }
      }
    } catch (SyscallException | ContainerException e) { // whatever it is: starts go on without
      giveUp(e);
    } finally {
      end();
    }
  }

  private void make(Task task) {
    try {
      String id = task.plain().map(Cgroup::id).orElseGet(ids);
      Cgroup group = maker.make(id, task.limits(), task.plain());
      if (!keep(new Entry(group, task.limits().orElse(null)))) {
        group.remove();
      }
    } catch (SyscallException | ContainerException e) {
      if (!forget(task.limits())) {
        throw e;
      }
      LOG.debug("no cgroups with such limits are made in advance", e);
    }
  }

  /** Whether it was for limits: who starts with them is told why they cannot be. */
  private synchronized boolean forget(Optional<CgroupLimits> limits) {
    if (limits.isPresent()) {
      last = null;
      repeated = null;
    }
    return limits.isPresent();
  }

  /** Whether {@link #refill} would do something now. */
  synchronized boolean isMissing() {
    boolean waits = failure != null && nanoTime.getAsLong() - failedAt < RETRY.toNanos();
    return size > 0 && !filling && !waits && !closed && !isEnough();
  }

  private synchronized boolean begin() {
    if (!isMissing()) {
      return false;
    }
    failure = null;
    filling = true;
    return true;
  }

  /** More than half of what there is to be, so that several are made at once. */
  private boolean isEnough() {
    return free.size() > size / 2
        && (repeated == null || count(repeated) > (size - forOthers()) / 2);
  }

  /** How many are to have no limits. */
  private int forOthers() {
    return repeated == null ? size : size / 4;
  }

  private long count(@Nullable CgroupLimits limits) {
    return free.values().stream().filter(each -> each.has(limits)).count();
  }

  /** What is to be done now; null if nothing is. */
  private synchronized @Nullable Task next() {
    if (closed) {
      return null;
    }
    long plain = count(null);
    boolean room = free.size() < size;
    if (repeated != null && count(repeated) < size - forOthers()) {
      Optional<Cgroup> surplus = plain > forOthers() ? removed(null) : Optional.empty();
      if (surplus.isPresent() || room) {
        return new Task(Optional.of(repeated), surplus, Optional.empty());
      }
    } else if (plain >= forOthers()) {
      return null;
    } else if (room) {
      return new Task(Optional.empty(), Optional.empty(), Optional.empty());
    }
    return new Task(Optional.empty(), Optional.empty(), removedStale());
  }

  private Optional<Cgroup> removed(@Nullable CgroupLimits limits) {
    Optional<Entry> entry = first(limits);
    entry.ifPresent(each -> free.remove(each.group().id()));
    return entry.map(Entry::group);
  }

  /** One with limits that are not asked for any more. */
  private Optional<Cgroup> removedStale() {
    Entry stale =
        free.values().stream()
            .filter(each -> !each.has(null) && !each.has(repeated))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("too many cgroups: " + free));
    free.remove(stale.group().id());
    return Optional.of(stale.group());
  }

  private synchronized boolean keep(Entry entry) {
    if (!closed) {
      free.put(entry.group().id(), entry);
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
      rest =
          Stream.concat(free.values().stream(), reserved.values().stream())
              .map(Entry::group)
              .toList();
      free.clear();
      reserved.clear();
    }
    rest.forEach(Cgroup::remove);
  }
}
