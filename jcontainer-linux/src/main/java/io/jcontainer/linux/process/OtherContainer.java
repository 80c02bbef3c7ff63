package io.jcontainer.linux.process;

import com.google.common.base.Suppliers;
import io.jcontainer.Capability;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.state.ContainerRecord;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A container of another runtime. Nothing of it is kept open: whatever is done to it begins with a
 * pidfd that is sure to be its first process.
 */
public final class OtherContainer extends AbstractHandle implements Joinable {
  private static final int SIGKILL = 9;

  /** How often a thread that waits looks whether it was interrupted. */
  private static final int SLICE_MILLIS = 100;

  private final Kernel kernel;
  private final int uid;
  private final ContainerRecord record;
  private final Guests guests;
  private final Supplier<CgroupControl> cgroups;

  /**
   * From its record.
   *
   * @param uid the JVM's user
   * @param guests does what is to be done inside
   * @param cgroups finds those of the container: {@link NoCgroups} if it has none
   */
  public OtherContainer(
      Kernel kernel,
      int uid,
      ContainerRecord record,
      Guests guests,
      Supplier<CgroupControl> cgroups) {
    this.kernel = kernel;
    this.uid = uid;
    this.record = record;
    this.guests = guests;
    this.cgroups = Suppliers.memoize(cgroups::get);
  }

  @Override
  public String id() {
    return record.id();
  }

  @Override
  public Optional<String> name() {
    return record.name();
  }

  @Override
  public long pid() {
    return record.pid();
  }

  @Override
  public List<String> command() {
    return record.command();
  }

  @Override
  public Instant startedAt() {
    return record.startedAt();
  }

  @Override
  public long ownerPid() {
    return record.owner();
  }

  private Optional<Fd> open() {
    return RunningProcess.open(kernel, record.pid(), record.startTime());
  }

  @Override
  public boolean isAlive() {
    Optional<Fd> process = open();
    process.ifPresent(Fd::close);
    return process.isPresent();
  }

  @Override
  public void signal(Signal signal) {
    open()
        .ifPresent(
            process -> {
              try (process) {
                kernel.signal(process, signal.number());
              }
            });
  }

  @Override
  public void kill() {
    open()
        .ifPresent(
            process -> {
              try (process) {
                kill(process);
              }
            });
  }

  private void kill(Fd process) {
    if (record.reaper()) {
      new ProcessTree(kernel).kill(record.pid(), process);
    } else {
      kernel.signal(process, SIGKILL);
    }
    if (cgroups() instanceof OtherCgroups own) {
      own.killAll(); // which also thaws it
    }
  }

  @Override
  public void stop(Duration grace) {
    open()
        .ifPresent(
            process -> {
              try (process) {
                if (!grace.isNegative() && !grace.isZero()) {
                  kernel.signal(process, record.stopSignal().number());
                  if (isPaused()) {
                    resume();
                  }
                  if (awaitEnd(process, grace)) {
                    return;
                  }
                }
                kill(process);
                awaitEnd(process, Duration.ofMillis(Long.MAX_VALUE));
              }
            });
  }

  private boolean awaitEnd(Fd process, Duration atMost) {
    long start = System.nanoTime();
    while (true) {
      if (Thread.currentThread().isInterrupted()) {
        throw new ContainerInterruptedException(
            "interrupted while waiting for " + this, new InterruptedException());
      }
      Duration left = atMost.minusNanos(System.nanoTime() - start);
      long millis =
          left.isNegative() ? 0 : Math.min(SLICE_MILLIS, left.plusNanos(999_999).toMillis());
      if (RunningProcess.hasEnded(kernel, process, (int) millis)) {
        return true;
      }
      if (millis == 0) {
        return false;
      }
    }
  }

  @Override
  public ContainerProcess exec(ProcessSpec process) {
    LinuxProcess started = guests.exec(this, process);
    started.keep(this);
    return started;
  }

  @Override
  public void copyTo(Path source, String target) {
    guests.copyTo(this, source, target);
  }

  @Override
  public void copyFrom(String source, Path target) {
    guests.copyFrom(this, source, target);
  }

  @Override
  WriteLayer writeLayer() {
    return guests.writeLayer(this);
  }

  @Override
  public CgroupControl cgroups() {
    return cgroups.get();
  }

  /** What the record does not say, the kernel does. */
  @Override
  public Joining join(Kernel kernel) {
    try (Fd first = open().orElseThrow(() -> Door.gone(this))) {
      Door door = Door.open(kernel, record.pid(), first, record.init(), this);
      try {
        Set<Kind> namespaces = namespaces(door.pid());
        UserPlacement user = user(door.pid(), namespaces);
        Set<Capability> capabilities = BoundingSet.of(door.pid());
        if (RunningProcess.hasEnded(kernel, door.pidfd(), 0)) {
          throw Door.gone(this); // and its number may have come to mean another
        }
        return new Joining(
            door.pidfd(), id(), user, record.home(), namespaces, capabilities, record.stopSignal());
      } catch (RuntimeException | Error e) {
        door.pidfd().close();
        throw e;
      }
    }
  }

  private Set<Kind> namespaces(int pid) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (Kind kind : Kind.values()) {
      try {
        if (!namespace(Integer.toString(pid), kind).equals(namespace("self", kind))) {
          kinds.add(kind);
        }
      } catch (NoSuchFileException e) {
        // The kernel has none of this kind, or the process has ended, which is found out later.
      } catch (IOException e) {
        throw new ContainerException(
            "the " + kind.file() + " namespace of " + this + " cannot be looked at: " + e, e);
      }
    }
    return kinds;
  }

  private static Path namespace(String process, Kind kind) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc", process, "ns", kind.file()));
  }

  private UserPlacement user(int pid, Set<Kind> namespaces) {
    return namespaces.contains(Kind.USER)
        ? new UserPlacement(
            uid == 0 ? Order.LAST : Order.FIRST, IdMaps.read(pid), IdMaps.groupsDenied(pid))
        : UserPlacement.none();
  }
}
