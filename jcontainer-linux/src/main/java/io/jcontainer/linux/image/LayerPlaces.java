package io.jcontainer.linux.image;

import io.jcontainer.images.Digest;
import io.jcontainer.linux.copy.TreeRemoval;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The directories of unpacked layers, and who uses them:
 *
 * <pre>
 * HEX/lock            by flock(2): shared by whoever has it mounted, exclusive for its removal
 *     diff            the layer
 *     opaque          is there if the layer hides all that is below it
 * HEX.new/...         the same while it is being unpacked, locked exclusively
 * UUID.gone/...       the same while it is being removed
 * </pre>
 *
 * <p>HEX is the chain id. A lock ends with its JVM: what is new and not locked, a killed one has
 * left.
 */
final class LayerPlaces {
  private static final String NEW = ".new";
  private static final String GONE = ".gone";
  private static final String LOCK = "lock";
  private static final int O_CREAT = 0100;
  private static final int O_RDWR = 2;

  private final Kernel kernel;
  private final Launcher launcher;
  private final Path directory;
  private final @Nullable Fd user;

  /**
   * Uses a directory.
   *
   * @param user the user namespace that the files belong to, or null for root
   */
  LayerPlaces(Kernel kernel, Launcher launcher, Path directory, @Nullable Fd user) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.directory = directory;
    this.user = user;
  }

  /** A layer that is whole, and that nobody removes as long as this is open. */
  static final class Held implements AutoCloseable {
    private final Path path;
    private final Fd lock;

    private Held(Path path, Fd lock) {
      this.path = path;
      this.lock = lock;
    }

    Path diff() {
      return path.resolve("diff");
    }

    boolean isOpaque() {
      return Files.exists(path.resolve("opaque"));
    }

    @Override
    public void close() {
      lock.close();
    }
  }

  /** A place for a layer that is not there yet, which is ours alone. */
  final class Begun implements AutoCloseable {
    private final Path whole;
    private final Path path;
    private final Fd lock;

    private Begun(Path whole, Path path, Fd lock) {
      this.whole = whole;
      this.path = path;
      this.lock = lock;
    }

    Path path() {
      return path;
    }

    /** The layer; it is there, and empty, from the beginning. */
    Path diff() {
      return path.resolve("diff");
    }

    void markOpaque() throws IOException {
      Files.createFile(path.resolve("opaque"));
    }

    /** Removes a directory beside the layer. */
    void remove(String name) throws IOException {
      removeTree(path.resolve(name));
    }

    /** It is whole: gives it its name. Nobody else has it, for that takes our lock. */
    void publish() throws IOException {
      Files.move(path, whole);
    }

    /** Removes what there is of it, unless it was published. */
    @Override
    public void close() throws IOException {
      try (lock) {
        if (isAt(lock, path)) {
          removeAll(path);
        }
      }
    }
  }

  /** The layer of this chain if it is there. */
  @Nullable Held find(Digest chain) throws IOException {
    Path path = directory.resolve(chain.hex());
    Fd lock = open(path, false, true);
    return lock == null ? null : new Held(path, lock);
  }

  /**
   * A place to unpack the layer of this chain in; waits for others that do the same.
   *
   * @return null if it is there by now
   */
  @Nullable Begun begin(Digest chain) throws IOException {
    Path whole = directory.resolve(chain.hex());
    Path path = directory.resolve(chain.hex() + NEW);
    while (true) {
      makeDirectory(path);
      Fd lock = openLock(path, O_CREAT);
      if (lock == null) {
        continue;
      }
      try {
        kernel.lock(lock, true, true);
        if (!isAt(lock, path)) {
          lock.close();
          continue;
        }
        if (Files.exists(whole.resolve(LOCK))) {
          removeAll(path); // what a killed JVM has left, while another one had its layer
          lock.close();
          return null;
        }
        removeContent(path);
        makeDirectory(path.resolve("diff"));
        return new Begun(whole, path, lock);
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
    }
  }

  private static void makeDirectory(Path path) throws IOException {
    try {
      Files.createDirectory(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      // It is locked next.
    }
  }

  private @Nullable Fd openLock(Path path, int flags) {
    try {
      return kernel.open(path.resolve(LOCK).toString(), O_RDWR | flags);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return null;
      }
      throw e;
    }
  }

  /** The lock of a directory, ours; null if there is no such directory, or others have it. */
  private @Nullable Fd open(Path path, boolean exclusive, boolean wait) throws IOException {
    while (true) {
      Fd lock = openLock(path, 0);
      if (lock == null) {
        return null;
      }
      try {
        if (!kernel.lock(lock, exclusive, wait)) {
          lock.close();
          return null;
        }
        if (isAt(lock, path)) {
          return lock;
        }
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
      lock.close(); // it was being removed
    }
  }

  /** Whether this is still the lock of that directory. */
  private static boolean isAt(Fd lock, Path path) throws IOException {
    try {
      return key(path.resolve(LOCK)).equals(key(Path.of(lock.path())));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** Removes what killed JVMs have left. */
  void sweep() throws IOException {
    for (Path path : list()) {
      String name = path.getFileName().toString();
      if (name.endsWith(NEW) || name.endsWith(GONE)) {
        Fd lock = open(path, true, false);
        if (lock != null) {
          try (lock) {
            removeAll(path);
          }
        } else if (!Files.exists(path.resolve(LOCK))) {
          Files.deleteIfExists(path); // killed before it had a lock
        }
      }
    }
  }

  /**
   * Removes layers that nobody holds.
   *
   * @param kept chain ids of those that stay
   * @return how many were removed
   */
  int prune(Set<String> kept) throws IOException {
    sweep();
    int removed = 0;
    for (Path path : list()) {
      String name = path.getFileName().toString();
      if (name.contains(".") || kept.contains(name)) {
        continue;
      }
      Fd lock = open(path, true, false);
      if (lock != null) {
        try (lock) {
          Path gone = directory.resolve(UUID.randomUUID() + GONE);
          Files.move(path, gone); // nobody finds half of it
          removeAll(gone);
          removed++;
        }
      }
    }
    return removed;
  }

  private List<Path> list() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory)) {
      for (Path path : paths) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          found.add(path);
        }
      }
    }
    return found;
  }

  /** Removes a directory whose lock is ours; the lock is the last to go. */
  private void removeAll(Path path) throws IOException {
    removeContent(path);
    Files.deleteIfExists(path.resolve(LOCK));
    Files.deleteIfExists(path);
  }

  private void removeContent(Path path) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          removeTree(file);
        } else if (!file.endsWith(LOCK)) {
          Files.delete(file);
        }
      }
    }
  }

  private void removeTree(Path tree) throws IOException {
    if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.deleteIfExists(tree); // most often there is nothing in it
      } catch (java.nio.file.DirectoryNotEmptyException e) {
        TreeRemoval.empty(launcher, user, tree);
        Files.delete(tree);
      }
    }
  }
}
