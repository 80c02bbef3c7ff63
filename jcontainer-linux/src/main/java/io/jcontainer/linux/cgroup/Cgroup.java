package io.jcontainer.linux.cgroup;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The cgroups of one container: a directory in each hierarchy in use. Whichever JVM has made them.
 * Safe for several threads.
 */
public final class Cgroup {
  private static final int MODE = 0755;

  private final Kernel kernel;
  private final String id;
  private final List<CgroupDirectory> directories;
  private volatile List<Unenforced> leftOut = List.of();

  /** What was opened in advance, and not used yet; guarded by this. */
  private List<Fd> opened = List.of();

  /**
   * One whose directories are there.
   *
   * @param id the container's
   * @param directories one in each hierarchy, that of v2 first
   */
  public Cgroup(Kernel kernel, String id, List<CgroupDirectory> directories) {
    this.kernel = kernel;
    this.id = id;
    this.directories = List.copyOf(directories);
  }

  /**
   * Makes the directories.
   *
   * @param parents below which they are
   * @throws SyscallException if one cannot be made; then none is left
   */
  static Cgroup make(Kernel kernel, String id, List<CgroupDirectory> parents) {
    List<CgroupDirectory> made = new ArrayList<>();
    try {
      for (CgroupDirectory parent : parents) {
        Path path = parent.path().resolve(id);
        kernel.mkdir(path, MODE);
        made.add(new CgroupDirectory(parent.version(), parent.controllers(), path));
      }
      return new Cgroup(kernel, id, made);
    } catch (RuntimeException | Error e) {
      new Cgroup(kernel, id, made).removeAfter(e);
      throw e;
    }
  }

  /** Whether nobody has removed it. */
  boolean isThere() {
    return directories.stream().anyMatch(each -> Files.isDirectory(each.path()));
  }

  /**
   * The same with those that it does not have yet, and with what they can have by now.
   *
   * @param parents below which one is wanted
   * @throws SyscallException if one cannot be made; then none is left
   */
  Cgroup completed(List<CgroupDirectory> parents) {
    List<CgroupDirectory> all = new ArrayList<>();
    try {
      for (CgroupDirectory parent : parents) {
        Path path = parent.path().resolve(id);
        if (directories.stream().noneMatch(each -> each.path().equals(path))) {
          kernel.mkdir(path, MODE);
        }
        all.add(new CgroupDirectory(parent.version(), parent.controllers(), path));
      }
      if (all.equals(directories)) {
        return this;
      }
      closeAhead();
      return new Cgroup(kernel, id, all);
    } catch (RuntimeException | Error e) {
      new Cgroup(kernel, id, all).removeAfter(e);
      removeAfter(e);
      throw e;
    }
  }

  /** The container's id. */
  public String id() {
    return id;
  }

  /** All of them. */
  public List<CgroupDirectory> directories() {
    return directories;
  }

  /** Where a controller's files are; empty if the container is in no cgroup with it. */
  public Optional<CgroupDirectory> directory(Controller controller) {
    return CgroupDirectory.with(controller, directories);
  }

  /** What the last limits asked for and this host cannot do: a sentence for each. */
  public List<String> unenforced() {
    return leftOut.stream().map(Unenforced::sentence).toList();
  }

  /** The same in its parts. */
  public List<Unenforced> leftOut() {
    return leftOut;
  }

  /**
   * Writes the limits of a container that is not there yet. Fails as {@link #update} does; the
   * directories stay.
   *
   * @param parents below which it is
   * @param known what is known not to be enforced, which is an error unless they are for the best
   *     effort
   */
  void limit(CgroupLimits limits, List<CgroupDirectory> parents, List<Unenforced> known) {
    LimitPlan plan = LimitPlan.of(limits, id, directories, new NewFacts(parents), known);
    SettingsWriter writer = new SettingsWriter(kernel, directories, limits.bestEffort());
    writer.write(plan.settings(), plan.programs());
    tell(plan, writer);
  }

  /**
   * Changes what these limits name, all of it or nothing; what they do not name stays.
   *
   * @throws InvalidSpecException if the kernel does not take a value
   * @throws HostUnsupportedException if a limit cannot be enforced here, unless the limits are for
   *     the best effort
   * @throws ContainerException if the container uses more than it is to have
   * @throws ContainerGoneException if the cgroups are gone: the container has ended
   */
  public synchronized void update(CgroupLimits limits) {
    if (!isThere()) {
      throw new ContainerGoneException("container " + id + " has ended, and its cgroups are gone");
    }
    LimitPlan plan =
        LimitPlan.of(limits, id, directories, new DirectoryFacts(directories), List.of());
    SettingsWriter writer = new SettingsWriter(kernel, directories, limits.bestEffort());
    writer.update(plan.settings(), plan.programs());
    tell(plan, writer);
  }

  private void tell(LimitPlan plan, SettingsWriter writer) {
    List<Unenforced> out = new ArrayList<>(plan.unenforced());
    out.addAll(writer.unenforced());
    leftOut = List.copyOf(out);
  }

  /**
   * Opens in advance what {@link #entrance} needs, for a process that can be cloned into it, unless
   * that is done.
   *
   * @throws SyscallException if a file cannot be opened; then none is open
   */
  synchronized void openAhead() {
    if (opened.isEmpty()) {
      opened = CgroupEntrance.open(kernel, directories, true);
    }
  }

  /**
   * Opens it for a process to come into: once, if it was opened in advance.
   *
   * @param clone whether CLONE_INTO_CGROUP can be, see {@link CgroupEntrance#open}
   * @param first the number that the launcher has the first descriptor by
   */
  public synchronized CgroupEntrance entrance(boolean clone, int first) {
    List<Fd> ahead = opened;
    opened = List.of();
    boolean usable = clone && !ahead.isEmpty();
    if (!usable) {
      ahead.forEach(Fd::close);
    }
    return new CgroupEntrance(
        usable ? ahead : CgroupEntrance.open(kernel, directories, clone),
        CgroupEntrance.placement(directories, clone, first));
  }

  /**
   * Removes the directories, with all that the container has made below them. What still runs in
   * there is killed, and waited for. Idempotent.
   *
   * @throws ContainerException if something in there does not end within 10 seconds
   */
  public void remove() {
    closeAhead();
    Removal.remove(kernel, directories);
  }

  /** Closes what was opened in advance, and nobody needed. */
  synchronized void closeAhead() {
    opened.forEach(Fd::close);
    opened = List.of();
  }

  /** The same after a failure, which is the one that matters. */
  void removeAfter(Throwable failure) {
    try {
      remove();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
