package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is told of one container: what it uses, what happens to it, and whether the kernel has
 * killed it for want of memory. May be used from any thread.
 */
public final class Monitor {
  private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
  private static final Duration SHORTEST = Duration.ofMillis(10);

  private final Monitors all;
  private final List<CgroupDirectory> directories;

  /** Opens a pidfd of the first process; null for a container whose end is told by its runtime. */
  private final @Nullable Supplier<Optional<Fd>> process;

  private final OomCount ooms;
  private final EventHub hub;

  private final OptionalInt networkOf;
  private volatile boolean processEnded;

  /** Made when it is needed: a start does not wait for it. Its use is guarded by this. */
  private volatile @Nullable StatsReader reader;

  // All guarded by this.
  private final Map<Feed<?>, Open> feeds = new HashMap<>();
  private @Nullable ContainerStats last;
  private boolean ended;
  private EventLoop.@Nullable Watch endWatch;
  private @Nullable Fd endOf;

  /** What feeds a subscriber: how to stop it, and how to say that the container has ended. */
  private record Open(Runnable stop, Runnable end) {}

  Monitor(
      Monitors all,
      List<CgroupDirectory> directories,
      int pid,
      boolean ownNetwork,
      @Nullable Supplier<Optional<Fd>> process) {
    this.all = all;
    this.directories = List.copyOf(directories);
    this.process = process;
    ooms = new OomCount(all.kernel(), directories, pid);
    hub = all.hub(directories);
    networkOf = ownNetwork ? OptionalInt.of(pid) : OptionalInt.empty();
  }

  private synchronized StatsReader reader() {
    StatsReader present = reader;
    if (present == null) {
      present = new StatsReader(all.kernel(), directories, networkOf, all.permits());
      reader = present;
      if (processEnded) {
        present.processEnded();
      }
    }
    return present;
  }

  private void closeReader() {
    StatsReader present = reader;
    if (present != null) {
      present.close();
    }
  }

  /**
   * What is used now; of a container of this runtime that has ended, what it had used then.
   *
   * @throws ContainerGoneException if it has ended, and nothing is known
   */
  public synchronized ContainerStats stats() {
    if (ended) {
      if (last != null) {
        return last;
      }
    } else {
      Optional<ContainerStats> now = read();
      if (now.isPresent() && isAlive()) {
        return now.get();
      }
    }
    throw new ContainerGoneException("the container has ended, and its cgroups with it");
  }

  private Optional<ContainerStats> read() {
    all.inUse(this);
    try {
      return all.buffers().with(reader()::read);
    } catch (SyscallException e) {
      throw new ContainerException("what a container uses cannot be read: " + e.getMessage(), e);
    } finally {
      if (process != null && feeds.isEmpty()) { // nobody would say that it has ended
        closeReader();
        all.unused(this);
      }
    }
  }

  /** Whether what was read of a container of another runtime was its own. */
  private boolean isAlive() {
    if (process == null) {
      return true;
    }
    Optional<Fd> there = openProcess(process);
    there.ifPresent(Fd::close);
    return there.isPresent();
  }

  private static Optional<Fd> openProcess(Supplier<Optional<Fd>> process) {
    try {
      return process.get();
    } catch (SyscallException e) {
      throw new ContainerException("whether a container lives is not known: " + e.getMessage(), e);
    }
  }

  /**
   * The same again and again, the first at once.
   *
   * @throws InvalidSpecException if the time is less than 10 ms
   */
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    if (every.compareTo(SHORTEST) < 0) {
      throw new InvalidSpecException("every", every + " is less than 10 ms");
    }
    return subscriber ->
        subscribe(
            subscriber,
            new Feed.Newest<>(),
            feed -> {
              StatsTicks ticks =
                  new StatsTicks(feed, all.loop(), all.executor(), every, this::stats);
              ticks.start();
              return ticks::stop;
            },
            this::addLast);
  }

  private synchronized void addLast(Feed<ContainerStats> feed) {
    if (last != null) {
      feed.add(last);
    }
  }

  /** What happens, from each subscription on. */
  public Flow.Publisher<ContainerEvent> events() {
    return subscriber ->
        subscribe(
            subscriber,
            new EventSum(),
            feed -> {
              hub.add(feed);
              return () -> hub.remove(feed);
            },
            feed -> {});
  }

  /**
   * What is waited for.
   *
   * @throws io.jcontainer.HostUnsupportedException if the kernel does not tell
   */
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    if (!hasEnded() && isAlive()) {
      open(trigger, () -> {}).run(); // whether it can be had is found out by doing it
    }
    return subscriber ->
        subscribe(
            subscriber,
            new EventSum(),
            feed ->
                open(trigger, () -> feed.add(new ContainerEvent(Kind.PRESSURE, Instant.now(), 1))),
            feed -> {});
  }

  private Runnable open(PressureTrigger trigger, Runnable action) {
    return PressureNotice.open(all.kernel(), all.loop(), directories, trigger, action);
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  /**
   * One more subscriber.
   *
   * @param start begins to feed, and returns what stops that
   * @param atEnd what is told at the end, also to who comes after it
   */
  private <T> void subscribe(
      Flow.Subscriber<? super T> subscriber,
      Feed.Backlog<T> backlog,
      Function<Feed<T>, Runnable> start,
      Consumer<Feed<T>> atEnd) {
    Objects.requireNonNull(subscriber);
    Feed<T> feed = new Feed<>(subscriber, all.executor(), backlog, this::over);
    Runnable end =
        () -> {
          atEnd.accept(feed);
          feed.complete();
        };
    RuntimeException failure = null;
    boolean late = false;
    synchronized (this) {
      try {
        late = ended || !awaitEnd();
        if (!late) {
          feeds.put(feed, new Open(start.apply(feed), end));
        }
      } catch (SyscallException e) {
        failure = new ContainerException("a container cannot be watched: " + e.getMessage(), e);
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    feed.open();
    if (failure != null) {
      feed.fail(failure);
    } else if (late) {
      end.run();
    }
  }

  /** Of a container of another runtime: sees to it that its end is noticed; false if it is over. */
  private boolean awaitEnd() {
    all.inUse(this);
    if (process == null || endOf != null) {
      return true;
    }
    Fd opened = openProcess(process).orElse(null);
    if (opened == null) {
      return false;
    }
    try {
      endWatch = all.loop().watch(opened, false, this::noticeEnd);
      endOf = opened;
      return true;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** In the loop's thread, which has others to wait for: to take triggers back takes long. */
  private void noticeEnd() {
    synchronized (this) {
      if (endWatch == null) {
        return;
      }
      endWatch.end();
      endWatch = null;
    }
    all.executor().execute(this::ended);
  }

  private void over(Feed<?> feed) {
    Open open;
    synchronized (this) {
      open = feeds.remove(feed);
      if (feeds.isEmpty() && process != null) {
        release();
      }
    }
    if (open != null) {
      open.stop().run();
    }
  }

  private void release() {
    closeReader();
    if (endWatch != null) {
      endWatch.end();
      endWatch = null;
    }
    if (endOf != null) {
      endOf.close();
      endOf = null;
    }
    all.unused(this);
  }

  /**
   * It was frozen or thawed by this JVM. Version 2 tells that by itself, whoever did it; version 1
   * does not.
   */
  public void frozen(boolean frozen) {
    hub.frozen(frozen);
  }

  /**
   * This JVM is about to kill it; its first process has not been waited for. What the kernel has
   * killed before was another process then.
   */
  public void beforeKill() {
    all.buffers()
        .with(
            buffer -> {
              ooms.beforeKill(buffer);
              return 0;
            });
  }

  /**
   * How its first process ended, with what the cgroup says of it, which must be there still: two
   * small files, so the watcher may do it.
   */
  public ExitStatus atEnd(ExitStatus status) {
    processEnded = true;
    StatsReader present = reader;
    if (present != null) {
      present.processEnded();
    }
    try {
      return all.buffers().with(buffer -> ooms.atEnd(status, buffer));
    } catch (SyscallException e) { // the end is told all the same
      LOG.warn("whether a container was killed for want of memory cannot be read", e);
      return status;
    }
  }

  /**
   * It has ended. What it has used is read for the last time, and everybody is told that there will
   * be nothing more; nothing is open afterwards. To be done before the cgroups are removed.
   */
  public void ended() {
    List<Open> open;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      try {
        last = read().orElse(null);
      } catch (ContainerException e) {
        LOG.debug("what a container has used in all is not known", e);
      }
      open = List.copyOf(feeds.values());
      feeds.clear();
      release();
    }
    hub.end();
    open.forEach(each -> each.stop().run());
    open.forEach(each -> each.end().run());
  }
}
