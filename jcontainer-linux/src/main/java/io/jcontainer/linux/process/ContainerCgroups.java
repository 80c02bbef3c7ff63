package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerStats;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import io.jcontainer.linux.cgroup.Freezer;
import io.jcontainer.linux.cgroup.Killer;
import io.jcontainer.linux.cgroup.Monitor;
import io.jcontainer.linux.sys.Kernel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;

/** The cgroups of a container that has some, whichever JVM has started it. */
abstract class ContainerCgroups implements CgroupControl {
  /** A process that waits for a disk is frozen, and ends, when that has answered. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Kernel kernel;
  private final String container;
  final Cgroup group;
  private final Optional<Freezer> freezer;

  ContainerCgroups(Kernel kernel, String container, Cgroup group) {
    this.kernel = kernel;
    this.container = container;
    this.group = group;
    this.freezer = Freezer.of(kernel, group.directories());
  }

  abstract Monitor monitor();

  /** Fails if the container has ended. */
  abstract void requireAlive();

  ContainerGoneException gone() {
    return new ContainerGoneException(container + " has ended");
  }

  @Override
  public void update(CgroupLimits limits) {
    requireAlive();
    group.update(limits);
  }

  @Override
  public ContainerStats stats() {
    return monitor().stats();
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    return monitor().stats(every);
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    return monitor().events();
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    return monitor().pressure(trigger);
  }

  @Override
  public void pause() {
    requireAlive();
    freezer().freeze(PATIENCE);
    monitor().frozen(true);
  }

  @Override
  public void resume() {
    requireAlive();
    freezer().thaw();
    monitor().frozen(false);
  }

  private Freezer freezer() {
    return freezer.orElseThrow(
        () ->
            new HostUnsupportedException(
                "to pause a container",
                container
                    + " is in no cgroup that can be frozen: the best effort was made, and this host"
                    + " has neither v2 nor the controller freezer for it",
                null));
  }

  @Override
  public boolean isPaused() {
    return freezer.isPresent() && freezer.get().isFrozen();
  }

  @Override
  public List<CgroupDirectory> directories() {
    return group.directories();
  }

  @Override
  public List<String> unenforced() {
    return group.unenforced();
  }

  /** Kills all that is in them, and waits a while for those that have to be killed one by one. */
  public void killAll() {
    if (!group.directories().isEmpty()) {
      new Killer(kernel, group.directories()).kill(PATIENCE);
    }
  }

  /** Lets go on what is frozen, if anything is, or is there. */
  public void thaw() {
    try {
      if (isPaused()) {
        freezer().thaw();
      }
    } catch (ContainerGoneException e) {
      return; // then there is nothing that could be frozen
    }
  }
}
