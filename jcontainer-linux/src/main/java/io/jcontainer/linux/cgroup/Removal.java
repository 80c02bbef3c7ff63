package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Removes the cgroups of a container that has ended, and all that it has made in them. */
final class Removal {
  /** A process that waits for a disk ends when that has answered. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** v1 tells nobody that a cgroup is empty. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Kernel kernel;
  private final long deadline = System.nanoTime() + PATIENCE.toNanos();

  private Removal(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Removes them. What still runs in there is killed.
   *
   * @throws ContainerException if something in there does not end
   */
  static void remove(Kernel kernel, List<CgroupDirectory> directories) {
    List<CgroupDirectory> busy = new ArrayList<>();
    for (CgroupDirectory directory : directories) {
      if (!rmdir(kernel, directory.path())) {
        busy.add(directory);
      }
    }
    if (!busy.isEmpty()) {
      new Removal(kernel).removeBusy(busy);
    }
  }

  private void removeBusy(List<CgroupDirectory> busy) {
    new Killer(kernel, busy).kill(PATIENCE);
    for (CgroupDirectory directory : busy) {
      while (!removeTree(kernel, directory.path())) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new ContainerException(
              "the cgroup %s cannot be removed: %s did not end within %d s of being killed"
                  .formatted(directory.path(), describe(directory.path()), PATIENCE.toSeconds()));
        }
        awaitChange(directory);
      }
    }
  }

  private void awaitChange(CgroupDirectory directory) {
    if (directory.version() == CgroupDirectory.Version.V1) {
      LockSupport.parkNanos(PAUSE_NANOS);
      return;
    }
    try {
      new EventsFile(kernel, directory.path()).await("populated 0", deadline);
    } catch (SyscallException e) {
      // Gone: a container is removed with all that is below, perhaps while that is removed, too.
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
        throw e;
      }
    }
  }

  /** Removes a cgroup and all below it that nobody is in; returns whether it is gone. */
  static boolean removeTree(Kernel kernel, Path directory) {
    boolean empty = true;
    for (Path child : children(directory)) {
      empty &= removeTree(kernel, child);
    }
    return empty && rmdir(kernel, directory);
  }

  /** The cgroups in one; none if it is gone. */
  static List<Path> children(Path cgroup) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(cgroup, Files::isDirectory)) {
      files.forEach(children::add);
    } catch (IOException e) {
      return List.of();
    }
    return children;
  }

  /** Whether it is gone; not if there are processes or cgroups in it. */
  private static boolean rmdir(Kernel kernel, Path directory) {
    try {
      kernel.rmdir(directory);
      return true;
    } catch (SyscallException e) {
      return switch (e.errno()) {
        case ENOENT -> true;
        case EBUSY, ENOTEMPTY -> false;
        default -> throw e;
      };
    }
  }

  /** The processes in there, wherever they are. */
  private static String describe(Path directory) {
    for (Path child : children(directory)) {
      String below = describe(child);
      if (!below.equals(Leaf.NOBODY)) {
        return below;
      }
    }
    return Leaf.describe(directory);
  }
}
