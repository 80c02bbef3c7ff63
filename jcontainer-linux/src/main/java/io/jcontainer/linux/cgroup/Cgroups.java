package io.jcontainer.linux.cgroup;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.Prepared;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.cgroup.RuntimeDirectories.Ready;
import io.jcontainer.linux.state.CgroupsFile;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * The cgroups of a runtime's containers: one directory of the runtime in each hierarchy in use, and
 * below it one for each container. Safe for several threads.
 */
public final class Cgroups implements AutoCloseable {
  /** What a container needs that has limits without any: to be told from others, and paused. */
  private static final String ALL_LIMITS = "limits";

  private final Kernel kernel;
  private final StateDirectory state;
  private final RuntimeDirectories directories;
  private final CgroupPool pool;

  /**
   * Makes nothing yet.
   *
   * @param options the parent, whether the JVM may be moved, and how many are made in advance
   * @param ids of containers
   */
  public Cgroups(
      Kernel kernel, StateDirectory state, RuntimeOptions options, Supplier<String> ids) {
    this(kernel, state, options, ids, Hierarchies::look);
  }

  /** The same with hierarchies of a test's. */
  Cgroups(
      Kernel kernel,
      StateDirectory state,
      RuntimeOptions options,
      Supplier<String> ids,
      RuntimeDirectories.Looker looker) {
    this.kernel = kernel;
    this.state = state;
    // No format: its first number takes a JVM that has just begun as long as a container's start.
    String runtime =
        ProcessHandle.current().pid()
            + "-"
            + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    this.directories =
        new RuntimeDirectories(
            kernel, options, new Ledger(kernel, state, runtime), Sweep.PREFIX + runtime, looker);
    this.pool = new CgroupPool(this::ahead, options.preparedCgroups(), ids, System::nanoTime);
  }

  /**
   * The id for a container that is to have limits: cgroups may be ready under it. Who does not
   * {@link #make} them {@linkplain #withdraw withdraws} it.
   */
  public String nextId(CgroupLimits limits) {
    return pool.reserve(limits);
  }

  /** The container with this id was not started. */
  public void withdraw(String id) {
    pool.withdraw(id);
  }

  /** Whether {@link #refill} would make some now. */
  public boolean isMissing() {
    return pool.isMissing() && directories.usual().isPresent();
  }

  /**
   * Makes some in advance, if there have been containers with limits. To be called behind a start,
   * which does not wait for it.
   */
  public void refill() {
    if (directories.usual().isPresent()) {
      pool.refill();
    }
  }

  /** What is made in advance: a moment's view. */
  public Prepared.Cgroups look() {
    return pool.look();
  }

  /**
   * Makes a container's cgroups, with its limits, for its first process to join.
   *
   * @param id the container's
   * @throws io.jcontainer.InvalidSpecException if the kernel does not take a value
   * @throws io.jcontainer.HostUnsupportedException if a limit cannot be enforced here, unless the
   *     limits are for the best effort
   * @throws ContainerException if they cannot be made; nothing is left then
   */
  public Cgroup make(String id, CgroupLimits limits) {
    Optional<CgroupPool.Entry> prepared = pool.take(id, limits);
    if (prepared.isPresent() && limits.equals(prepared.get().limits())) {
      return prepared.get().group();
    }
    return limited(id, limits, prepared.map(CgroupPool.Entry::group));
  }

  /** The same in advance. */
  private Cgroup ahead(String id, Optional<CgroupLimits> limits, Optional<Cgroup> plain) {
    Cgroup group =
        limits.isPresent()
            ? limited(id, limits.get(), plain)
            : Cgroup.make(kernel, id, directories.usual().orElseThrow().parents());
    try {
      group.openAhead();
      return group;
    } catch (RuntimeException | Error e) {
      group.removeAfter(e);
      throw e;
    }
  }

  /**
   * With limits.
   *
   * @param plain one with this id and without limits, which is removed if this fails
   */
  private Cgroup limited(String id, CgroupLimits limits, Optional<Cgroup> plain) {
    Ready ready;
    List<Unenforced> refused;
    try {
      Map<Controller, Set<String>> fields = Settings.needed(limits);
      ready = directories.prepare(needed(fields));
      refused = refused(ready, fields, limits);
    } catch (RuntimeException | Error e) {
      plain.ifPresent(group -> group.removeAfter(e));
      throw e;
    }
    Cgroup group = make(id, ready, limits, plain);
    try {
      group.limit(limits, ready.parents(), refused);
      return group;
    } catch (RuntimeException | Error e) {
      group.removeAfter(e);
      throw e;
    }
  }

  /**
   * What {@link #make} would do.
   *
   * @param directories the container's
   * @param steps how they are made and written to
   */
  public record Plan(List<CgroupDirectory> directories, List<LaunchPlan.Step> steps) {}

  /**
   * Plans it, and makes nothing but the runtime's own directories. Fails as {@link #make} does, but
   * for what only the kernel can tell.
   */
  public Plan plan(String id, CgroupLimits limits) {
    Map<Controller, Set<String>> fields = Settings.needed(limits);
    Ready ready = directories.prepare(needed(fields));
    List<CgroupDirectory> all =
        ready.parents().stream()
            .map(
                each ->
                    new CgroupDirectory(
                        each.version(), each.controllers(), each.path().resolve(id)))
            .toList();
    LimitPlan plan =
        LimitPlan.of(
            limits, id, all, new NewFacts(ready.parents()), refused(ready, fields, limits));
    return new Plan(all, plan.describe(all));
  }

  private static Set<Controller> needed(Map<Controller, Set<String>> fields) {
    Set<Controller> needed = EnumSet.of(Controller.FREEZER);
    needed.addAll(fields.keySet());
    return needed;
  }

  /** What cannot be had: an error, unless the limits are for the best effort. */
  private static List<Unenforced> refused(
      Ready ready, Map<Controller, Set<String>> fields, CgroupLimits limits) {
    List<Unenforced> refused = new ArrayList<>();
    ready
        .refused()
        .forEach(
            (controller, why) ->
                fields
                    .getOrDefault(controller, Set.of(ALL_LIMITS))
                    .forEach(field -> refused.add(new Unenforced(field, why.why(), why.cure()))));
    if (!refused.isEmpty() && !limits.bestEffort()) {
      throw Unenforced.exception(refused);
    }
    return refused;
  }

  private Cgroup make(String id, Ready ready, CgroupLimits limits, Optional<Cgroup> plain) {
    try {
      return plain.isPresent()
          ? plain.get().completed(ready.parents())
          : Cgroup.make(kernel, id, ready.parents());
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) {
        throw failed(id, e);
      }
    }
    directories.forget(); // somebody has removed those of the runtime
    try {
      return Cgroup.make(
          kernel, id, directories.prepare(needed(Settings.needed(limits))).parents());
    } catch (SyscallException e) {
      throw failed(id, e);
    }
  }

  private static ContainerException failed(String id, SyscallException e) {
    String hint =
        switch (e.errno()) {
          case EAGAIN -> ". Raise cgroup.max.descendants or cgroup.max.depth of the cgroups above";
          case ENOSPC, ENOMEM -> ". The kernel has no room for another cgroup: remove some";
          default -> "";
        };
    return new ContainerException(
        "the cgroups of container %s cannot be made: %s%s".formatted(id, e.getMessage(), hint), e);
  }

  /**
   * Removes what dead JVMs have left: what runs in their containers is killed first.
   *
   * @return the directories that were theirs
   * @throws ContainerException if something cannot be removed; what else can be, is
   */
  public List<Path> sweep() {
    List<Path> swept = new ArrayList<>();
    ContainerException failure = null;
    for (CgroupsFile file : CgroupsFile.abandoned(kernel, state)) {
      try (file) {
        swept.addAll(new Sweep(kernel, CgroupRecord.parse(file.lines())).sweep());
        file.delete();
      } catch (IOException | RuntimeException e) {
        ContainerException failed =
            new ContainerException(
                "the cgroups that are written down in %s, which a JVM that was killed has left, cannot be removed: %s"
                    .formatted(file, e.getMessage()),
                e);
        if (failure == null) {
          failure = failed;
        } else {
          failure.addSuppressed(failed);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return swept;
  }

  /** Removes the runtime's own directories; those of its containers are removed. */
  @Override
  public void close() {
    pool.close();
    directories.close();
  }
}
