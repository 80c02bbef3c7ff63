package io.jcontainer.linux.process;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.CgroupEntrance;
import io.jcontainer.linux.cgroup.Monitor;
import io.jcontainer.linux.cgroup.Monitors;
import io.jcontainer.linux.sys.Kernel;
import org.jspecify.annotations.Nullable;

/** Those of a container that this JVM has started: made before it, and removed behind its end. */
public final class OwnCgroups extends ContainerCgroups implements ChildGroup {
  private final Monitors monitors;
  private final boolean ownNetwork;
  private volatile @Nullable Monitor monitor;
  private volatile boolean over;

  /**
   * Takes over cgroups that nobody is in yet.
   *
   * @param container for messages
   * @param ownNetwork whether it has a network namespace of its own
   */
  public OwnCgroups(
      Kernel kernel, String container, Cgroup group, Monitors monitors, boolean ownNetwork) {
    super(kernel, container, group);
    this.monitors = monitors;
    this.ownNetwork = ownNetwork;
  }

  /** Open for the first process to come in, as {@link Cgroup#entrance}. */
  public CgroupEntrance entrance(boolean clone, int first) {
    return group.entrance(clone, first);
  }

  /** Whether there is none that the container could be in: the best effort was made, in vain. */
  public boolean isEmpty() {
    return group.directories().isEmpty();
  }

  @Override
  public void began(int pid) {
    monitor = monitors.of(group.directories(), pid, ownNetwork);
  }

  @Override
  Monitor monitor() {
    Monitor begun = monitor;
    if (begun == null) {
      throw new IllegalStateException("the container has not begun");
    }
    return begun;
  }

  @Override
  void requireAlive() {
    if (over) {
      throw gone();
    }
  }

  @Override
  public void beforeKill() {
    monitor().beforeKill();
  }

  /** All of them can be thawed. */
  @Override
  public boolean isHeld() {
    return false;
  }

  /** Whoever has killed the init, the container's end is its own. */
  @Override
  public void lost() {}

  @Override
  public ExitStatus atEnd(ExitStatus status) {
    over = true;
    return monitor().atEnd(status);
  }

  /** What they were is read for the last time; whoever is left in them is killed, and they go. */
  public void remove() {
    over = true;
    Monitor begun = monitor;
    if (begun != null) {
      begun.ended();
    }
    group.remove();
  }

  /** Whether it is paused, as long as it has not ended. */
  @Override
  public boolean isPaused() {
    try {
      return !over && super.isPaused();
    } catch (ContainerGoneException e) {
      return false;
    }
  }
}
