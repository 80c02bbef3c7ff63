package io.jcontainer.linux.process;

import io.jcontainer.ContainerProcess;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.WriteLayer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
  WriteLayer writeLayer() {
    return container;
  }

  @Override
  public CgroupControl cgroups() {
    return container.cgroups();
  }
}
