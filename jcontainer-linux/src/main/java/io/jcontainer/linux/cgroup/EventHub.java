package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The events of one container, for all who want to know. Nothing is watched, and nothing is open,
 * while there are none.
 */
final class EventHub {
  /** As long as version 2 waits between two notices of one file. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  /** The kernel says that memory is short before it has killed anybody, which takes its time. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  private static final int LOOKS = 50;

  /** How often we look at what the kernel does not tell. */
  private static final Duration PULSE = Duration.ofSeconds(1);

  private final Kernel kernel;
  private final EventLoop loop;
  private final FileNotices notices;
  private final ReadBuffers buffers;
  private final List<CgroupDirectory> directories;
  private final Semaphore permits;
  private final Object pulse = new Object();

  // All guarded by this.
  private final Set<Feed<ContainerEvent>> feeds = new LinkedHashSet<>();
  private final List<Runnable> watches = new ArrayList<>();
  private @Nullable EventCounters counters;
  private boolean isFrozen;
  private int looksLeft;

  EventHub(
      Kernel kernel,
      EventLoop loop,
      FileNotices notices,
      ReadBuffers buffers,
      List<CgroupDirectory> directories,
      Semaphore permits) {
    this.kernel = kernel;
    this.loop = loop;
    this.notices = notices;
    this.buffers = buffers;
    this.directories = List.copyOf(directories);
    this.permits = permits;
  }

  /**
   * One more who wants to know, from here on.
   *
   * @throws RuntimeException if it cannot be watched; then nothing is
   */
  synchronized void add(Feed<ContainerEvent> feed) {
    feeds.add(feed);
    try {
      if (counters == null) {
        start(new EventCounters(kernel, directories, permits));
      }
    } catch (RuntimeException e) {
      remove(feed);
      throw e;
    }
  }

  private void start(EventCounters started) {
    counters = started;
    for (String file : started.noticed()) {
      try {
        watches.add(notices.watch(file, this::look));
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        } // else this kernel does not tell that, or the container ends just now
      }
    }
    started
        .memoryV1()
        .ifPresent(
            directory -> {
              MemoryNotice notice =
                  MemoryNotice.open(
                      kernel,
                      loop,
                      directory,
                      List.of(
                          Map.entry("memory.oom_control", ""),
                          Map.entry("memory.pressure_level", "low")),
                      PAUSE,
                      this::lookLonger);
              watches.add(notice::close);
            });
    buffers.with(
        buffer -> {
          started.start(buffer);
          return 0;
        });
    if (started.areSilent()) {
      loop.after(PULSE, pulse, this::pulse);
    }
  }

  /** One less. */
  synchronized void remove(Feed<ContainerEvent> feed) {
    if (feeds.remove(feed) && feeds.isEmpty()) {
      watches.forEach(Runnable::run);
      watches.clear();
      loop.forget(this);
      loop.forget(pulse);
      if (counters != null) {
        counters.close();
        counters = null;
      }
    }
  }

  /** Tells what has happened. */
  private synchronized boolean look() {
    EventCounters there = counters;
    if (there == null) {
      return false;
    }
    List<ContainerEvent> events = buffers.with(there::changes);
    events.forEach(this::tell);
    return events.stream().anyMatch(event -> event.kind() == Kind.OOM_KILL);
  }

  private synchronized void pulse() {
    if (counters != null) {
      look();
      loop.after(PULSE, pulse, this::pulse);
    }
  }

  /** The same of memory of version 1, a few times until somebody was killed. */
  private synchronized void lookLonger() {
    looksLeft = LOOKS;
    lookAgain();
  }

  private synchronized void lookAgain() {
    boolean killed = look();
    looksLeft--;
    loop.forget(this);
    if (!killed && looksLeft > 0 && counters != null) {
      loop.after(LOOK_AGAIN, this, this::lookAgain);
    }
  }

  private void tell(ContainerEvent event) {
    feeds.forEach(feed -> feed.add(event));
  }

  /** Was frozen or thawed by us, of which version 1 has no notice. */
  synchronized void frozen(boolean frozen) {
    if (counters != null && !counters.knowsGroup() && frozen != isFrozen) {
      tell(new ContainerEvent(frozen ? Kind.FROZEN : Kind.THAWED, Instant.now(), 1));
    }
    isFrozen = frozen;
  }

  /**
   * All processes have ended: tells what has happened until then, and that there will be no more.
   */
  void end() {
    List<Feed<ContainerEvent>> ended;
    synchronized (this) {
      if (counters != null) {
        look();
        if (!counters.knowsGroup() && buffers.with(counters::isEmpty)) {
          tell(new ContainerEvent(Kind.EMPTY, Instant.now(), 1));
        }
      }
      ended = List.copyOf(feeds);
      ended.forEach(this::remove);
    }
    ended.forEach(Feed::complete);
  }
}
