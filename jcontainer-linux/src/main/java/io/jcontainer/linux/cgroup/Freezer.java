package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Stops all processes of a cgroup and of those below it, and lets them go on: without a signal that
 * they could notice. May be called from any thread; who freezes while another thaws gets either.
 */
public abstract class Freezer {
  final Kernel kernel;
  final Path directory;

  Freezer(Kernel kernel, Path directory) {
    this.kernel = kernel;
    this.directory = directory;
  }

  /** That of a container with these directories; empty if none of them can freeze. */
  public static Optional<Freezer> of(Kernel kernel, List<CgroupDirectory> directories) {
    return CgroupDirectory.with(Controller.FREEZER, directories)
        .map(
            each ->
                switch (each.version()) {
                  case V1 -> new FreezerV1(kernel, each.path());
                  case V2 -> new FreezerV2(kernel, each.path());
                });
  }

  /**
   * Freezes, and returns when nothing of it runs any more.
   *
   * @param patience how long that may take: a process that waits for a disk cannot be frozen
   * @throws ContainerException if it takes longer; then it is thawed again
   * @throws ContainerGoneException if the cgroup is gone
   */
  public final void freeze(Duration patience) {
    try {
      ask(true);
      long deadline = System.nanoTime() + patience.toNanos();
      if (!awaitFrozen(deadline)) {
        String state = state();
        ask(false);
        throw new ContainerException(
            "not all of %s was frozen within %d ms, so it was thawed again: %s"
                .formatted(directory, patience.toMillis(), state));
      }
    } catch (SyscallException e) {
      throw goneOr(e);
    }
  }

  /**
   * Lets it go on.
   *
   * @throws ContainerGoneException if the cgroup is gone
   */
  public final void thaw() {
    try {
      ask(false);
    } catch (SyscallException e) {
      throw goneOr(e);
    }
  }

  /** Whether it is to be frozen: from {@link #freeze} until {@link #thaw}. */
  public abstract boolean isFrozen();

  /** Begins to freeze or thaw, without waiting for it. */
  abstract void ask(boolean frozen);

  /** Whether all is frozen, before System.nanoTime() has come to the deadline. */
  abstract boolean awaitFrozen(long deadline);

  /** What the kernel says about it now. */
  abstract String state();

  /** Removed cgroups are ENOENT, and ENODEV to who has opened their files before. */
  private RuntimeException goneOr(SyscallException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV
        ? new ContainerGoneException("the cgroup " + directory + " is gone: " + e.getMessage())
        : e;
  }
}
