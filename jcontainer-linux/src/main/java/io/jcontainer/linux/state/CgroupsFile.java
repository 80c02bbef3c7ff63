package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which cgroups a runtime makes, written down before it makes them. The file is locked as long as
 * it is open: one whose lock nobody holds is what a JVM has left that was killed, and so may be the
 * cgroups.
 */
public final class CgroupsFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CgroupsFile.class);
  private static final String PREFIX = "cgroups-";
  private static final int O_RDONLY = 0;
  private static final int O_CREAT_EXCL_WRONLY = 0xC1;
  private static final int O_NOFOLLOW = (int) Flag.Open.O_NOFOLLOW.bits(Arch.current());
  private static final int O_NONBLOCK = 0x800; // a FIFO would be waited for
  private static final int PRIVATE = 0600;

  private final Kernel kernel;
  private final Path path;
  private final Fd file;
  private long length;

  private CgroupsFile(Kernel kernel, Path path, Fd file) {
    this.kernel = kernel;
    this.path = path;
    this.file = file;
  }

  /**
   * A new one. Before it is locked, another JVM may take it for a dead one's and delete it: then it
   * is made again. Where it cannot be had, nothing of it stays.
   *
   * @param runtime what no other runtime is called
   */
  public static CgroupsFile create(Kernel kernel, StateDirectory state, String runtime) {
    Path path = state.made().resolve(PREFIX + runtime);
    while (true) {
      CgroupsFile fresh =
          new CgroupsFile(kernel, path, kernel.open(path.toString(), O_CREAT_EXCL_WRONLY));
      try {
        kernel.chmod(fresh.file, PRIVATE);
        kernel.lock(fresh.file, true, true);
      } catch (RuntimeException | Error e) {
        fresh.delete();
        fresh.close();
        throw e;
      }
      if (Files.exists(path)) {
        return fresh;
      }
      fresh.close();
    }
  }

  /**
   * Adds a line, by one write.
   *
   * @param line without a newline
   */
  public synchronized void add(String line) {
    byte[] bytes = (line + "\n").getBytes(UTF_8);
    kernel.writeAt(file, bytes, length);
    length += bytes.length;
  }

  /** The whole lines; one that was not written to its end has not been acted upon. */
  public List<String> lines() throws IOException {
    return lines(path);
  }

  private static List<String> lines(Path file) throws IOException {
    String text = Files.readString(file);
    return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
  }

  /** Those that dead JVMs have left, locked for whoever removes what they name. */
  public static List<CgroupsFile> abandoned(Kernel kernel, StateDirectory state) {
    List<CgroupsFile> found = new ArrayList<>();
    for (Path path : all(state)) {
      openLocked(kernel, path).ifPresent(found::add);
    }
    return found;
  }

  private static Optional<CgroupsFile> openLocked(Kernel kernel, Path path) {
    Fd file;
    try {
      file = kernel.open(path.toString(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ENOENT) { // else it has vanished meanwhile
        LOG.debug("{} cannot be read", path, e);
      }
      return Optional.empty();
    }
    boolean ours = false;
    try {
      ours = isOurs(file) && kernel.lock(file, true, false) && NameFile.isStill(file, path);
    } catch (IOException | SyscallException e) {
      LOG.debug("{} cannot be looked at", path, e);
    } finally {
      if (!ours) {
        file.close();
      }
    }
    return ours ? Optional.of(new CgroupsFile(kernel, path, file)) : Optional.empty();
  }

  /** The lines of each, also of those that are in use, that a runtime of this user has written. */
  public static List<List<String>> readAll(Kernel kernel, StateDirectory state) {
    List<List<String>> found = new ArrayList<>();
    for (Path path : all(state)) {
      try (Fd file = kernel.open(path.toString(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)) {
        if (isOurs(file)) {
          found.add(lines(Path.of(file.path())));
        }
      } catch (IOException | SyscallException e) {
        LOG.debug("{} cannot be read", path, e); // above all: it has vanished meanwhile
      }
    }
    return found;
  }

  private static List<Path> all(StateDirectory state) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(state.path(), PREFIX + "*")) {
      files.forEach(found::add);
    } catch (NoSuchFileException e) {
      return found; // no runtime has needed the directory yet
    } catch (IOException e) {
      LOG.debug("the state directory {} cannot be read", state.path(), e);
    }
    return found;
  }

  /** In the state directory others cannot write; but whoever has it elsewhere may have let them. */
  private static boolean isOurs(Fd file) throws IOException {
    Map<String, Object> found = Files.readAttributes(Path.of(file.path()), "unix:mode");
    int mode = (Integer) found.getOrDefault("mode", 0);
    return (mode & 0170000) == 0100000 && (mode & 0077) == 0;
  }

  /** Deletes it: what it names is gone. It stays locked until it is closed. */
  public void delete() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // Whoever looks next finds that nobody holds the lock, and nothing of what it names.
      LOG.debug("{} cannot be deleted", path, e);
    }
  }

  @Override
  public void close() {
    file.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
