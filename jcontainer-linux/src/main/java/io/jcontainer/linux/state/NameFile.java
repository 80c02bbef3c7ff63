package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container's name: a file that is locked as long as the container has the name. The kernel gives
 * the lock to one, and takes it from a JVM that dies. Nobody waits for one that somebody has, and
 * for two seconds at most if it is locked by somebody who does not say so: a JVM that is stopped
 * has its own names and is in nobody's way.
 */
final class NameFile implements AutoCloseable {
  static final String PREFIX = "name-";

  private static final Logger LOG = LoggerFactory.getLogger(NameFile.class);
  private static final int O_RDONLY = 0;
  private static final int O_NONBLOCK = 0x800; // a FIFO would be waited for
  private static final int O_CREAT_RDWR = 0x42;
  private static final int O_NOFOLLOW = (int) Flag.Open.O_NOFOLLOW.bits(Arch.current());

  /**
   * How long a lock is asked for that nobody has for longer than a moment, but on a busy machine.
   */
  private static final long PATIENCE_NANOS = 2_000_000_000;

  private static final long PAUSE_NANOS = 100_000;
  private static final Pattern USER = Pattern.compile("which JVM (\\d{1,10}) has started");

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
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      Fd file = kernel.open(path.toString(), O_CREAT_RDWR | O_NOFOLLOW);
      try {
        boolean ours = kernel.lock(file, true, false);
        if (!ours && (System.nanoTime() - end > 0 || isOfSomebodyAlive(file))) {
          throw taken(name, file);
        }
        if (ours && isStill(file, path)) {
          String line = "container %s, which JVM %d has started".formatted(id, owner);
          byte[] padded = ("%-" + (LINE - 1) + "s\n").formatted(line).getBytes(UTF_8);
          NameFile taken = new NameFile(path, file);
          try {
            kernel.writeAt(file, padded, 0);
          } catch (RuntimeException | Error e) {
            taken.close(); // on a full disk there is room for the file, but not for a line
            throw e;
          }
          return taken;
        }
        if (!ours) { // for a moment: by somebody who sweeps, or who has not said yet who he is
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      } catch (IOException | RuntimeException | Error e) {
        file.close();
        throw e;
      }
      file.close(); // who had it has deleted it since it was opened, or may be about to
    }
  }

  private static boolean isOfSomebodyAlive(Fd file) throws IOException {
    Matcher user = USER.matcher(Files.readString(Path.of(file.path())));
    return user.find() && Files.exists(Path.of("/proc", user.group(1)));
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

  /** Deletes the names that dead JVMs have left: those that nobody has locked. */
  static List<Path> sweep(Kernel kernel, Path directory) {
    return sweep(kernel, directory, PREFIX + "*");
  }

  /** The same with files of another kind that are locked as long as they are in use. */
  static List<Path> sweep(Kernel kernel, Path directory, String glob) {
    List<Path> swept = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
      for (Path file : files) {
        if (sweepOne(kernel, file)) {
          swept.add(file);
        }
      }
    } catch (NoSuchFileException e) {
      return swept; // no runtime has needed the directory yet
    } catch (IOException e) {
      LOG.debug("the state directory {} cannot be read", directory, e);
    }
    return swept;
  }

  /** Under its lock, so that whoever takes the name just now finds that it is another file. */
  private static boolean sweepOne(Kernel kernel, Path name) {
    try (Fd file = kernel.open(name.toString(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) {
      if (kernel.lock(file, true, false) && isStill(file, name)) {
        Files.delete(name);
        return true;
      }
    } catch (SyscallException | IOException e) {
      LOG.debug("{} cannot be swept", name, e); // above all: it has vanished meanwhile
    }
    return false;
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
