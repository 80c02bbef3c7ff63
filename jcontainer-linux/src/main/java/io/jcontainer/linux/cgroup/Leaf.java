package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroup of v2 that the JVM is moved to, so that the one above it can hand on controllers. What
 * the JVM has started is moved along.
 */
final class Leaf {
  static final String PROCS = "cgroup.procs";

  /** What {@link #describe(Path)} says of a cgroup without processes. */
  static final String NOBODY = "nobody now";

  private static final Logger LOG = LoggerFactory.getLogger(Leaf.class);
  private static final String PREFIX = "jcontainer-jvm-";

  /** How often is looked for processes that were started meanwhile. */
  private static final int ROUNDS = 100;

  /** Of all runtimes of this JVM. */
  private static final Object LOCK = new Object();

  private final Kernel kernel;
  private final Path home;
  private final Path path;

  /** Below this cgroup. */
  Leaf(Kernel kernel, Path home) {
    this.kernel = kernel;
    this.home = home;
    this.path = home.resolve(name());
  }

  private static String name() {
    return PREFIX + ProcessHandle.current().pid();
  }

  /** The cgroup that a JVM in this one began in: the one above, if another runtime has moved it. */
  static Path home(Path own) {
    return own.endsWith(name()) ? own.resolveSibling(".").normalize() : own;
  }

  /** Where it is, or will be. */
  Path path() {
    return path;
  }

  /** Moves all that is above it into it. */
  void enter() throws RefusedException {
    synchronized (LOCK) {
      requireOwnOnly();
      try {
        mkdir();
        for (int round = 0; !members(home).isEmpty(); round++) {
          if (round == ROUNDS) {
            throw new RefusedException(
                "new processes come into %s all the time: %s".formatted(home, describe(home)),
                Optional.empty(),
                null);
          }
          requireOwnOnly();
          members(home).forEach(pid -> move(pid, path));
        }
      } catch (RefusedException e) {
        leave();
        throw e;
      } catch (SyscallException e) {
        leave();
        throw new RefusedException(
            "this JVM cannot be moved to a leaf of its cgroup: " + e.getMessage(),
            Optional.empty(),
            e);
      }
    }
  }

  private void mkdir() {
    try {
      kernel.mkdir(path, 0755);
    } catch (SyscallException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
  }

  private void requireOwnOnly() throws RefusedException {
    String others =
        members(home).stream()
            .filter(pid -> !isOurs(pid))
            .map(Leaf::describe)
            .collect(Collectors.joining(", "));
    if (!others.isEmpty()) {
      throw new RefusedException(
          "beside this JVM there is %s in its cgroup %s, which is not moved"
              .formatted(others, home),
          Cures.processesInTheWay(kernel.effectiveUserId() == 0, true),
          null);
    }
  }

  /** This JVM, or what it has started. */
  private static boolean isOurs(long pid) {
    long self = ProcessHandle.current().pid();
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    for (int depth = 0; process.isPresent() && depth < ROUNDS; depth++) {
      if (process.get().pid() == self) {
        return true;
      }
      process = process.get().parent();
    }
    return false;
  }

  private void move(long pid, Path target) {
    try {
      kernel.writeFile(target.resolve(PROCS), String.valueOf(pid));
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) { // it has ended
        throw e;
      }
    }
  }

  /**
   * Moves all back and removes the leaf, unless another runtime of this JVM needs it: it is the
   * last cgroup below its home then.
   *
   * @return whether there is no leaf any more
   */
  boolean leave() {
    synchronized (LOCK) {
      return leave(kernel, path);
    }
  }

  /** The same for one that a dead JVM has left. */
  static boolean leave(Kernel kernel, Path leaf) {
    Path home = leaf.getParent();
    if (home != null && Removal.children(home).equals(List.of(leaf))) {
      leave(kernel, home, leaf);
    }
    return !Files.isDirectory(leaf);
  }

  private static void leave(Kernel kernel, Path home, Path leaf) {
    try {
      String words =
          KernelFile.words(home.resolve(RuntimeDirectoryV2.SUBTREE)).stream()
              .map(word -> "-" + word)
              .collect(Collectors.joining(" "));
      if (!words.isEmpty()) {
        kernel.writeFile(home.resolve(RuntimeDirectoryV2.SUBTREE), words);
      }
      Leaf back = new Leaf(kernel, home);
      for (int round = 0; round < ROUNDS && !members(leaf).isEmpty(); round++) {
        members(leaf).forEach(pid -> back.move(pid, home));
      }
      kernel.rmdir(leaf);
    } catch (SyscallException e) {
      LOG.debug("the cgroup {} stays", leaf, e); // somebody else has come to use what is around it
    }
  }

  static boolean hasProcesses(Path cgroup) {
    return !members(cgroup).isEmpty();
  }

  private static List<Long> members(Path cgroup) {
    List<Long> pids = new ArrayList<>();
    KernelFile.read(cgroup.resolve(PROCS))
        .ifPresent(text -> text.lines().map(Long::valueOf).forEach(pids::add));
    return pids;
  }

  /** The processes of a cgroup, as errors name them. */
  static String describe(Path cgroup) {
    List<Long> pids = members(cgroup);
    String some = pids.stream().limit(5).map(Leaf::describe).collect(Collectors.joining(", "));
    return pids.isEmpty() ? NOBODY : some + (pids.size() > 5 ? ", ..." : "");
  }

  /** One of another pid namespace has the number 0 here. */
  private static String describe(long pid) {
    return pid == 0
        ? "a process of another pid namespace"
        : KernelFile.read(Path.of("/proc", String.valueOf(pid), "comm"))
            .map(name -> pid + " (" + name + ")")
            .orElse(String.valueOf(pid));
  }
}
