package io.jcontainer.cli;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import io.jcontainer.Image;
import io.jcontainer.PressureTrigger;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.Terminal;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** A container that has ended the moment it starts. */
final class FakeContainer implements Container {
  private final ContainerSpec spec;
  private final ExitStatus exit;
  private final List<String> unenforced;
  boolean closed;

  FakeContainer(ContainerSpec spec, ExitStatus exit, List<String> unenforced) {
    this.spec = spec;
    this.exit = exit;
    this.unenforced = unenforced;
  }

  @Override
  public String id() {
    return "0123456789ab";
  }

  @Override
  public ContainerSpec spec() {
    return spec;
  }

  @Override
  public long pid() {
    return 1;
  }

  @Override
  public ContainerInput stdin() {
    throw new IllegalStateException("inherited");
  }

  @Override
  public ContainerOutput stdout() {
    throw new IllegalStateException("inherited");
  }

  @Override
  public ContainerOutput stderr() {
    throw new IllegalStateException("inherited");
  }

  @Override
  public void resize(Terminal size) {
    throw new IllegalStateException("inherited");
  }

  @Override
  public boolean isAlive() {
    return false;
  }

  @Override
  public ExitStatus waitFor() {
    return exit;
  }

  @Override
  public Optional<ExitStatus> waitFor(Duration atMost) {
    return Optional.of(exit);
  }

  @Override
  public CompletableFuture<ExitStatus> onExit() {
    return CompletableFuture.completedFuture(exit);
  }

  @Override
  public void signal(Signal signal) {}

  @Override
  public ExitStatus stop(Duration grace) {
    return exit;
  }

  @Override
  public void kill() {}

  @Override
  public Process asProcess() {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public ContainerHandle toHandle() {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public ContainerProcess exec(ProcessSpec process) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public void copyTo(Path source, String target) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public void copyFrom(String source, Path target) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public List<Change> changes() {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public void diff(OutputStream layer) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public Image commit(CommitOptions options) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public void export(OutputStream tar) {
    throw new UnsupportedOperationException("a fake");
  }

  @Override
  public void close() {
    closed = true;
  }

  @Override
  public void update(CgroupLimits limits) {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public ContainerStats stats() {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public void pause() {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public void resume() {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public boolean isPaused() {
    throw new UnsupportedOperationException("not by this command");
  }

  @Override
  public List<String> unenforced() {
    return unenforced;
  }
}
