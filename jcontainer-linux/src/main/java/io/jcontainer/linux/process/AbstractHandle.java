package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerStats;
import io.jcontainer.Image;
import io.jcontainer.PressureTrigger;
import io.jcontainer.WriteLayer;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;

/** Two handles of the same container are equal. */
abstract class AbstractHandle implements ContainerHandle {

  /** What its cgroups are good for. */
  public abstract CgroupControl cgroups();

  /** What it has written. */
  abstract WriteLayer writeLayer();

  @Override
  public final void update(CgroupLimits limits) {
    cgroups().update(limits);
  }

  @Override
  public final ContainerStats stats() {
    return cgroups().stats();
  }

  @Override
  public final Flow.Publisher<ContainerStats> stats(Duration every) {
    return cgroups().stats(every);
  }

  @Override
  public final Flow.Publisher<ContainerEvent> events() {
    return cgroups().events();
  }

  @Override
  public final Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    return cgroups().pressure(trigger);
  }

  @Override
  public final void pause() {
    cgroups().pause();
  }

  @Override
  public final void resume() {
    cgroups().resume();
  }

  @Override
  public final boolean isPaused() {
    return cgroups().isPaused();
  }

  @Override
  public final List<String> unenforced() {
    return cgroups().unenforced();
  }

  @Override
  public final List<Change> changes() {
    return writeLayer().changes();
  }

  @Override
  public final void diff(OutputStream layer) {
    writeLayer().diff(layer);
  }

  @Override
  public final Image commit(CommitOptions options) {
    return writeLayer().commit(options);
  }

  @Override
  public final void export(OutputStream tar) {
    writeLayer().export(tar);
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof AbstractHandle handle && handle.id().equals(id());
  }

  @Override
  public final int hashCode() {
    return id().hashCode();
  }

  @Override
  public String toString() {
    return "container " + id() + " " + command();
  }
}
