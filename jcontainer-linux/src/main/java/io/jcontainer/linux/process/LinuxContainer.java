package io.jcontainer.linux.process;

import io.jcontainer.Container;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A started container: its first process and its streams. */
public final class LinuxContainer implements Container {
  private static final int O_RDONLY = 0;

  private final String id;
  private final ContainerSpec spec;
  private final UserPlacement user;
  private final Child child;
  private final Streams streams;
  private final Set<LinuxContainer> alive;

  /**
   * Takes over a child and its streams.
   *
   * @param alive where it is listed until it is closed
   */
  public LinuxContainer(
      String id,
      ContainerSpec spec,
      UserPlacement user,
      Child child,
      Streams streams,
      Watcher watcher,
      Set<LinuxContainer> alive) {
    this.id = id;
    this.spec = spec;
    this.user = user;
    this.child = child;
    this.streams = streams;
    this.alive = alive;
    alive.add(this);
    spec.timeout().ifPresent(time -> watcher.killAfter(child, time));
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public ContainerSpec spec() {
    return spec;
  }

  /** Which user namespace it is in. */
  public UserPlacement user() {
    return user;
  }

  @Override
  public long pid() {
    return child.pid();
  }

  /** A pidfd of its first process, of the caller's own. */
  public Fd duplicatePidfd() {
    return child.whileThere(pidfd -> pidfd.duplicate(0));
  }

  /** Opens the file of its user namespace. */
  public Fd openUserNamespace(Kernel kernel) {
    return child.whileThere(pidfd -> kernel.open("/proc/" + child.pid() + "/ns/user", O_RDONLY));
  }

  @Override
  public ContainerInput stdin() {
    return streams.stdin();
  }

  @Override
  public ContainerOutput stdout() {
    return streams.output(1);
  }

  @Override
  public ContainerOutput stderr() {
    return streams.output(2);
  }

  @Override
  public boolean isAlive() {
    return !child.exit().isDone();
  }

  @Override
  public ExitStatus waitFor() {
    try {
      return child.exit().get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  @Override
  public Optional<ExitStatus> waitFor(Duration atMost) {
    try {
      return Optional.of(child.exit().get(nanos(atMost), TimeUnit.NANOSECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private static long nanos(Duration time) {
    if (time.isNegative()) {
      return 0;
    }
    return time.compareTo(Duration.ofNanos(Long.MAX_VALUE)) >= 0 ? Long.MAX_VALUE : time.toNanos();
  }

  private ContainerInterruptedException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ContainerInterruptedException("interrupted while waiting for container " + id, e);
  }

  private static IllegalStateException failed(ExecutionException e) {
    return new IllegalStateException("somebody else has waited for the JVM's child", e.getCause());
  }

  @Override
  public CompletableFuture<ExitStatus> onExit() {
    return child.exit().copy();
  }

  @Override
  public void kill() {
    child.kill();
  }

  @Override
  public void close() {
    child.kill();
    try {
      child.exit().handle((status, failure) -> 0).join();
    } finally {
      alive.remove(this);
      streams.close();
    }
  }

  @Override
  public String toString() {
    return "container " + id + " " + spec.command();
  }
}
