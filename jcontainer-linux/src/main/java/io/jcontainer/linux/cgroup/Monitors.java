package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the {@link Monitor}s of a runtime share. Costs nothing before something is watched. */
public final class Monitors implements AutoCloseable {
  /** For whoever reads and tells; they end when they have nothing to do. */
  private static final int THREADS = 4;

  private static final int IDLE_MILLIS = 100;

  /** Enough for 500 containers; each costs 4.5 KiB in the kernel once it was read. */
  private static final int KEPT_DESCRIPTORS = 8192;

  private final Kernel kernel;
  private final EventLoop loop;
  private final FileNotices notices;
  private final ReadBuffers buffers;
  private final Semaphore permits = new Semaphore(keptDescriptors());
  private final AtomicInteger threads = new AtomicInteger();
  private final ThreadPoolExecutor executor;
  private final Set<Monitor> monitors = ConcurrentHashMap.newKeySet();

  /** Starts no thread and opens nothing. */
  public Monitors(Kernel kernel, EventLoop loop) {
    this.kernel = kernel;
    this.loop = loop;
    notices = new FileNotices(kernel, loop);
    buffers = new ReadBuffers(kernel);
    executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_MILLIS,
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(), // each subscriber has at most two tasks in it
            this::thread);
    executor.allowCoreThreadTimeOut(true);
  }

  private Thread thread(Runnable task) {
    Thread thread = new Thread(task, "jcontainer-monitor-" + threads.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /** A quarter of what this JVM may have at most, where that is little. */
  private static int keptDescriptors() {
    try {
      return Files.readAllLines(Path.of("/proc/self/limits")).stream()
          .filter(line -> line.startsWith("Max open files"))
          .map(line -> line.substring("Max open files".length()).strip().split(" +", 2)[0])
          .filter(soft -> soft.length() < 10 && soft.chars().allMatch(Character::isDigit))
          .mapToInt(soft -> Integer.parseInt(soft) / 4)
          .map(quarter -> Math.min(quarter, KEPT_DESCRIPTORS))
          .findFirst()
          .orElse(KEPT_DESCRIPTORS);
    } catch (IOException e) {
      return 0; // as if there were none to be had
    }
  }

  /**
   * Of a container of this runtime; whoever makes it says when that has ended.
   *
   * @param directories none if it has no cgroups, as none could be had
   * @param pid of its first process
   * @param ownNetwork whether it has a network namespace of its own
   */
  public Monitor of(List<CgroupDirectory> directories, int pid, boolean ownNetwork) {
    return make(directories, pid, ownNetwork, null);
  }

  /**
   * Of a container of another runtime.
   *
   * @param directories none if it has no cgroups, as none could be had
   * @param pid of its first process
   * @param ownNetwork whether it has a network namespace of its own
   * @param process opens a pidfd of its first process; empty if that has ended
   */
  public Monitor ofOther(
      List<CgroupDirectory> directories,
      int pid,
      boolean ownNetwork,
      Supplier<Optional<Fd>> process) {
    return make(directories, pid, ownNetwork, process);
  }

  private Monitor make(
      List<CgroupDirectory> directories,
      int pid,
      boolean ownNetwork,
      @Nullable Supplier<Optional<Fd>> process) {
    return new Monitor(this, directories, pid, ownNetwork, process);
  }

  Kernel kernel() {
    return kernel;
  }

  EventLoop loop() {
    return loop;
  }

  ThreadPoolExecutor executor() {
    return executor;
  }

  ReadBuffers buffers() {
    return buffers;
  }

  Semaphore permits() {
    return permits;
  }

  EventHub hub(List<CgroupDirectory> directories) {
    return new EventHub(kernel, loop, notices, buffers, directories, permits);
  }

  /** Has something open, or somebody who is told. */
  void inUse(Monitor monitor) {
    monitors.add(monitor);
  }

  void unused(Monitor monitor) {
    monitors.remove(monitor);
  }

  /** Tells everybody that there will be nothing more, and closes what is open. */
  @Override
  public void close() {
    monitors.forEach(Monitor::ended);
    notices.close();
    buffers.close();
    executor.setKeepAliveTime(1, TimeUnit.MILLISECONDS); // what is told last is told all the same
  }
}
