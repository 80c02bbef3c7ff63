package io.jcontainer.linux.state;

import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory in the state directory for the copy that is a container's root. It is locked as long
 * as it is open: one whose lock nobody holds is what a JVM has left that was killed. Its ids are
 * written down, for without them an ordinary user could not remove what belongs to them.
 */
public final class RootDirectory implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RootDirectory.class);
  private static final String PREFIX = "rootfs-";
  private static final String COPY = "root";
  private static final int O_RDONLY = 0;

  private final Path path;
  private final Fd lock;

  private RootDirectory(Path path, Fd lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Where the copy of a container lies. */
  public static Path copyOf(StateDirectory state, String id) {
    return copyIn(state.path().resolve(PREFIX + id));
  }

  private static Path copyIn(Path directory) {
    return directory.resolve(COPY);
  }

  /**
   * Makes one. Before it is locked, another JVM may take it for a dead one's and remove it: then it
   * is made again.
   *
   * @param ids whose the copy is going to be
   */
  public static RootDirectory make(Kernel kernel, StateDirectory state, String id, IdMapping ids)
      throws IOException {
    Path path = state.made().resolve(PREFIX + id);
    while (true) {
      privateDirectory(path);
      Optional<Fd> lock = openLocked(kernel, path, true);
      if (lock.isPresent()) {
        RootDirectory directory = new RootDirectory(path, lock.get());
        try {
          if (Files.exists(path)) {
            Files.writeString(directory.idsFile(), write(ids));
            return directory;
          }
        } catch (IOException | RuntimeException | Error e) {
          directory.withdraw(e);
          throw e;
        }
        directory.close();
      }
    }
  }

  private static void privateDirectory(Path path) throws IOException {
    Files.createDirectory(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private void withdraw(Throwable failure) {
    try (this) {
      remove();
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static Optional<Fd> openLocked(Kernel kernel, Path path, boolean wait) {
    Fd file;
    try {
      file = kernel.open(path.toString(), O_RDONLY);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
    try {
      if (kernel.lock(file, true, wait)) {
        return Optional.of(file);
      }
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
    file.close();
    return Optional.empty();
  }

  /** Those that dead JVMs have left, locked for whoever removes them. */
  public static List<RootDirectory> abandoned(Kernel kernel, StateDirectory state) {
    List<RootDirectory> found = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(state.path(), PREFIX + "*")) {
      for (Path path : paths) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          openLocked(kernel, path, false)
              .ifPresent(lock -> found.add(new RootDirectory(path, lock)));
        }
      }
    } catch (NoSuchFileException e) {
      return found; // no runtime has needed the directory yet
    } catch (IOException | SyscallException e) {
      LOG.debug("the state directory {} cannot be searched", state.path(), e);
    }
    return found;
  }

  /** The directory that it lies in. */
  public Path path() {
    return path;
  }

  /** Where the copy is, or is to be made; it belongs to the ids. */
  public Path copy() {
    return copyIn(path);
  }

  /** What the copy is called in its directory. */
  public static String copyName() {
    return COPY;
  }

  private Path idsFile() {
    return path.resolve("ids");
  }

  /** Whose the copy is; empty if there is none yet. */
  public Optional<IdMapping> ids() throws IOException {
    try {
      return read(Files.readAllLines(idsFile()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /** Removes it; the copy must be empty. It stays locked until it is closed. */
  public void remove() throws IOException {
    Files.deleteIfExists(copy());
    Files.deleteIfExists(idsFile());
    Files.deleteIfExists(path);
  }

  @Override
  public void close() {
    lock.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }

  static String write(IdMapping ids) {
    StringBuilder lines = new StringBuilder();
    ids.uids().forEach(range -> lines.append("uid ").append(range).append('\n'));
    ids.gids().forEach(range -> lines.append("gid ").append(range).append('\n'));
    return lines.append("end\n").toString();
  }

  /** Empty if they were not written to their end. */
  static Optional<IdMapping> read(List<String> lines) {
    List<Range> uids = new ArrayList<>();
    List<Range> gids = new ArrayList<>();
    for (String line : lines) {
      String[] words = line.split(" ", -1);
      if (words.length != 4) {
        break;
      }
      try {
        (words[0].equals("uid") ? uids : gids)
            .add(
                new Range(
                    Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
      } catch (NumberFormatException | InvalidSpecException e) {
        return Optional.empty();
      }
    }
    boolean whole = !lines.isEmpty() && lines.get(lines.size() - 1).equals("end");
    return whole && !uids.isEmpty() && !gids.isEmpty()
        ? Optional.of(new IdMapping(uids, gids))
        : Optional.empty();
  }
}
