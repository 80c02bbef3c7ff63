package io.jcontainer.cli;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerStats;
import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.User;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;

/** A container that runs, and ends when all that it can tell was told. */
final class FakeHandle implements ContainerHandle {
  private final String id;
  private final String name;
  private final boolean counted;
  private final Deque<ContainerStats> stats;
  private final List<ContainerEvent> events = new ArrayList<>();
  final List<CgroupLimits> updates = new ArrayList<>();
  List<String> unenforced = List.of();
  List<Change> changes = List.of();
  long pid = 4711;
  boolean paused;
  boolean wasPaused;
  String committed = "";
  final List<CommitOptions> commits = new ArrayList<>();

  private FakeHandle(String id, String name, boolean counted, ContainerStats... stats) {
    this.id = id;
    this.name = name;
    this.counted = counted;
    this.stats = new ArrayDeque<>(Arrays.asList(stats));
  }

  /** One that uses this, round by round. */
  static FakeHandle of(String id, String name, ContainerStats... stats) {
    return new FakeHandle(id, name, true, stats);
  }

  /** One without limits in its spec. */
  static FakeHandle uncounted(String id, String name) {
    return new FakeHandle(id, name, false);
  }

  FakeHandle tells(ContainerEvent... all) {
    events.addAll(List.of(all));
    return this;
  }

  private void requireCgroups() {
    if (!counted) {
      throw new InvalidSpecException("limits", "container " + id + " has no cgroups of its own");
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Optional<String> name() {
    return Optional.of(name);
  }

  @Override
  public long pid() {
    return pid;
  }

  @Override
  public List<String> command() {
    return List.of("sleep", "\033[31minf");
  }

  @Override
  public Instant startedAt() {
    return Instant.now().minusSeconds(61);
  }

  @Override
  public long ownerPid() {
    return 42;
  }

  @Override
  public boolean isAlive() {
    return true;
  }

  @Override
  public ContainerStats stats() {
    requireCgroups();
    if (stats.isEmpty()) {
      throw new ContainerGoneException("container " + id + " has ended");
    }
    return stats.pop();
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    requireCgroups();
    SubmissionPublisher<ContainerEvent> publisher =
        new SubmissionPublisher<>(Runnable::run, Flow.defaultBufferSize());
    return subscriber -> {
      publisher.subscribe(subscriber);
      events.forEach(publisher::submit);
      publisher.close();
    };
  }

  @Override
  public void update(CgroupLimits limits) {
    requireCgroups();
    updates.add(limits);
  }

  @Override
  public void pause() {
    requireCgroups();
    paused = true;
  }

  @Override
  public void resume() {
    requireCgroups();
    paused = false;
  }

  @Override
  public boolean isPaused() {
    return paused;
  }

  @Override
  public List<String> unenforced() {
    return unenforced;
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void signal(Signal signal) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void stop(Duration grace) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void kill() {
    throw new UnsupportedOperationException();
  }

  @Override
  public ContainerProcess exec(ProcessSpec process) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copyTo(Path source, String target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copyFrom(String source, Path target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Change> changes() {
    return changes;
  }

  @Override
  public void diff(OutputStream layer) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Image commit(CommitOptions options) {
    commits.add(options);
    wasPaused |= paused;
    return new Image(
        options.name(),
        committed,
        Map.of(),
        List.of(),
        List.of(),
        User.root(),
        "/",
        Set.of(),
        Set.of(),
        Optional.empty(),
        Map.of());
  }

  @Override
  public void export(OutputStream tar) {
    try {
      tar.write("a tar".getBytes(StandardCharsets.UTF_8));
      tar.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
