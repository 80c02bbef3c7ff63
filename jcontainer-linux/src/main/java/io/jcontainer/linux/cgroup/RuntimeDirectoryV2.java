package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V2;

import io.jcontainer.linux.cgroup.CgroupRecord.Kind;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one of v2, where each cgroup hands on controllers to those below it, from the top down:
 * cgroup.subtree_control. One that does so must not have processes itself, unless it is the root of
 * the hierarchy: "no internal processes", cgroups(7).
 */
final class RuntimeDirectoryV2 extends RuntimeDirectory {
  static final String SUBTREE = "cgroup.subtree_control";

  private static final Logger LOG = LoggerFactory.getLogger(RuntimeDirectoryV2.class);
  private static final String AVAILABLE = "cgroup.controllers";

  /**
   * How many cgroups may lie below each other in a container's. Who is root in there may be the one
   * that the cgroup is delegated to, and could nest them until no path that a system call takes
   * leads to the last, so that nobody could remove them. The length of a name is at most 255.
   */
  private static final int DEPTH = 12;

  private final Path home;
  private final boolean delegation;
  private final Leaf leaf;

  /**
   * Makes nothing yet.
   *
   * @param home the JVM's own cgroup, or the one in whose leaf it is
   * @param delegation whether it may be moved to a leaf
   */
  RuntimeDirectoryV2(
      Kernel kernel,
      Hierarchy hierarchy,
      Ledger ledger,
      Path parent,
      String name,
      Path home,
      boolean delegation) {
    super(kernel, hierarchy, ledger, parent, name);
    this.home = home;
    this.delegation = delegation;
    this.leaf = new Leaf(kernel, home);
  }

  @Override
  Set<Controller> prepare(Set<Controller> needed, Set<Controller> wished) throws RefusedException {
    Set<Controller> wanted = without(needed, Hierarchies.ALWAYS_IN_V2);
    Path above = hierarchy.mountPoint();
    for (Path path : way()) {
      makeOnTheWay(path);
      handOn(above, path, wanted);
      above = path;
    }
    makeOwn(Hierarchies.ALWAYS_IN_V2);
    handOn(parent(), path(), wanted);
    Set<Controller> all = EnumSet.copyOf(Hierarchies.ALWAYS_IN_V2);
    all.addAll(wanted);
    for (Controller controller : wished) {
      if (!all.contains(controller) && canHandOn(controller)) {
        all.add(controller);
      }
    }
    handOn(path(), without(all, Hierarchies.ALWAYS_IN_V2));
    limitDepth();
    makeOwn(all);
    requireEntrance();
    return all;
  }

  private static Set<Controller> without(Set<Controller> controllers, Set<Controller> others) {
    Set<Controller> rest = EnumSet.noneOf(Controller.class);
    rest.addAll(controllers);
    rest.removeAll(others);
    return rest;
  }

  private static Set<Controller> available(Path path) {
    return Controller.of(V2, KernelFile.words(path.resolve(AVAILABLE)));
  }

  /** Of the parent to the runtime's own, where nobody depends on it. */
  private boolean canHandOn(Controller controller) {
    try {
      if (available(parent()).contains(controller)) {
        handOn(parent(), path(), Set.of(controller));
        return true;
      }
    } catch (RefusedException e) {
      LOG.debug("containers are not counted by the controller {}", controller.name(V2), e);
    }
    return false;
  }

  private void handOn(Path above, Path below, Set<Controller> controllers) throws RefusedException {
    Set<Controller> missing = without(controllers, available(below));
    if (!missing.isEmpty() && !above.equals(below)) {
      handOn(above, missing);
    }
  }

  private void handOn(Path above, Set<Controller> controllers) throws RefusedException {
    if (controllers.isEmpty()) {
      return;
    }
    requireAvailable(above, controllers);
    if (!isRoot(above) && Leaf.hasProcesses(above)) {
      empty(above);
    }
    String words =
        controllers.stream().map(each -> "+" + each.name(V2)).collect(Collectors.joining(" "));
    try {
      kernel.writeFile(above.resolve(SUBTREE), words);
    } catch (SyscallException e) {
      throw e.errno() == Errno.EBUSY ? busy(above, e) : refused(e);
    }
  }

  /** Of all containers at once: each is one below this. */
  private void limitDepth() throws RefusedException {
    try {
      kernel.writeFile(path().resolve("cgroup.max.depth"), String.valueOf(1 + DEPTH));
    } catch (SyscallException e) {
      throw refused(e);
    }
  }

  private void requireAvailable(Path above, Set<Controller> controllers) throws RefusedException {
    Set<Controller> absent = without(controllers, available(above));
    if (!absent.isEmpty()) {
      String names = absent.stream().map(each -> each.name(V2)).collect(Collectors.joining(", "));
      throw new RefusedException(
          "the cgroup %s has no controller %s: its cgroup.controllers says \"%s\""
              .formatted(above, names, KernelFile.read(above.resolve(AVAILABLE)).orElse("")),
          Optional.of(Cures.controllerNotDelegated(root, names)),
          null);
    }
  }

  /** Whether it is that of the whole hierarchy, and not only of a cgroup namespace. */
  private static boolean isRoot(Path cgroup) {
    return !Files.exists(cgroup.resolve("cgroup.type"));
  }

  /**
   * Has no process in a cgroup that is to hand on controllers. The kernel says EBUSY only for some
   * of them: with others, as cpu and pids, the cgroup becomes one whose threads are told apart, and
   * those below it are of no use to containers.
   */
  private void empty(Path above) throws RefusedException {
    if (!delegation || !above.equals(home)) {
      throw busy(above, null);
    }
    record(Kind.LEAF, Set.of(), leaf.path());
    leaf.enter();
  }

  private RefusedException busy(Path above, @Nullable SyscallException cause) {
    return new RefusedException(
        "the cgroup %s has processes, %s, so it cannot hand on controllers (no internal processes, cgroups(7))"
            .formatted(above, Leaf.describe(above)),
        Cures.processesInTheWay(root, delegation),
        cause);
  }

  /**
   * A process goes from one cgroup into another only if whoever moves it may write to cgroup.procs
   * of the nearest cgroup above both, and so it is for CLONE_INTO_CGROUP.
   */
  private void requireEntrance() throws RefusedException {
    Path common = hierarchy.mountPoint();
    for (Path path : way()) {
      if (home.startsWith(path)) {
        common = path;
      }
    }
    Path procs = common.resolve(Leaf.PROCS);
    if (!root && !Files.isWritable(procs)) {
      throw new RefusedException(
          "%s cannot be written to, and without that no process gets from %s into %s"
              .formatted(procs, home, path()),
          Optional.of(Cures.notDelegated(false)),
          null);
    }
  }

  @Override
  boolean restore() {
    return !delegation || leaf.leave();
  }
}
