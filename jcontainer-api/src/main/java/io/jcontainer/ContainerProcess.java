package io.jcontainer;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A process that the JVM has started in a container: the first one of a {@link Container}, or a
 * further one, see {@link Container#exec}. It feels like a {@link Process}, and can be used as one:
 * {@link #asProcess()}. All methods may be called from any thread.
 *
 * @since 0.1.0
 */
public interface ContainerProcess extends AutoCloseable {

  /**
   * Its number, as the JVM sees it. Another process may get it after this one has ended.
   *
   * @return the process number
   */
  long pid();

  /**
   * Where the command reads from. Closing it gives the command an end of file. Writing waits while
   * the pipe is full, until this stream is closed; an interrupt does nothing to it. Once nobody can
   * read any more, it fails with an {@link java.io.IOException}.
   *
   * <p>To a {@linkplain ProcessSpec#terminal() terminal} it types; what is typed when nobody has
   * the terminal any more is lost. Closing it types what means the end of input, Ctrl-D, as long as
   * the terminal takes input by lines; a program that takes single keys, such as an editor, sees
   * nothing of it. Once {@link #stdout()} is closed as well, the terminal is hung up, and its
   * processes get SIGHUP.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ProcessSpec#stdin()} is not {@link Stdio#PIPE}
   */
  ContainerInput stdin();

  /**
   * What the command writes. It ends when the last process that holds the other end has ended.
   * Reading waits until there is something, or until this stream is closed; an interrupt does
   * nothing to it. With a {@linkplain ProcessSpec#terminal() terminal}, it is what that shows.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ProcessSpec#stdout()} is not {@link Stdio#PIPE}
   */
  ContainerOutput stdout();

  /**
   * What the command writes as its errors.
   *
   * @return the stream
   * @throws IllegalStateException if {@link ProcessSpec#stderr()} is not {@link Stdio#PIPE}, or if
   *     the process has a terminal, where all comes by {@link #stdout()}
   */
  ContainerOutput stderr();

  /**
   * Changes the size of the process's terminal; who has it in the foreground gets SIGWINCH if it
   * has changed. Does nothing once both {@link #stdin()} and {@link #stdout()} are closed.
   *
   * @param size the new size
   * @throws IllegalStateException if the process has no {@linkplain ProcessSpec#terminal()
   *     terminal}
   */
  void resize(Terminal size);

  /**
   * Whether the process has not ended yet.
   *
   * @return true if it runs
   */
  boolean isAlive();

  /**
   * Waits until the process has ended.
   *
   * @return how it ended
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  ExitStatus waitFor();

  /**
   * Waits until the process has ended, but not longer than this.
   *
   * @param atMost how long
   * @return how it ended, or empty if it still runs
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  Optional<ExitStatus> waitFor(Duration atMost);

  /**
   * Is completed when the process has ended. What depends on it without an executor of its own runs
   * in one of the runtime's threads and must not block.
   *
   * @return a future of the caller's own; cancelling it does nothing to the process
   */
  CompletableFuture<ExitStatus> onExit();

  /**
   * Sends a signal to the command; does nothing if it has ended. The kernel spares process 1 of a
   * pid namespace, which a container's command is unless it has an {@linkplain ContainerSpec#init()
   * init}, every signal that it has no handler for, but for SIGKILL and SIGSTOP.
   *
   * @param signal which
   */
  void signal(Signal signal);

  /**
   * Asks the process to end, by the {@linkplain ContainerSpec#stopSignal() stop signal} of its
   * container; kills it as {@link #kill()} does if it has not ended after a time; and waits for its
   * end.
   *
   * @param grace how long it may take; zero or less kills at once
   * @return how it ended
   * @throws ContainerInterruptedException if the calling thread is interrupted while it waits; the
   *     process is not killed then
   */
  ExitStatus stop(Duration grace);

  /**
   * Ends the process, and all that came from it, by SIGKILL; returns at once. Does nothing if it
   * has ended.
   */
  void kill();

  /**
   * The same process for code that wants one of the JDK's. Where a stream is not a pipe, it has an
   * empty one, or one that refuses every byte; {@code destroy()} sends the stop signal, {@code
   * destroyForcibly()} kills, and the exit value is {@link ExitStatus#shellCode()}.
   *
   * @return a view; closing its streams closes these
   */
  Process asProcess();

  /**
   * Kills the process as {@link #kill()} does, waits for its end, and closes the streams: whoever
   * reads or writes one gets an end of file or an {@link java.io.IOException} at once. What was
   * written until then has come to the consumers of {@link Stdio#lines} when it returns.
   * Idempotent.
   */
  @Override
  void close();
}
