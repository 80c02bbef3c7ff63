package io.jcontainer;

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
 * @since 0.1.0
 */
public interface Container extends ContainerProcess {

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
