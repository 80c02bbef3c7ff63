package io.jcontainer;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;

/**
 * A running container of this JVM or of another one of the same user, as a {@link ProcessHandle} is
 * a process that need not be one's own: what is known of it, and what anyone may do with it. Its
 * streams and its exit status are for the JVM that has started it: {@link Container}. A handle
 * holds nothing, and never comes to mean another container. All methods may be called from any
 * thread.
 *
 * @see ContainerRuntime#containers()
 * @see ContainerRuntime#find(String)
 * @since 0.1.0
 */
public interface ContainerHandle extends WriteLayer {

  /**
   * What names this container: twelve hexadecimal digits, chosen at random.
   *
   * @return the id
   */
  String id();

  /**
   * The name that its spec gives it.
   *
   * @return {@link ContainerSpec#name()}
   */
  Optional<String> name();

  /**
   * The number of its first process, as this JVM sees it.
   *
   * @return the process number; another process may get it after the container has ended
   */
  long pid();

  /**
   * The program and its arguments. Of a container of another JVM they are shortened if they are
   * longer than about 800 bytes: they end with the word at which that was reached, cut, and with
   * {@code …} at its end.
   *
   * @return at least one
   */
  List<String> command();

  /**
   * When it was started.
   *
   * @return the time, to the millisecond
   */
  Instant startedAt();

  /**
   * The JVM that has started it, and with which it dies.
   *
   * @return that JVM's process number
   */
  long ownerPid();

  /**
   * Whether its first process has not ended yet.
   *
   * @return true if it runs
   */
  boolean isAlive();

  /**
   * Sends a signal to the command, as {@link Container#signal} does; does nothing if it has ended.
   *
   * @param signal which
   */
  void signal(Signal signal);

  /**
   * Asks the container to end, by its {@linkplain ContainerSpec#stopSignal() stop signal}; kills it
   * as {@link #kill()} does if it has not ended after a time; and waits for its end.
   *
   * @param grace how long it may take; zero or less kills at once
   * @throws ContainerInterruptedException if the calling thread is interrupted while it waits; the
   *     container is not killed then
   */
  void stop(Duration grace);

  /**
   * Ends all processes of the container by SIGKILL, as {@link Container#kill()} does; returns at
   * once. Does nothing if it has ended.
   */
  void kill();

  /**
   * Starts a further process in the container, as {@link Container#exec(ProcessSpec)} does. The
   * process is this JVM's, which gets its streams and its exit status, also if the container is
   * another's: it dies with the container and with this JVM. In a container of another JVM whose
   * pid namespace is not an own one, it does not die when that closes the container.
   *
   * @param process what to start
   * @return the running process, which the caller closes
   * @throws InvalidSpecException if the spec does not fit this container
   * @throws StartFailedException if a step failed; nothing is left of the process
   * @throws ContainerGoneException if the container has ended, or this runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  ContainerProcess exec(ProcessSpec process);

  /**
   * The same as {@link #exec(ProcessSpec)} with all defaults.
   *
   * @param command the program and its arguments
   * @return the running process, which the caller closes
   * @throws InvalidSpecException if the command is empty or holds a NUL
   * @throws StartFailedException if a step failed; nothing is left of the process
   * @throws ContainerGoneException if the container has ended, or this runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  default ContainerProcess exec(String... command) {
    return exec(ProcessSpec.of(command));
  }

  /**
   * Copies a file, or a directory with all that is in it, from the host into the container: see
   * {@link Container#copyTo}.
   *
   * @param source on the host; relative to the working directory of the JVM
   * @param target in the container, absolute
   * @throws InvalidSpecException if the target is not absolute, or holds a NUL
   * @throws CopyFailedException if something could not be copied; says what, and what has been
   * @throws ContainerGoneException if the container has ended, or the runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  void copyTo(Path source, String target);

  /**
   * Copies a file, or a directory with all that is in it, out of the container: see {@link
   * Container#copyFrom}.
   *
   * @param source in the container, absolute
   * @param target on the host; relative to the working directory of the JVM
   * @throws InvalidSpecException if the source is not absolute, or holds a NUL
   * @throws CopyFailedException if something could not be copied; says what, and what has been
   * @throws ContainerGoneException if the container has ended, or the runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  void copyFrom(String source, Path target);

  /**
   * Changes limits while the container runs: what is present in these replaces what was, and what
   * is absent stays as it is. All of them are set, or none. A limit that is lowered below what is
   * used is no error: memory is reclaimed, and processes are killed if that is not enough; no
   * process ends because there are more than {@link CgroupLimits#pids()} says.
   *
   * @param limits what to change; {@link CgroupLimits#bestEffort()} counts for this change
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws HostUnsupportedException if this host cannot enforce one of them; none is changed
   * @throws ContainerGoneException if the container has ended
   */
  void update(CgroupLimits limits);

  /**
   * What the container uses, and has used, now; after the end of a container of this runtime, what
   * it had used then. It is read from one file of the kernel's after the other, in a tenth of a
   * millisecond or less. Nothing is kept of an earlier call: what was computed in a second is the
   * difference of two.
   *
   * @return one moment's numbers
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws ContainerGoneException if the container is another runtime's and has ended
   * @throws ContainerException if the kernel's files cannot be read, such as for want of
   *     descriptors
   */
  ContainerStats stats();

  /**
   * {@link #stats()} again and again, for any number of subscribers: the first at once, and
   * completed with the last when the container ends, or at once if it has ended. One who is slower
   * than that misses what comes meanwhile, and gets the newest then. Subscribers are called in a
   * thread of the runtime's, and must not block.
   *
   * @param every the time between two, at least 10 ms
   * @return a publisher, which does nothing before somebody subscribes
   * @throws InvalidSpecException if the time is shorter, or the container has no cgroups, for its
   *     spec has no {@link ContainerSpec#limits()}
   */
  Flow.Publisher<ContainerStats> stats(Duration every);

  /**
   * What happens to the container from the subscription on; completed when it ends, or at once if
   * it has ended. One who is slow gets one event for several of a kind, and misses none.
   * Subscribers are called in a thread of the runtime's, and must not block; one at which the
   * kernel cannot be asked for events, such as for want of inotify(7) watches, gets a {@link
   * HostUnsupportedException} by {@code onError}.
   *
   * @return a publisher, which does nothing before somebody subscribes
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   */
  Flow.Publisher<ContainerEvent> events();

  /**
   * Tells by events of the kind {@link ContainerEvent.Kind#PRESSURE} when processes of the
   * container wait for something for too long; completed when it ends, or at once if it has ended.
   *
   * @param trigger what is too long
   * @return a publisher, which does nothing before somebody subscribes
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws HostUnsupportedException if the kernel does not tell of this pressure
   */
  Flow.Publisher<ContainerEvent> pressure(PressureTrigger trigger);

  /**
   * Makes all processes of the container stand still, wherever they are, until {@link #resume()};
   * returns when they do. They notice nothing of it but the clock. Signals are delivered
   * afterwards; {@link #kill()} ends the container all the same, and so does its timeout, which
   * goes on. {@code stop} lets it go on once it was asked to end. A further process cannot be
   * started meanwhile. Does nothing if they stand still already.
   *
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws ContainerGoneException if the container has ended
   * @throws ContainerInterruptedException if the calling thread is interrupted while it waits
   */
  void pause();

  /**
   * Lets the container's processes go on after {@link #pause()}. Does nothing if they do.
   *
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws ContainerGoneException if the container has ended
   */
  void resume();

  /**
   * Whether the container was told to stand still, in whatever JVM.
   *
   * @return true between {@link #pause()} and {@link #resume()}; false if it has no cgroups, or has
   *     ended
   */
  boolean isPaused();

  /**
   * What of the limits is not enforced, because this host cannot, and {@link
   * CgroupLimits#bestEffort()} allows it.
   *
   * @return a sentence for each, that says which limit, why, and what would help; empty if all is
   *     enforced
   */
  List<String> unenforced();
}
