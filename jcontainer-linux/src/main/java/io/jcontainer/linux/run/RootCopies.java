package io.jcontainer.linux.run;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerException;
import io.jcontainer.ExitStatus;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.copy.LayerCopy;
import io.jcontainer.linux.copy.TreeRemoval;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.rootfs.RootSteps;
import io.jcontainer.linux.state.RootDirectory;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies that are roots of containers: made before a start, removed behind an end. What a dead
 * JVM has left is removed with the first container of a runtime.
 */
final class RootCopies implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RootCopies.class);

  private final Kernel kernel;
  private final Launcher launcher;
  private final UserNamespaceMaker maker;
  private final StateDirectory state;
  private final boolean root;

  /**
   * The thread that removes, made when there is something to remove. It is none of those that
   * launch: it still works when the runtime is being closed, and nobody waits for a turn behind it.
   */
  private final ThreadPoolExecutor remover =
      new ThreadPoolExecutor(
          1, 1, 0, TimeUnit.NANOSECONDS, new LinkedBlockingQueue<>(), RootCopies::thread);

  private final Map<String, CompletableFuture<Void>> removals = new ConcurrentHashMap<>();
  private final AtomicBoolean swept = new AtomicBoolean();

  RootCopies(
      Kernel kernel,
      Launcher launcher,
      UserNamespaceMaker maker,
      StateDirectory state,
      boolean root) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.maker = maker;
    this.state = state;
    this.root = root;
  }

  /** The copy of one container. */
  private final class Copy implements RootResource, AutoCloseable {
    private final RootDirectory directory;
    private final @Nullable Fd user;

    /**
     * Takes over both.
     *
     * @param user the user namespace whose ids it belongs to, or null for the JVM's rights
     */
    Copy(RootDirectory directory, @Nullable Fd user) {
      this.directory = directory;
      this.user = user;
    }

    @Override
    public List<Fd> descriptors() {
      return List.of();
    }

    @Override
    public void started() {
      // The container has a mount of it.
    }

    @Override
    public void release() {
      try (this) {
        remove(directory.copy(), user);
        directory.remove();
      } catch (IOException | SyscallException e) {
        throw new ContainerException(
            "the copy that was the root of a container cannot be removed from %s: %s"
                .formatted(directory, e.getMessage()),
            e);
      }
    }

    @Override
    public void close() {
      directory.close();
      if (user != null) {
        user.close();
      }
    }
  }

  /**
   * Makes what the form of a request says, by a child of the calling thread.
   *
   * @param id the container's
   * @return what is to be removed when the container has ended, or null if nothing is
   */
  @Nullable RootResource make(String id, LaunchRequest request, @Nullable Fd namespace) {
    LayeredRootfs rootfs = request.spec().rootfs().orElse(null);
    if (rootfs == null || !(request.form() instanceof RootForm.Copy)) {
      return null;
    }
    try {
      if (rootfs.keptIn().isPresent()) {
        makeKept(request, rootfs, rootfs.keptIn().get(), namespace);
        return null;
      }
      return makeOwn(id, request, rootfs, namespace);
    } catch (IOException e) {
      throw new ContainerException("a copy of the layers cannot be made: " + e, e);
    }
  }

  private Copy makeOwn(
      String id, LaunchRequest request, LayeredRootfs rootfs, @Nullable Fd namespace)
      throws IOException {
    UserPlacement user = request.user();
    boolean inside = user.order() == Order.FIRST;
    RootDirectory directory = RootDirectory.make(kernel, state, id, user.ids());
    Copy copy = new Copy(directory, inside && namespace != null ? namespace.duplicate(0) : null);
    try {
      copy(request, rootfs, directory.path(), RootDirectory.copyName(), namespace);
      return copy;
    } catch (RuntimeException | Error e) {
      try {
        copy.release();
      } catch (RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  private void makeKept(
      LaunchRequest request, LayeredRootfs rootfs, Path kept, @Nullable Fd namespace)
      throws IOException {
    Path whole = kept.resolve(KeptDirectory.COPY);
    if (Files.isDirectory(whole)) {
      return;
    }
    Path begun = kept.resolve(KeptDirectory.COPY + ".new");
    Fd rights = request.entersUser(Order.FIRST) ? namespace : null;
    remove(begun, rights); // what a killed JVM has left
    try {
      copy(request, rootfs, kept, begun.getFileName().toString(), namespace);
    } catch (RuntimeException | Error e) {
      try {
        remove(begun, rights);
      } catch (IOException | RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
    Files.move(begun, whole, ATOMIC_MOVE); // else a JDK may want to write in it
  }

  private void remove(Path tree, @Nullable Fd user) throws IOException {
    if (Files.isDirectory(tree)) {
      TreeRemoval.empty(launcher, user, tree);
      Files.delete(tree);
    }
  }

  private void copy(
      LaunchRequest request,
      LayeredRootfs rootfs,
      Path place,
      String name,
      @Nullable Fd namespace) {
    try {
      LayerCopy.make(
          launcher,
          request.user(),
          namespace,
          rootfs.layers(),
          place,
          name,
          request.root(),
          Set.copyOf(RootSteps.mountPoints(rootfs)));
    } catch (LayerCopy.FailedException e) {
      SyscallException failure = e.failure();
      throw new StartFailedException(
          new LaunchPlan.Step(
              Actor.JVM,
              failure.call(),
              "at %s, while the layers were copied to %s".formatted(e.path(), place)),
          failure.errno().name(),
          failure.errno().message(),
          hint(failure),
          e);
    } catch (LayerCopy.RefusedException e) {
      throw new InvalidSpecException("rootfs", String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable String hint(SyscallException failure) {
    return switch (failure.errno()) {
      case ENOSPC, EDQUOT ->
          "The file system is full: RuntimeOptions.withCopyDirectory or writableIn() name another"
              + " place for the copy";
      case EOVERFLOW -> "The container's ids must include the JVM's own user and group";
      case ENOENT -> "The layer's directory is not there, or a layer was changed meanwhile";
      case ESTALE -> "A layer was changed meanwhile";
      case EACCES -> "The container's root has no right to read it";
      case EMFILE -> "Each level of directories takes a descriptor: see ulimit -n";
      default -> null;
    };
  }

  /** Releases what a container's root has taken, when that has ended. */
  void releaseAfter(String id, CompletableFuture<ExitStatus> exit, RootResource resource) {
    CompletableFuture<Void> removal =
        exit.handleAsync(
            (status, failure) -> {
              resource.release();
              return null;
            },
            remover);
    removals.put(id, removal);
    var unused = removal.thenRun(() -> removals.remove(id));
  }

  /** Waits until what a container that has ended had is released, if it had anything. */
  void await(String id) {
    CompletableFuture<Void> removal = removals.remove(id);
    if (removal != null) {
      try {
        removal.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof ContainerException failure) {
          throw failure;
        }
        throw e;
      }
    }
  }

  private static Thread thread(Runnable removals) {
    Thread thread = new Thread(removals, "jcontainer-remover");
    thread.setDaemon(true);
    return thread;
  }

  /** Has what dead JVMs have left removed, once; nobody waits for that. */
  void sweep() {
    if (swept.compareAndSet(false, true)) {
      List<RootDirectory> abandoned = RootDirectory.abandoned(kernel, state);
      if (!abandoned.isEmpty()) {
        remover.execute(
            () -> {
              try {
                remove(abandoned);
              } catch (ContainerException e) {
                // Not this container's concern; whoever comes next tries again.
                LOG.warn("what JVMs that were killed have left is not all removed", e);
              }
            });
      }
    }
  }

  /** Removes what dead JVMs have left, and says where it was. */
  List<Path> sweepNow() {
    return remove(RootDirectory.abandoned(kernel, state));
  }

  private List<Path> remove(List<RootDirectory> abandoned) {
    List<Path> removed = new ArrayList<>();
    ContainerException failure = null;
    for (RootDirectory directory : abandoned) {
      try {
        removeAbandoned(directory);
        removed.add(directory.path());
      } catch (IOException | RuntimeException e) {
        if (failure == null) {
          failure =
              new ContainerException(
                  directory.path()
                      + ", which a JVM that was killed has left, cannot be removed: "
                      + e.getMessage(),
                  e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return removed;
  }

  private void removeAbandoned(RootDirectory directory) throws IOException {
    IdMapping ids;
    try {
      ids = directory.ids().orElse(null);
    } catch (IOException | RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    Fd user = null;
    try {
      if (ids != null && !root) {
        user = maker.make(ids).settled().namespace();
      }
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
    new Copy(directory, user).release();
  }

  /** Waits until everything is removed; no container may run any more. */
  @Override
  public void close() {
    remover.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(remover);
  }
}
