package io.jcontainer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A started container. It feels like a {@link Process}: streams, {@link #onExit()}, {@link
 * #waitFor()}, {@link #kill()}. All methods may be called from any thread.
 *
 * <p>A container dies with its JVM, also when that is killed: its first process has the kernel's
 * parent-death signal, PR_SET_PDEATHSIG. The kernel takes that from a process that changes its user
 * or group, such as {@code su} and {@code setpriv} do, or that asks for it; such a container
 * outlives a JVM that is killed. {@link #close()} leaves nothing of any.
 *
 * @since 0.1.0
 */
public interface Container extends AutoCloseable {

  /**
   * What names this container: twelve hexadecimal digits, chosen at random.
   *
   * @return the id
   */
  String id();

  /**
   * What was started.
   *
   * @return the spec
   */
  ContainerSpec spec();

  /**
   * The number of its first process, as the JVM sees it. Another process may get it after this one
   * has ended.
   *
   * @return the process number
   */
  long pid();

  /**
   * Where the command reads from. Closing it gives the command an end of file. Writing waits while
   * the pipe is full, until this stream is closed; an interrupt does nothing to it. Once nobody can
   * read any more, it fails with an {@link java.io.IOException}.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ContainerSpec#stdin()} is not {@link Stdio#PIPE}
   */
  ContainerInput stdin();

  /**
   * What the command writes. It ends when the last process that holds the other end has ended.
   * Reading waits until there is something, or until this stream is closed; an interrupt does
   * nothing to it.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ContainerSpec#stdout()} is not {@link Stdio#PIPE}
   */
  ContainerOutput stdout();

  /**
   * What the command writes as its errors.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ContainerSpec#stderr()} is not {@link Stdio#PIPE}
   */
  ContainerOutput stderr();

  /**
   * Whether the first process has not ended yet.
   *
   * @return true if it runs
   */
  boolean isAlive();

  /**
   * Waits until the first process has ended.
   *
   * @return how it ended
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  ExitStatus waitFor();

  /**
   * Waits until the first process has ended, but not longer than this.
   *
   * @param atMost how long
   * @return how it ended, or empty if it still runs
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  Optional<ExitStatus> waitFor(Duration atMost);

  /**
   * Is completed when the first process has ended. What depends on it without an executor of its
   * own runs in one of the runtime's threads and must not block.
   *
   * @return a future of the caller's own; cancelling it does nothing to the container
   */
  CompletableFuture<ExitStatus> onExit();

  /**
   * Ends the first process by SIGKILL, and with an own pid namespace all others; returns at once.
   * Does nothing if it has ended.
   */
  void kill();

  /**
   * Kills the container as {@link #kill()} does, waits for its end, and closes the streams: whoever
   * reads or writes one gets an end of file or an {@link java.io.IOException} at once. What was
   * written until then has come to the consumers of {@link Stdio#lines} when it returns.
   * Idempotent. Afterwards nothing of the container is left, but for what its first process has
   * started in a pid namespace that is not its own.
   */
  @Override
  void close();
}
