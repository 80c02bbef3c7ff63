package io.jcontainer.linux.process;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import io.jcontainer.linux.cgroup.ProcessCgroup;
import java.time.Duration;
import java.util.List;

/** That of a further process in a container: what it and its init cannot be got away from. */
public final class GuestCgroup implements ChildGroup {
  /** A process that waits for a disk ends when that has answered. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final ProcessCgroup cgroup;
  private volatile boolean lost;

  /** Takes over a cgroup that nobody is in yet. */
  public GuestCgroup(ProcessCgroup cgroup) {
    this.cgroup = cgroup;
  }

  /** Where the process is to be, in each hierarchy. */
  public List<CgroupDirectory> directories() {
    return cgroup.directories();
  }

  @Override
  public void began(int pid) {}

  @Override
  public void beforeKill() {}

  @Override
  public boolean isHeld() {
    return cgroup.isHeld();
  }

  @Override
  public void killAll() {
    try {
      cgroup.kill(PATIENCE);
    } catch (ContainerGoneException e) {
      return; // and all that was in it
    }
  }

  /** The container stays frozen; but who loses its init ends with it. */
  @Override
  public void thaw() {
    if (isHeld()) {
      killAll();
    }
  }

  @Override
  public void lost() {
    lost = true;
  }

  @Override
  public ExitStatus atEnd(ExitStatus status) {
    return status;
  }

  /**
   * Removes it behind the end. What the command has left behind when it ended by itself stays; but
   * what is left when its init was killed did not want to end, and is killed.
   *
   * @return whether it is gone
   */
  public boolean end() {
    if (lost) {
      cgroup.remove();
      return true;
    }
    return cgroup.removeIfEmpty();
  }
}
