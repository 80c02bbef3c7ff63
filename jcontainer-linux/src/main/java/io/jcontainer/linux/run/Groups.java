package io.jcontainer.linux.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Prepared;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.cgroup.Monitors;
import io.jcontainer.linux.process.OwnCgroups;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroups of a runtime's containers, one container's each: made before a start, removed behind
 * an end. That is done by a thread of its own, which nobody's end waits for, or by who closes the
 * container, whichever comes first.
 */
final class Groups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);
  private static final int IDLE_MILLIS = 100;

  private final Kernel kernel;
  private final Cgroups cgroups;
  private final Monitors monitors;
  private final Map<String, FutureTask<Boolean>> removals = new ConcurrentHashMap<>();
  private final AtomicBoolean swept = new AtomicBoolean();

  private final ThreadPoolExecutor remover =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_MILLIS,
          TimeUnit.MILLISECONDS,
          new LinkedBlockingQueue<>(),
          Groups::thread,
          new ThreadPoolExecutor.DiscardPolicy()); // close() does what is left

  Groups(Kernel kernel, Cgroups cgroups, Monitors monitors) {
    this.kernel = kernel;
    this.cgroups = cgroups;
    this.monitors = monitors;
    remover.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable removals) {
    Thread thread = new Thread(removals, "jcontainer-cgroups");
    thread.setDaemon(true);
    return thread;
  }

  /** Has what dead JVMs have left removed, once; nobody waits for that. */
  void sweep() {
    if (swept.compareAndSet(false, true)) {
      remover.execute(
          () -> {
            try {
              cgroups.sweep();
            } catch (ContainerException e) {
              // Not this container's concern; whoever comes next tries again.
              LOG.warn("what JVMs that were killed have left is not all removed", e);
            }
          });
    }
  }

  /** Removes what dead JVMs have left, and says where it was. */
  List<Path> sweepNow() {
    return cgroups.sweep();
  }

  /** The id of a container that is about to be started. */
  String nextId(ContainerSpec spec) {
    return spec.limits().isPresent() ? cgroups.nextId() : ContainerIds.next();
  }

  /** The container with this id was not started. */
  void withdraw(String id) {
    cgroups.withdraw(id);
  }

  /** Makes some in advance, behind a start. */
  void refill() {
    cgroups.refill();
  }

  /** What is made in advance. */
  Prepared.Cgroups look() {
    return cgroups.look();
  }

  /** Makes those of a container, with its limits; null if its spec has none. */
  @Nullable OwnCgroups make(String id, ContainerSpec spec) {
    CgroupLimits limits = spec.limits().orElse(null);
    return limits == null
        ? null
        : new OwnCgroups(
            kernel,
            "container " + id,
            cgroups.make(id, limits),
            monitors,
            Kind.NETWORK.isOwn(spec.namespaces()));
  }

  /** Has them removed when the container has ended. */
  void removeAfter(String id, CompletableFuture<ExitStatus> exit, OwnCgroups group) {
    FutureTask<Boolean> removal =
        new FutureTask<>(
            () -> {
              group.remove();
              removals.remove(id);
              return true;
            });
    removals.put(id, removal);
    var unused = exit.whenComplete((status, failure) -> remover.execute(removal));
  }

  /** Waits until those of a container that has ended are removed, if it had any. */
  void await(String id) {
    FutureTask<Boolean> removal = removals.remove(id);
    if (removal == null) {
      return;
    }
    removal.run(); // unless somebody is faster
    try {
      Uninterruptibles.getUninterruptibly(removal);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ContainerException failure) {
        throw failure;
      }
      throw new ContainerException(
          "the cgroups of container " + id + " cannot be removed: " + e.getCause(), e);
    }
  }

  /** Waits until everything is removed; no container may run any more. */
  @Override
  public void close() {
    for (String id : removals.keySet()) {
      try {
        await(id);
      } catch (ContainerException e) { // the next runtime tries again
        LOG.warn("cgroups are left behind", e);
      }
    }
    remover.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(remover);
    monitors.close();
    cgroups.close();
  }
}
