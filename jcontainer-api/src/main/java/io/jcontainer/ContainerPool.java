package io.jcontainer;

import java.util.function.Consumer;

/**
 * Containers of one spec that are made in advance: everything is done but the last steps, and a
 * start only says what is to run. Each is used once. A start takes about two thirds of the time of
 * {@link ProcessBuilder}'s then, and what it does not have to do is done in the background, so a
 * pool makes starts faster, and not cheaper.
 *
 * <pre>{@code
 * try (ContainerPool pool = runtime.pool(spec);
 *     Container container = pool.start(p -> p.command("echo", "hello"))) {
 *   System.out.print(container.stdout().readText());
 * }
 * }</pre>
 *
 * <p>What a start can choose: command, environment, working directory, streams, further
 * descriptors, umask, resource limits, the timeout, which begins with the start, the size of a
 * terminal, and, if the pool's spec has {@linkplain ContainerSpec#limits() limits}, other ones.
 * What is fixed when a container is parked: all that is not the process's, so the whole root file
 * system, the namespaces and the name of the host; and of the process its user, groups,
 * capabilities, priorities, and whether it has a terminal.
 *
 * <p>A parked container has the host's directories as they were when it was parked: what is changed
 * in a directory shows, but where another directory takes the place of one, it keeps the old one.
 * The texts that jcontainer makes, such as {@code /etc/hosts}, and the numbers of a user that is
 * named, are also of that time.
 *
 * <p>All methods may be called from any thread.
 *
 * @since 0.1.0
 */
public interface ContainerPool extends AutoCloseable {

  /**
   * Starts a container whose process is the one of the pool's spec.
   *
   * @return the running container, which the caller closes
   * @throws StartFailedException if a step failed; nothing is left of the container
   * @throws ContainerGoneException if this pool or its runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  Container start();

  /**
   * Starts a container whose process differs from the one of the pool's spec. If none is parked,
   * which is so when many are started at once, this is {@link ContainerRuntime#start} of the same,
   * and takes as long as that: nobody waits for one to be parked.
   *
   * @param change what to change; the builder has all of the pool's spec
   * @return the running container, which the caller closes
   * @throws InvalidSpecException if what is changed is fixed, or wrong; {@link
   *     InvalidSpecException#field()} says which; no parked container is used up
   * @throws StartFailedException if a step failed; nothing is left of the container
   * @throws ContainerGoneException if this pool or its runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  Container start(Consumer<ProcessSpec.Builder> change);

  /**
   * The same with other limits than those of the pool's spec, which has some, if only {@link
   * CgroupLimits#none()}. They are in force before the command runs, all of them or none.
   *
   * @param limits what to change of them; the builder has all of the pool's spec, so one that is to
   *     be lifted is set to no limit
   * @param change what to change of the process
   * @return the running container, which the caller closes
   * @throws InvalidSpecException if what is changed is fixed, or wrong; the pool's spec has no
   *     limits; or the kernel does not take a value
   * @throws HostUnsupportedException if a limit cannot be enforced in the cgroups that a container
   *     of the pool's spec has, unless {@link CgroupLimits#bestEffort()}
   * @throws StartFailedException if a step failed; nothing is left of the container
   * @throws ContainerGoneException if this pool or its runtime is closed
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  Container start(Consumer<CgroupLimits.Builder> limits, Consumer<ProcessSpec.Builder> change);

  /**
   * What the pool has done and has now.
   *
   * @return a value that does not change
   */
  PoolStatus status();

  /**
   * Ends all parked containers and waits for that; nothing is left of them. Containers that were
   * started go on. Idempotent.
   */
  @Override
  void close();
}
