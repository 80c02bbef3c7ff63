package io.jcontainer.linux.process;

import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ExitStatus;
import io.jcontainer.Signal;
import io.jcontainer.Terminal;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A process in a container: a child of the JVM, and its streams. */
public class LinuxProcess implements ContainerProcess {
  final Child child;
  private final Streams streams;
  private final Signal stopSignal;
  private final String name;
  private final Held held;

  /** What must be there as long as this is used, such as the container that it is in. */
  @SuppressWarnings("UnusedVariable")
  private volatile @Nullable Object kept;

  /**
   * Takes over a child and its streams.
   *
   * @param name what it is called in messages
   */
  public LinuxProcess(Child child, Streams streams, Signal stopSignal, String name) {
    this.child = child;
    this.streams = streams;
    this.stopSignal = stopSignal;
    this.name = name;
    this.held = new Held(child, streams);
  }

  /** What the JVM holds of it. */
  public Held held() {
    return held;
  }

  /** Keeps something from being garbage as long as this is none. */
  void keep(Object other) {
    kept = other;
  }

  @Override
  public long pid() {
    return child.pid();
  }

  @Override
  public ContainerInput stdin() {
    return streams.stdin(this);
  }

  @Override
  public ContainerOutput stdout() {
    return streams.output(1, this);
  }

  @Override
  public ContainerOutput stderr() {
    return streams.output(2, this);
  }

  @Override
  public void resize(Terminal size) {
    streams.resize(size);
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
    } finally {
      Reference.reachabilityFence(this);
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
    } finally {
      Reference.reachabilityFence(this);
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
    return new ContainerInterruptedException("interrupted while waiting for " + name, e);
  }

  private static IllegalStateException failed(ExecutionException e) {
    return new IllegalStateException("somebody else has waited for the JVM's child", e.getCause());
  }

  @Override
  public CompletableFuture<ExitStatus> onExit() {
    // Whoever waits for the end is somebody who still needs this.
    return child
        .exit()
        .thenApply(
            exit -> {
              try {
                return exit;
              } finally {
                Reference.reachabilityFence(this);
              }
            });
  }

  @Override
  public void kill() {
    child.kill();
  }

  @Override
  public void signal(Signal signal) {
    child.signal(signal.number());
  }

  @Override
  public ExitStatus stop(Duration grace) {
    if (!grace.isNegative() && !grace.isZero()) {
      askToStop();
      Optional<ExitStatus> exit = waitFor(grace);
      if (exit.isPresent()) {
        return exit.get();
      }
    }
    kill();
    return waitFor();
  }

  void askToStop() {
    signal(stopSignal);
  }

  @Override
  public Process asProcess() {
    return new ProcessView(this);
  }

  @Override
  public void close() {
    held.close();
  }

  @Override
  public String toString() {
    return name;
  }
}
