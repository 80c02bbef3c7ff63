package io.jcontainer;

import io.jcontainer.spi.RuntimeProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Starts containers inside this JVM. Make one and keep it: it holds a few threads, a user namespace
 * and the launcher. All methods may be called from any thread.
 *
 * <pre>{@code
 * try (ContainerRuntime runtime = ContainerRuntime.create();
 *     Container c = runtime.start(ContainerSpec.of("sh", "-c", "echo hello"))) {
 *   System.out.print(c.stdout().readText());
 *   ExitStatus exit = c.waitFor();
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public interface ContainerRuntime extends AutoCloseable {

  /**
   * A runtime with default options.
   *
   * @return a runtime that the caller closes
   * @throws HostUnsupportedException if this host cannot run containers at all, or no backend is on
   *     the class path or module path
   */
  static ContainerRuntime create() {
    return create(RuntimeOptions.defaults());
  }

  /**
   * A runtime with these options.
   *
   * @param options how it works on its host
   * @return a runtime that the caller closes
   * @throws HostUnsupportedException if this host cannot run containers at all, or no backend is on
   *     the class path or module path
   */
  static ContainerRuntime create(RuntimeOptions options) {
    return RuntimeProvider.find().create(options);
  }

  /**
   * Starts a container and returns when its command runs: execve(2) has succeeded. As many launches
   * as {@link RuntimeOptions#launchesAtOnce()} says are under way at once; others wait for their
   * turn, in the order in which they came.
   *
   * <p>An interrupt ends this at once while it waits for its turn. A launch that is under way is
   * finished, and what it has started is closed.
   *
   * <p>If the root is an {@linkplain LayeredRootfs#image(String) image}, it is pulled and unpacked
   * first where that is needed, before a turn is waited for. Several starts do that once.
   *
   * @param spec what to start
   * @return the running container, which the caller closes
   * @throws InvalidSpecException if the spec does not fit this runtime, or another container has
   *     its name, before anything was made
   * @throws HostUnsupportedException if this host cannot do what the spec asks for
   * @throws StartFailedException if a step failed; nothing is left of the container
   * @throws ContainerGoneException if this runtime is closed, or a container whose namespaces the
   *     spec joins is gone
   * @throws LaunchTimeoutException if it has waited for its turn as long as it may
   * @throws ContainerInterruptedException if the calling thread is interrupted; nothing is left
   */
  Container start(ContainerSpec spec);

  /**
   * Starts a container as {@link #start} does, and no thread waits for it. Whoever gets the
   * container closes it.
   *
   * <p>Completing the future in any way, such as by {@link CompletableFuture#cancel} or {@link
   * CompletableFuture#orTimeout}, gives the start up: one that waits for its turn is no longer in
   * the queue when that returns, and of one that is under way the container is closed as soon as it
   * is there. So nobody is left with a container that he does not know. This holds for the returned
   * future, not for others that depend on it.
   *
   * @param spec what to start
   * @return is completed with the running container, or with what {@link #start} throws. What
   *     depends on it without an executor of its own runs in its {@linkplain
   *     CompletableFuture#defaultExecutor() default executor}, not in a thread of the runtime's
   */
  CompletableFuture<Container> startAsync(ContainerSpec spec);

  /**
   * A pool of parked containers, as {@link #pool(ContainerSpec, PoolOptions)} with default options.
   *
   * @param spec what is parked, and what is started if nothing else is said
   * @return a pool that the caller closes
   */
  default ContainerPool pool(ContainerSpec spec) {
    return pool(spec, PoolOptions.defaults());
  }

  /**
   * A pool of containers that are made in advance. Returns when the first one is parked; a spec
   * that cannot be started is told at once, by what {@link #start} would throw.
   *
   * @param spec what is parked, and what is started if nothing else is said; without a directory of
   *     {@link LayeredRootfs#writableIn}, which is one container's
   * @param options how many are parked
   * @return a pool that the caller closes; it is closed with this runtime
   * @throws InvalidSpecException if the spec does not fit this runtime, or cannot be that of
   *     several containers
   * @throws HostUnsupportedException if this host cannot do what the spec asks for
   * @throws StartFailedException if a step failed, or the command is not there; nothing is left
   * @throws ContainerGoneException if this runtime is closed, or a container whose namespaces the
   *     spec joins is gone
   */
  ContainerPool pool(ContainerSpec spec, PoolOptions options);

  /**
   * What {@link #start} would do, step by step. Nothing of the container is made for it, but the
   * cgroups of a spec with limits, which tell what this host can enforce; they are removed again.
   *
   * @param spec what would be started
   * @return the plan
   * @throws InvalidSpecException if the spec does not fit this runtime
   * @throws HostUnsupportedException if this host cannot do what the spec asks for
   */
  LaunchPlan plan(ContainerSpec spec);

  /**
   * An image by name, as {@link #image(String, PullPolicy)} with {@link PullPolicy#MISSING}.
   *
   * @param reference such as {@code alpine:3.20}
   * @return what it says
   */
  default Image image(String reference) {
    return image(reference, PullPolicy.MISSING);
  }

  /**
   * Looks at an image, and pulls it if the policy says so. Layers that are pulled are unpacked
   * while they come in, which needs room for both, and of an ordinary user what its containers
   * need: user namespaces, and subordinate ids if it has any. Those of an image that is here are
   * unpacked when a container of it is started first, or by {@link #unpack(String, PullPolicy)}.
   *
   * @param reference as {@link LayeredRootfs#image(String)} takes it
   * @param policy when it is fetched from its registry
   * @return what it says
   * @throws InvalidSpecException if the reference is none
   * @throws HostUnsupportedException if {@code io.jcontainer:jcontainer-images} is not there, or an
   *     ordinary user can have no user namespace to unpack in
   * @throws ContainerException if there is no such image, it cannot be pulled or unpacked, or it is
   *     not what an image has to be
   * @throws ContainerGoneException if this runtime is closed
   */
  Image image(String reference, PullPolicy policy);

  /**
   * Unpacks an image, as {@link #unpack(String, PullPolicy)} with {@link PullPolicy#MISSING}.
   *
   * @param reference such as {@code alpine:3.20}
   * @return what it says
   */
  default Image unpack(String reference) {
    return unpack(reference, PullPolicy.MISSING);
  }

  /**
   * Pulls an image if the policy says so, and unpacks what is not unpacked of it, so that no start
   * has to. For who knows before the first start what will be started. Its layers stay unpacked,
   * for all runtimes of the same user with the same {@linkplain RuntimeOptions#withImageDirectory
   * image directory}, until {@link #pruneLayers()} is called when no image there has them any more.
   *
   * @param reference as {@link LayeredRootfs#image(String)} takes it
   * @param policy when it is fetched from its registry
   * @return what it says
   * @throws InvalidSpecException if the reference is none
   * @throws HostUnsupportedException if {@code io.jcontainer:jcontainer-images} is not there, or an
   *     ordinary user can have no user namespace to unpack in
   * @throws ContainerException if there is no such image, it cannot be pulled or unpacked, or it is
   *     not what an image has to be
   * @throws ContainerInterruptedException if the calling thread is interrupted; unless others wait
   *     for the same image, what is not whole is removed
   * @throws ContainerGoneException if this runtime is closed
   */
  Image unpack(String reference, PullPolicy policy);

  /**
   * Removes the unpacked layers that no image in the {@linkplain RuntimeOptions#withImageDirectory
   * image directory} has any more, and that no container of any JVM uses. To be called when images
   * were removed.
   *
   * @return how many were removed
   * @throws HostUnsupportedException if {@code io.jcontainer:jcontainer-images} is not there
   * @throws ContainerException if they cannot be removed
   * @throws ContainerGoneException if this runtime is closed
   */
  int pruneLayers();

  /**
   * What the unpacked layers in the {@linkplain RuntimeOptions#withImageDirectory image directory}
   * need on disk. All of their files are looked at, which takes some milliseconds for each thousand
   * of them. As an ordinary user, it is the layers of his usual user namespace.
   *
   * @return the numbers; other JVMs may be changing them
   * @throws HostUnsupportedException if {@code io.jcontainer:jcontainer-images} is not there
   * @throws ContainerException if they cannot be read
   * @throws ContainerInterruptedException if the calling thread is interrupted
   * @throws ContainerGoneException if this runtime is closed
   */
  LayerUsage layerUsage();

  /**
   * What this host can do; everything is tried now, which takes some tens of milliseconds. {@link
   * HostReport#probe()} does it without a runtime.
   *
   * @return the report
   * @throws ContainerGoneException if this runtime is closed
   */
  HostReport host();

  /**
   * The running containers of this runtime, and those of all other runtimes of the same user which
   * have the same {@linkplain RuntimeOptions#stateDirectory() state directory}, in this JVM and in
   * others, the oldest first. Those of a runtime that could not write its state directory are known
   * to itself alone. A container is listed from the moment when its start returns.
   *
   * @return handles; the containers may end at any moment
   * @throws ContainerGoneException if this runtime is closed
   */
  List<ContainerHandle> containers();

  /**
   * The container that somebody means by a word: its id, else its name, else at least the first
   * three digits of its id.
   *
   * @param idOrName the word
   * @return one of {@link #containers()}, or empty if there is none
   * @throws InvalidSpecException if the ids of several begin so
   * @throws ContainerGoneException if this runtime is closed
   */
  default Optional<ContainerHandle> find(String idOrName) {
    return HandleSearch.find(containers(), idOrName);
  }

  /**
   * What is kept in the directory of {@link LayeredRootfs#writableIn}, without a container: what
   * all those that used it have changed. Whether one uses it now does not matter.
   *
   * @param spec with the root file system, and the ids of the containers
   * @return what was written there; nothing is opened before it is asked
   * @throws InvalidSpecException if the root file system is not kept
   * @throws ContainerGoneException if this runtime is closed
   */
  WriteLayer writeLayer(ContainerSpec spec);

  /**
   * What this runtime has made in advance; {@link RuntimeOptions} say how much.
   *
   * @return a moment's view
   * @throws ContainerGoneException if this runtime is closed
   */
  Prepared prepared();

  /**
   * Removes what runtimes of the same user have left in the {@linkplain
   * RuntimeOptions#stateDirectory() state directory} whose JVMs were killed: records, names, copies
   * of root file systems. A runtime does so by itself before its first container, so this is for
   * who starts none, or wants to know. What belongs to a JVM that lives, also to one that is
   * stopped, stays.
   *
   * @return what was removed
   * @throws ContainerException if something of a dead runtime cannot be removed; the rest is
   * @throws ContainerGoneException if this runtime is closed
   */
  List<Path> sweep();

  /**
   * Closes all pools and containers, then the runtime itself; idempotent. A launch that waits for
   * its turn fails, one that is under way is waited for. When the JVM ends orderly, or when this is
   * garbage, it is done by itself: see {@link RuntimeOptions#withCloseAtExit} and {@link
   * RuntimeOptions#withLeakDetection}.
   */
  @Override
  void close();
}
