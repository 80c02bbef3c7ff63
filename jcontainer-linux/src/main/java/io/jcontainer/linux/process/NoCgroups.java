package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerStats;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.linux.cgroup.CgroupDirectory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * Of a container whose spec has no limits: it is in the cgroups of its JVM, and what was done to
 * these would be done to the JVM.
 *
 * @param container for messages
 */
public record NoCgroups(String container) implements CgroupControl {

  private InvalidSpecException none() {
    return new InvalidSpecException(
        "limits",
        container
            + " has no cgroups of its own, for its spec has no limits: start it with some, or with"
            + " CgroupLimits.none()");
  }

  @Override
  public void update(CgroupLimits limits) {
    throw none();
  }

  @Override
  public ContainerStats stats() {
    throw none();
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    throw none();
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    throw none();
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    throw none();
  }

  @Override
  public void pause() {
    throw none();
  }

  @Override
  public void resume() {
    throw none();
  }

  @Override
  public boolean isPaused() {
    return false;
  }

  @Override
  public List<CgroupDirectory> directories() {
    return List.of();
  }

  @Override
  public List<String> unenforced() {
    return List.of();
  }
}
