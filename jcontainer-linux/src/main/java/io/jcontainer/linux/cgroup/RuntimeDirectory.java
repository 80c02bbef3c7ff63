package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.CgroupRecord.Kind;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runtime's own directory in one hierarchy: below the parent, above its containers. It is made
 * when the first container needs it, as is the way to it.
 */
abstract class RuntimeDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeDirectory.class);

  /** Traversable by all: what is below is as in the rest of the hierarchy. */
  private static final int MODE = 0755;

  final Kernel kernel;
  final Hierarchy hierarchy;
  final boolean root;
  private final Ledger ledger;
  private final List<Path> way;
  private final Path directory;
  private final Deque<Path> madeOnTheWay = new ArrayDeque<>();
  private final Set<Controller> recorded = EnumSet.noneOf(Controller.class);

  /**
   * Makes nothing yet.
   *
   * @param parent below what
   * @param name of the directory
   */
  RuntimeDirectory(Kernel kernel, Hierarchy hierarchy, Ledger ledger, Path parent, String name) {
    this.kernel = kernel;
    this.hierarchy = hierarchy;
    this.ledger = ledger;
    this.root = kernel.effectiveUserId() == 0;
    this.way = way(hierarchy.mountPoint(), parent);
    this.directory = parent.resolve(name);
  }

  /** From the mount point down to a directory. */
  private static List<Path> way(Path mountPoint, Path parent) {
    List<Path> way = new ArrayList<>();
    way.add(mountPoint);
    for (Path name : mountPoint.relativize(parent)) {
      if (!name.toString().isEmpty()) {
        way.add(way.get(way.size() - 1).resolve(name));
      }
    }
    return way;
  }

  /** Where it is, or will be. */
  final Path path() {
    return directory;
  }

  /** From the mount point down to the parent. */
  final List<Path> way() {
    return way;
  }

  final Path parent() {
    return way.get(way.size() - 1);
  }

  /**
   * Makes it, so that containers below it can have these controllers.
   *
   * @param needed without which it is refused
   * @param wished what is of use, too
   * @return all that they can have
   */
  abstract Set<Controller> prepare(Set<Controller> needed, Set<Controller> wished)
      throws RefusedException;

  /**
   * Takes back what handing on controllers took; the directory is gone. Whether nothing is left.
   */
  abstract boolean restore();

  /** Makes a directory on the way, if it is not there. */
  final void makeOnTheWay(Path path) throws RefusedException {
    if (!Files.isDirectory(path)) {
      record(Kind.PARENT, Set.of(), path);
      if (mkdir(path)) {
        madeOnTheWay.push(path);
      }
    }
  }

  /** Makes the runtime's own, if it is not there, and writes down what containers have in it. */
  final void makeOwn(Set<Controller> controllers) throws RefusedException {
    if (!recorded.containsAll(controllers)) {
      record(Kind.CONTAINERS, controllers, directory);
      recorded.addAll(controllers);
    }
    mkdir(directory);
  }

  final void record(Kind kind, Set<Controller> controllers, Path path) {
    ledger.add(new CgroupRecord(kind, hierarchy.version(), controllers, path));
  }

  /** Whether it was not there before. */
  private boolean mkdir(Path path) throws RefusedException {
    try {
      kernel.mkdir(path, MODE);
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EEXIST) {
        return false;
      }
      throw refused(e);
    }
  }

  final RefusedException refused(SyscallException e) {
    Optional<String> cure =
        switch (e.errno()) {
          case EACCES, EPERM, EROFS ->
              Optional.of(
                  hierarchy.version() == Version.V2
                      ? Cures.notDelegated(root)
                      : Cures.notDelegatedV1(root));
          case EAGAIN ->
              Optional.of("Raise cgroup.max.descendants or cgroup.max.depth of the cgroups above");
          case EOPNOTSUPP ->
              Optional.of("A cgroup whose cgroup.type is not domain has none for containers");
          case ENOENT -> Optional.of("Somebody has removed a cgroup above it");
          default -> Optional.empty();
        };
    return new RefusedException(String.valueOf(e.getMessage()), cure, e);
  }

  /** Removes it, which must be empty, and what was made on the way and is in nobody's use. */
  final boolean close() {
    boolean gone = rmdir(directory);
    while (!madeOnTheWay.isEmpty()) {
      gone &= rmdir(madeOnTheWay.pop());
    }
    return restore() && gone;
  }

  private boolean rmdir(Path path) {
    try {
      kernel.rmdir(path);
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return true;
      }
      LOG.debug("a cgroup stays", e); // above all EBUSY: another runtime uses it
      return false;
    }
  }
}
