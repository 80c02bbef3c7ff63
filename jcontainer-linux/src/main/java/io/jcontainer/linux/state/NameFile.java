package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A container's name: a file that is locked as long as the container has the name. The kernel gives
 * the lock to one, and takes it from a JVM that dies. Nobody ever waits for it, so a JVM that is
 * stopped has its own names and is in nobody's way.
 */
final class NameFile implements AutoCloseable {
  static final String PREFIX = "name-";

  private static final int O_CREAT_RDWR = 0x42;
  private static final int O_NOFOLLOW = 0x20000;

  /** Longer than what is written, so that it covers what another has left there. */
  private static final int LINE = 64;

  private final Path path;
  private final Fd file;

  private NameFile(Path path, Fd file) {
    this.path = path;
    this.file = file;
  }

  /**
   * Takes a name.
   *
   * @param id the container's
   * @param owner the JVM's process number
   * @throws InvalidSpecException if another container has it
   */
  static NameFile take(Kernel kernel, Path directory, String name, String id, int owner)
      throws IOException {
    Path path = directory.resolve(PREFIX + name);
    while (true) {
      Fd file = kernel.open(path.toString(), O_CREAT_RDWR | O_NOFOLLOW);
      try {
        if (!kernel.lock(file, true, false)) {
          throw taken(name, file);
        }
        if (isStill(file, path)) {
          String line = "container %s, which JVM %d has started".formatted(id, owner);
          byte[] padded = ("%-" + (LINE - 1) + "s\n").formatted(line).getBytes(UTF_8);
          kernel.writeAt(file, padded, 0);
          return new NameFile(path, file);
        }
      } catch (IOException | RuntimeException | Error e) {
        file.close();
        throw e;
      }
      file.close(); // who had it has deleted it since it was opened: the lock is of no use
    }
  }

  private static InvalidSpecException taken(String name, Fd file) throws IOException {
    String user = Files.readString(Path.of(file.path())).strip();
    return new InvalidSpecException(
        "name",
        "\"%s\" is the name of %s"
            .formatted(name, user.isEmpty() ? "a container that is being started" : user));
  }

  /** Whether a file is the one that has this path. */
  static boolean isStill(Fd file, Path path) throws IOException {
    try {
      return key(Path.of(file.path())).equals(key(path));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Object key(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  /** Gives it back. It is deleted first: a file that can be locked is nobody's. */
  @Override
  public void close() {
    try (file) {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // Whoever wants the name finds that nobody holds the lock.
    }
  }
}
