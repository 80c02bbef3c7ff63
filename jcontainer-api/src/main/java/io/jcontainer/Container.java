package io.jcontainer;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Flow;

/**
 * A started container. As a {@link ContainerProcess} it is its first process: streams, {@link
 * #onExit()}, {@link #waitFor()}, {@link #kill()}. All methods may be called from any thread.
 *
 * <p>A container dies with its JVM, also when that is killed: its first process has the kernel's
 * parent-death signal, PR_SET_PDEATHSIG. The kernel takes that from a process that changes its user
 * or group, such as {@code su} and {@code setpriv} do, or that asks for it; such a container
 * outlives a JVM that is killed, unless it has an {@linkplain ContainerSpec#init() init}. {@link
 * #close()} leaves nothing of any.
 *
 * <p>One that nobody closes is closed when it is garbage, with a warning in the log: see {@link
 * RuntimeOptions#withLeakDetection}.
 *
 * @since 0.1.0
 */
public interface Container extends ContainerProcess, WriteLayer {

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
   * The same container as others see it: what {@link ContainerRuntime#containers()} has of it.
   *
   * @return a handle
   */
  ContainerHandle toHandle();

  /**
   * Starts a further process in the container, and returns when its command runs. It has the
   * container's namespaces and root, but its own environment, working directory and streams, as the
   * spec says: nothing is taken from the first process. It gets no capabilities that the container
   * does not have; if the spec says nothing of them, it gets those of the default set that the
   * container has. It dies with the container, and with the JVM. Its {@link
   * ContainerProcess#kill()}, {@link ContainerProcess#close()} and {@link ProcessSpec#timeout()}
   * end all processes that came from it; what is left when it ends by itself stays in the
   * container.
   *
   * @param process what to start
   * @return the running process, which the caller closes
   * @throws InvalidSpecException if the spec does not fit this container, such as by capabilities
   *     that it does not have
   * @throws StartFailedException if a step failed; nothing is left of the process
   * @throws ContainerGoneException if the container has ended
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
   * @throws ContainerGoneException if the container has ended
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  default ContainerProcess exec(String... command) {
    return exec(ProcessSpec.of(command));
  }

  /**
   * Copies a file, or a directory with all that is in it, from the host into the container, as
   * {@code docker cp} does. Nothing of the container's is executed, and its processes, which may
   * change their files meanwhile, cannot make this reach a file that is not theirs.
   *
   * <p>If the target is a directory, the source is copied into it under its own name; else it gets
   * the target's name, in a directory that must be there. A source whose path ends in {@code .},
   * {@code ..} or {@code /} has no name: then what is in it is copied into the target. Directories
   * are joined with those that are there already, which keep their attributes; files and links
   * replace those that are there. A link that is the source, or a directory above source or target,
   * is followed, in the container within its root; all others are copied as links.
   *
   * <p>What is copied belongs to the container's root, has the source's time of change, and of its
   * mode the permission bits 0777: no set-user-id, set-group-id or sticky bit. Hard links become
   * files of their own, sparse files full ones, and extended attributes are not copied. Names may
   * be any bytes, but paths that are given to this method are UTF-8. A FIFO, socket or device is an
   * error, and so is a file of /proc, which has no size. A file that grows meanwhile is copied as
   * far as it was when it was found; what vanishes is left out. There may be a million entries in a
   * directory, ten millions in all, and a thousand directories in each other.
   *
   * <p>A file or link gets its name when it is whole: until then it is called {@code
   * .jcontainer-copy-} and sixteen digits, which stays only if the JVM is killed. What has been
   * copied before a failure is not taken back. A copy that has begun goes on when the container
   * ends; it ends when the calling thread is interrupted, or the runtime closed.
   *
   * <p>If the root file system is {@linkplain LayeredRootfs#inspectable() inspectable}, files can
   * be copied after the end as well, until the container is closed.
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
   * Copies a file, or a directory with all that is in it, out of the container, in the same way as
   * {@link #copyTo}. What is copied belongs to the JVM's user and group. Nothing is copied to where
   * a link leads that an earlier copy has brought; but whoever reads the copies should not follow
   * their links, which lead where the container wanted.
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
   * What the container uses, and has used, now; after its end, what it had used then. It is read
   * from one file of the kernel's after the other, in a tenth of a millisecond or less. Nothing is
   * kept of an earlier call: what was computed in a second is the difference of two.
   *
   * @return one moment's numbers
   * @throws InvalidSpecException if the container has no cgroups, for its spec has no {@link
   *     ContainerSpec#limits()}
   * @throws ContainerGoneException if the container ended before anything could be read
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
   * afterwards; {@link #kill()} and {@link #close()} end the container all the same, and so does
   * its timeout, which goes on. {@code stop} lets it go on once it was asked to end. A further
   * process cannot be started meanwhile. Does nothing if they stand still already.
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

  /**
   * Ends all processes of the container by SIGKILL; returns at once. Where the pid namespace is not
   * an own one, these are the first process and, if it has an {@linkplain ContainerSpec#init()
   * init}, all that came from it.
   */
  @Override
  void kill();

  /**
   * Kills the container as {@link #kill()} does, waits for its end, and closes the streams: whoever
   * reads or writes one gets an end of file or an {@link java.io.IOException} at once. What was
   * written until then has come to the consumers of {@link Stdio#lines} when it returns.
   * Idempotent. Afterwards nothing of the container is left, but for what its first process has
   * started in a pid namespace that is not its own, without an init.
   */
  @Override
  void close();
}
