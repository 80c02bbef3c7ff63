package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells what memory of version 1 has notices for, by an eventfd(2): cgroup-v1/memory.rst, sections
 * "OOM Control" and "Memory Pressure". Version 1 tells each time that it reclaims memory, so this
 * waits until it listens again, as version 2 does by itself.
 */
final class MemoryNotice {
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;

  private final Kernel kernel;
  private final EventLoop loop;
  private final Fd eventfd;
  private final Duration pause;
  private final Runnable action;

  // Guarded by this.
  private EventLoop.@Nullable Watch watch;
  private boolean closed;

  private MemoryNotice(Kernel kernel, EventLoop loop, Fd eventfd, Duration pause, Runnable action) {
    this.kernel = kernel;
    this.loop = loop;
    this.eventfd = eventfd;
    this.pause = pause;
    this.action = action;
  }

  /**
   * Does something in the loop's thread when one of these notices comes.
   *
   * @param directory of the memory controller
   * @param notices files, and what is said of each: cgroup.event_control
   * @param pause until it can happen again; what comes meanwhile comes then
   * @throws io.jcontainer.linux.sys.SyscallException if the kernel has no such notices, or not for
   *     this user
   */
  static MemoryNotice open(
      Kernel kernel,
      EventLoop loop,
      Path directory,
      List<Map.Entry<String, String>> notices,
      Duration pause,
      Runnable action) {
    Fd eventfd = kernel.eventfd();
    try {
      try (Fd control =
          kernel.open(directory.resolve("cgroup.event_control").toString(), O_WRONLY)) {
        for (Map.Entry<String, String> notice : notices) {
          try (Fd file = kernel.open(directory.resolve(notice.getKey()).toString(), O_RDONLY)) {
            String order = "%s %s %s".formatted(eventfd, file, notice.getValue());
            kernel.writeAt(control, order.strip().getBytes(StandardCharsets.US_ASCII), 0);
          }
        }
      }
      MemoryNotice notice = new MemoryNotice(kernel, loop, eventfd, pause, action);
      notice.listen();
      return notice;
    } catch (RuntimeException e) {
      eventfd.close(); // which takes back what was ordered
      throw e;
    }
  }

  private synchronized void listen() {
    if (!closed) {
      watch = loop.watch(eventfd, false, this::noticed);
    }
  }

  private void noticed() {
    synchronized (this) {
      if (watch == null) {
        return; // it was closed meanwhile
      }
      watch.end();
      watch = null;
      kernel.clear(eventfd);
      loop.after(pause, this, this::listen);
    }
    action.run();
  }

  /** Tells nothing any more. */
  synchronized void close() {
    closed = true;
    if (watch != null) {
      watch.end();
      watch = null;
    }
    loop.forget(this);
    eventfd.close();
  }
}
