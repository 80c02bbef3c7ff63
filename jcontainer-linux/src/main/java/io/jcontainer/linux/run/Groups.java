package io.jcontainer.linux.run;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Prepared;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.cgroup.Monitors;
import io.jcontainer.linux.cgroup.ProcessCgroup;
import io.jcontainer.linux.process.CgroupControl;
import io.jcontainer.linux.process.GuestCgroup;
import io.jcontainer.linux.process.OwnCgroups;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroups of a runtime's containers, one container's each: made before a start, removed behind
 * an end. That is done by a thread of its own, which nobody's end waits for, or by who closes the
 * container, whichever comes first; and so are those that are made in advance.
 */
final class Groups implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);
  private static final int IDLE_MILLIS = 100;

  /**
   * So long after a start, or an end, it is cleared up behind it: the processors, and the kernel's
   * lock of cgroups, are for who waits for that. Who closes a container does it at once.
   */
  private static final long REST_MILLIS = 5;

  private final Kernel kernel;
  private final Cgroups cgroups;
  private final Monitors monitors;
  private final Map<Whose, FutureTask<Boolean>> removals = new ConcurrentHashMap<>();

  /** Those of further processes that have ended and left something running. */
  private final Set<GuestCgroup> lingering = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean swept = new AtomicBoolean();
  private final AtomicBoolean ordered = new AtomicBoolean();

  private final ScheduledThreadPoolExecutor remover =
      new ScheduledThreadPoolExecutor(
          1, Groups::thread, new ThreadPoolExecutor.DiscardPolicy()); // close() does what is left

  /** Whose cgroups are removed. */
  private sealed interface Whose {

    /** Those of the container with this id. */
    record Container(String id) implements Whose {
      @Override
      public String toString() {
        return "container " + id;
      }
    }

    /** That of the further process which ends with this. */
    record Guest(CompletableFuture<ExitStatus> exit) implements Whose {
      @Override
      public String toString() {
        return "a further process";
      }
    }
  }

  Groups(Kernel kernel, Cgroups cgroups, Monitors monitors) {
    this.kernel = kernel;
    this.cgroups = cgroups;
    this.monitors = monitors;
    remover.setKeepAliveTime(IDLE_MILLIS, TimeUnit.MILLISECONDS);
    remover.allowCoreThreadTimeOut(true);
    remover.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
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
    return spec.limits().map(cgroups::nextId).orElseGet(ContainerIds::next);
  }

  /** The container with this id was not started. */
  void withdraw(String id) {
    cgroups.withdraw(id);
  }

  /** Makes some in advance, behind a start. */
  void refill() {
    if (cgroups.isMissing() && ordered.compareAndSet(false, true)) {
      later(
          () -> {
            ordered.set(false);
            cgroups.refill();
          });
    }
  }

  private void later(Runnable task) {
    var unused = remover.schedule(task, REST_MILLIS, TimeUnit.MILLISECONDS);
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

  /** What {@link #make} would do; empty if the spec has no limits. */
  Optional<Cgroups.Plan> plan(String id, ContainerSpec spec) {
    return spec.limits().map(limits -> cgroups.plan(id, limits));
  }

  /** Makes that of a further process, if its container has any. */
  Optional<GuestCgroup> make(CgroupControl container) {
    return ProcessCgroup.make(kernel, container.directories(), ContainerIds.next())
        .map(GuestCgroup::new);
  }

  /** Has them removed when the container has ended. */
  void removeAfter(String id, CompletableFuture<ExitStatus> exit, OwnCgroups group) {
    removeAfter(new Whose.Container(id), exit, group::remove);
  }

  /** The same when a further process has ended; where others run on in it, behind a later one. */
  void removeAfter(CompletableFuture<ExitStatus> exit, GuestCgroup group) {
    removeAfter(
        new Whose.Guest(exit),
        exit,
        () -> {
          lingering.removeIf(GuestCgroup::end);
          if (!group.end()) {
            lingering.add(group);
          }
        });
  }

  private void removeAfter(Whose whose, CompletableFuture<ExitStatus> exit, Runnable remove) {
    FutureTask<Boolean> removal =
        new FutureTask<>(
            () -> {
              remove.run();
              removals.remove(whose);
              return true;
            });
    removals.put(whose, removal);
    var unused = exit.whenComplete((status, failure) -> later(removal));
  }

  /** Waits until those of a container that has ended are removed, if it had any. */
  void await(String id) {
    await(new Whose.Container(id));
  }

  /** The same of a further process, by its end. */
  void await(CompletableFuture<ExitStatus> exit) {
    await(new Whose.Guest(exit));
  }

  private void await(Whose whose) {
    FutureTask<Boolean> removal = removals.remove(whose);
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
          "the cgroups of " + whose + " cannot be removed: " + e.getCause(), e);
    }
  }

  /** Waits until everything is removed; no container may run any more. */
  @Override
  public void close() {
    for (Whose whose : removals.keySet()) {
      try {
        await(whose);
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
