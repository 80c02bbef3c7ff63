package io.jcontainer.linux.copy;

import static io.jcontainer.linux.plan.Flag.Resolve.RESOLVE_IN_ROOT;
import static io.jcontainer.linux.plan.Flag.Resolve.RESOLVE_NO_MAGICLINKS;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.CopyFailedException;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The two agents of a copy: one on the host, with the JVM's rights, and one in the container, with
 * those of its root. They hand each other open files; the JVM only says what is to be done, and
 * never waits for a file system of the container's itself.
 */
public final class Copying implements AutoCloseable {
  private static final List<Flag> IN_ROOT = List.of(RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS);
  private static final String ON_HOST = "on the host";
  private static final String IN_CONTAINER = "in the container";

  private final Entrance.Entered host;
  private final Entrance.Entered container;

  private Copying(Entrance.Entered host, Entrance.Entered container) {
    this.host = host;
    this.container = container;
  }

  /**
   * Starts the agents, as children of the calling thread, with which they die.
   *
   * @param first a pidfd of the container's first process
   * @param kinds which namespaces it does not share with the JVM
   * @param path what is copied in the container, for messages
   */
  public static Copying start(
      Kernel kernel,
      Launcher launcher,
      Fd first,
      Set<Kind> kinds,
      UserPlacement user,
      String path) {
    return start(
        kernel, launcher, path, theirs -> Entrance.container(launcher, theirs, first, kinds, user));
  }

  /**
   * The same of a container that may have ended.
   *
   * @param mounts its mount namespace
   * @param users the user namespaces that it is in, the outer one first
   */
  public static Copying start(
      Kernel kernel,
      Launcher launcher,
      Fd mounts,
      List<Fd> users,
      UserPlacement user,
      String path) {
    return start(
        kernel, launcher, path, theirs -> Entrance.held(launcher, theirs, mounts, users, user));
  }

  private static Copying start(
      Kernel kernel, Launcher launcher, String path, Function<Fd, Entrance.Entered> entrance) {
    try {
      Fd[] bridge = kernel.socketpair();
      try (Fd ours = bridge[0];
          Fd theirs = bridge[1]) {
        Entrance.Entered container = entrance.apply(theirs);
        try {
          return new Copying(Entrance.host(launcher, ours), container);
        } catch (RuntimeException | Error e) {
          container.agent().close();
          throw e;
        }
      }
    } catch (SyscallException e) {
      if (e.errno() == Errno.ESRCH) {
        throw new ContainerGoneException("the container has ended, and with it its files");
      }
      throw new CopyFailedException(
          "copy failed: the container cannot be entered: " + e.getMessage(),
          path,
          e.errno().name(),
          e);
    }
  }

  /** Copies from the host into the container. */
  public void in(String source, String target) {
    copy(
        new Source(ON_HOST, host, List.of()),
        new Target(IN_CONTAINER, container, IN_ROOT, true),
        source,
        target);
  }

  /** Copies out of the container. */
  public void out(String source, String target) {
    copy(
        new Source(IN_CONTAINER, container, IN_ROOT),
        new Target(ON_HOST, host, List.of(), false),
        source,
        target);
  }

  private static void copy(Source from, Target to, String source, String target) {
    new Copy(from, to).run(source, target);
  }

  @Override
  public void close() {
    try {
      container.agent().close();
    } finally {
      host.agent().close();
    }
  }
}
