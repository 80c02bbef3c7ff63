package io.jcontainer.linux.process;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.Image;
import io.jcontainer.PressureTrigger;
import io.jcontainer.ProcessSpec;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.state.ContainerRecord;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Flow;

/** A started container: its first process, and those that have joined it. */
public final class LinuxContainer extends LinuxProcess implements Container, Joinable {
  private static final int O_RDONLY = 0;

  private final String id;
  private final LaunchRequest request;
  private final Guests guests;
  private final CgroupControl cgroups;
  private final Instant startedAt = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  /**
   * Takes over a child and its streams.
   *
   * @param request what it was made of
   * @param cgroups its own, {@link NoCgroups} if it has none
   */
  public LinuxContainer(
      LaunchRequest request,
      String id,
      Child child,
      Streams streams,
      Guests guests,
      CgroupControl cgroups) {
    super(
        child,
        streams,
        request.spec().stopSignal(),
        "container " + id + " " + request.spec().command());
    this.id = id;
    this.request = request;
    this.guests = guests;
    this.cgroups = cgroups;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public ContainerSpec spec() {
    return request.spec();
  }

  /** What it was made of. */
  public LaunchRequest request() {
    return request;
  }

  /** Which user namespace it is in. */
  public UserPlacement user() {
    return request.user();
  }

  /** The HOME of its processes, if nothing else is said. */
  public String home() {
    return request.process().home();
  }

  /** The kinds of namespaces that are its own, and not the JVM's. */
  public Set<Kind> namespaces() {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Kind kind : Kind.values()) {
      if (kind == Kind.USER ? !request.entersUser(Order.NEVER) : !request.shared(kind)) {
        kinds.add(kind);
      }
    }
    return kinds;
  }

  Instant startedAt() {
    return startedAt;
  }

  /**
   * What others need to know of it.
   *
   * @param owner the JVM
   * @return empty if it has ended
   */
  public Optional<ContainerRecord> record(int owner) {
    OptionalLong startTime = child.startTime();
    return startTime.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new ContainerRecord(
                id,
                spec().name(),
                owner,
                child.pid(),
                startTime.getAsLong(),
                startedAt,
                spec().stopSignal(),
                spec().init(),
                child.kin() == Child.Kin.DESCENDANTS,
                home(),
                spec().command()));
  }

  /** Keeps something until its end has been taken, and gives it back before that is told. */
  public void hold(Runnable giveBack) {
    child.hold(giveBack);
  }

  /**
   * The process by which it is joined.
   *
   * @throws io.jcontainer.ContainerGoneException if it has ended
   */
  public int doorPid() {
    return child.whileThere(pidfd -> Door.pid(child.pid(), spec().init(), this));
  }

  @Override
  public CgroupControl cgroups() {
    return cgroups;
  }

  /** It may have something to do when it is asked to stop, and cannot while it is paused. */
  @Override
  void askToStop() {
    super.askToStop();
    if (isPaused()) {
      resume();
    }
  }

  @Override
  public Joining join(Kernel kernel) {
    Fd door =
        child.whileThere(
            pidfd -> Door.open(kernel, child.pid(), pidfd, spec().init(), this).pidfd());
    return new Joining(
        door,
        id,
        user(),
        home(),
        namespaces(),
        spec().process().capabilities().granted(),
        spec().stopSignal());
  }

  /** Opens the file of its user namespace. */
  public Fd openUserNamespace(Kernel kernel) {
    return child.whileThere(
        pidfd -> {
          Door door = Door.open(kernel, child.pid(), pidfd, spec().init(), this);
          try (Fd held = door.pidfd()) {
            return kernel.open("/proc/" + door.pid() + "/ns/user", O_RDONLY);
          }
        });
  }

  @Override
  public ContainerHandle toHandle() {
    return new OwnHandle(this);
  }

  @Override
  public ContainerProcess exec(ProcessSpec process) {
    LinuxProcess started = guests.exec(this, process);
    held().add(started.held()); // in a shared pid namespace it would go on
    started.keep(this);
    return started;
  }

  @Override
  public void copyTo(Path source, String target) {
    try {
      guests.copyTo(this, source, target);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void copyFrom(String source, Path target) {
    try {
      guests.copyFrom(this, source, target);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public List<Change> changes() {
    try {
      return guests.writeLayer(this).changes();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void diff(OutputStream layer) {
    try {
      guests.writeLayer(this).diff(layer);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Image commit(CommitOptions options) {
    try {
      return guests.writeLayer(this).commit(options);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void export(OutputStream tar) {
    try {
      guests.writeLayer(this).export(tar);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void update(CgroupLimits limits) {
    cgroups.update(limits);
  }

  @Override
  public ContainerStats stats() {
    return cgroups.stats();
  }

  @Override
  public Flow.Publisher<ContainerStats> stats(Duration every) {
    return cgroups.stats(every);
  }

  @Override
  public Flow.Publisher<ContainerEvent> events() {
    return cgroups.events();
  }

  @Override
  public Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger) {
    return cgroups.pressure(trigger);
  }

  @Override
  public void pause() {
    cgroups.pause();
  }

  @Override
  public void resume() {
    cgroups.resume();
  }

  @Override
  public boolean isPaused() {
    return cgroups.isPaused();
  }

  @Override
  public List<String> unenforced() {
    return cgroups.unenforced();
  }
}
