package io.jcontainer;

import java.nio.file.Path;

/**
 * Which namespace of one kind a container runs in: one of its own, the host's, or one that exists
 * already. See namespaces(7).
 *
 * @since 0.1.0
 */
public sealed interface Namespace {

  /** A new one, for this container alone; for a user namespace, see {@link Namespaces#user()}. */
  record Own() implements Namespace {}

  /** The one that the JVM itself is in. */
  record Host() implements Namespace {}

  /**
   * The one that a running container is in.
   *
   * @param container the container, of the same runtime
   */
  record OfContainer(Container container) implements Namespace {}

  /**
   * The one that a process is in, as the JVM sees it.
   *
   * @param pid its number, at least 1
   */
  record OfProcess(long pid) implements Namespace {
    /**
     * Checks the range.
     *
     * @param pid its number
     */
    public OfProcess {
      if (pid < 1 || pid > Integer.MAX_VALUE) {
        throw new InvalidSpecException("namespaces", pid + " is not a process number");
      }
    }
  }

  /**
   * The one that a file of nsfs stands for, such as {@code /run/netns/blue}.
   *
   * @param path an absolute path
   */
  record OfPath(Path path) implements Namespace {
    /**
     * Checks the path.
     *
     * @param path where the file is
     */
    public OfPath {
      if (!path.isAbsolute()) {
        throw new InvalidSpecException("namespaces", path + " is not an absolute path");
      }
    }
  }

  /**
   * A new one, for this container alone.
   *
   * @return the choice
   */
  static Namespace own() {
    return new Own();
  }

  /**
   * The one that the JVM itself is in.
   *
   * @return the choice
   */
  static Namespace host() {
    return new Host();
  }

  /**
   * The one that a running container is in.
   *
   * @param container a container of the same runtime, alive when the new one starts
   * @return the choice
   */
  static Namespace of(Container container) {
    return new OfContainer(container);
  }

  /**
   * The one that a process is in.
   *
   * @param pid its number, as the JVM sees it
   * @return the choice
   */
  static Namespace ofProcess(long pid) {
    return new OfProcess(pid);
  }

  /**
   * The one that a file of nsfs stands for.
   *
   * @param path an absolute path, such as {@code /run/netns/blue}
   * @return the choice
   */
  static Namespace ofPath(Path path) {
    return new OfPath(path);
  }
}
