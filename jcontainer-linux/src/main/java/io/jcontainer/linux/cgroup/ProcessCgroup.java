package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A cgroup of one further process below its container's, in one hierarchy: so that all that comes
 * from it can be found, whatever it does. It has no limits and is handed no controller, so all that
 * is limited and counted is still the container's. Safe for several threads.
 */
public final class ProcessCgroup {
  private static final int MODE = 0755;
  private static final String PREFIX = "exec-";

  private final Kernel kernel;
  private final List<CgroupDirectory> container;
  private final CgroupDirectory directory;

  private ProcessCgroup(Kernel kernel, List<CgroupDirectory> container, CgroupDirectory directory) {
    this.kernel = kernel;
    this.container = container;
    this.directory = directory;
  }

  /**
   * Makes it. Of v1 only in the hierarchy of the freezer or of pids: what is below a container's
   * cgroup of another one is a competitor of the container's, or is not counted with it.
   *
   * @param container the directories of the container's cgroups
   * @param id which no other process of that container has
   * @return empty if the container has no cgroup that it could be in
   * @throws ContainerException if it cannot be made
   */
  public static Optional<ProcessCgroup> make(
      Kernel kernel, List<CgroupDirectory> container, String id) {
    Optional<CgroupDirectory> above =
        CgroupDirectory.with(Controller.FREEZER, container)
            .or(() -> CgroupDirectory.with(Controller.PIDS, container));
    if (above.isEmpty()) {
      return Optional.empty();
    }
    Path path = above.get().path().resolve(PREFIX + id);
    try {
      kernel.mkdir(path, MODE);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty(); // the container has ended, as whoever starts the process finds out
      }
      throw new ContainerException(
          "a cgroup for a further process cannot be made: " + e.getMessage(), e);
    }
    return Optional.of(
        new ProcessCgroup(
            kernel,
            List.copyOf(container),
            new CgroupDirectory(above.get().version(), above.get().controllers(), path)));
  }

  /** Where the process is to be: the container's cgroups, and this one in place of that above. */
  public List<CgroupDirectory> directories() {
    return container.stream().map(each -> isAbove(each) ? directory : each).toList();
  }

  private boolean isAbove(CgroupDirectory other) {
    return other.path().equals(directory.path().getParent());
  }

  /**
   * Kills all that is in it. Where the container is frozen by v1, nothing in there dies until it is
   * thawed: then it is, for as long as these take to die, without running a moment themselves.
   *
   * @param patience how long to wait for the end of those that are killed one by one
   */
  public void kill(Duration patience) {
    Killer killer = new Killer(kernel, List.of(directory));
    Optional<Freezer> frozen = frozen();
    if (frozen.isEmpty()) {
      killer.kill(patience);
      return;
    }
    killer.signalAll();
    frozen.get().thaw();
    try {
      killer.kill(patience);
    } finally {
      frozen.get().freeze(patience);
    }
  }

  /** Whether nothing that is killed in it dies by itself: its container is frozen by v1. */
  public boolean isHeld() {
    return frozen().isPresent();
  }

  private Optional<Freezer> frozen() {
    return Freezer.of(kernel, container)
        .filter(each -> each instanceof FreezerV1 && each.isFrozen());
  }

  /**
   * Removes it, with what was made below it, if nobody is in there.
   *
   * @return whether it is gone; else it goes with the container
   */
  public boolean removeIfEmpty() {
    return Removal.removeTree(kernel, directory.path());
  }

  /** Removes it; what still runs in there is killed, and waited for. */
  public void remove() {
    Removal.remove(kernel, List.of(directory));
  }
}
