package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerStats;
import io.jcontainer.PressureTrigger;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;

/** A container of this runtime. */
final class OwnHandle extends AbstractHandle {
  private final LinuxContainer container;

  OwnHandle(LinuxContainer container) {
    this.container = container;
  }

  @Override
  public String id() {
    return container.id();
  }

  @Override
  public Optional<String> name() {
    return container.spec().name();
  }

  @Override
  public long pid() {
    return container.pid();
  }

  @Override
  public List<String> command() {
    return container.spec().command();
  }

  @Override
  public Instant startedAt() {
    return container.startedAt();
  }

  @Override
  public long ownerPid() {
    return ProcessHandle.current().pid();
  }

  @Override
  public boolean isAlive() {
    return container.isAlive();
  }

  @Override
  public void signal(Signal signal) {
    container.signal(signal);
  }

  @Override
  public void stop(Duration grace) {
    container.stop(grace);
  }

  @Override
  public void kill() {
    container.kill();
  }

  @Override
  public ContainerProcess exec(ProcessSpec process) {
    return container.exec(process);
  }

  @Override
  public void copyTo(Path source, String target) {
    container.copyTo(source, target);
  }

  @Override
  public void copyFrom(String source, Path target) {
    container.copyFrom(source, target);
  }

  @Override
  public void update(CgroupLimits limits) {
    container.update(limits);
  }

  @Override
  public ContainerStats stats() {
    return container.stats();
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    return container.stats(every);
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    return container.events();
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    return container.pressure(trigger);
  }

  @Override
  public void pause() {
    container.pause();
  }

  @Override
  public void resume() {
    container.resume();
  }

  @Override
  public boolean isPaused() {
    return container.isPaused();
  }

  @Override
  public List<String> unenforced() {
    return container.unenforced();
  }
}
