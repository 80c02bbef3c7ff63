package io.jcontainer.linux.image;

import io.jcontainer.images.Digest;
import io.jcontainer.linux.copy.TreeRemoval;
import io.jcontainer.linux.copy.TreeSize;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of unpacked layers, and who uses them:
 *
 * <pre>
 * HEX/lock            by flock(2): shared by whoever has it mounted, exclusive for its removal
 *     diff            the layer
 *     opaque          is there if the layer hides all that is below it
 *     root            what the root of a container is like that has it as its topmost layer: mode
 *                     in octal, user, group; is not there if that is root's and has mode 755
 *     unsynced        is there until all is known to be on disk: the boot that has it in memory
 * HEX.new/...         the same while it is being unpacked, locked exclusively
 * HEX.in.new/...      the same while it comes in, from a registry that may take its time
 * UUID.gone/...       the same while it is being removed
 * </pre>
 *
 * <p>HEX is the chain id. A lock ends with its JVM: what is new and not locked, a killed one has
 * left. Whoever has all of a layer waits for others who have, but never for one that comes in; the
 * first of these two that is whole gets the name, and the other is removed.
 */
final class LayerPlaces {
  private static final Logger LOG = LoggerFactory.getLogger(LayerPlaces.class);
  private static final String NEW = ".new";
  private static final String COMING_IN = ".in" + NEW;
  private static final String GONE = ".gone";
  private static final String ROOT = "root";
  private static final int RENAMES = 3;

  private final Kernel kernel;
  private final Launcher launcher;
  private final Path directory;
  private final @Nullable Fd user;
  private final Syncs syncs;

  /**
   * Uses a directory.
   *
   * @param user the user namespace that the files belong to, or null for root
   */
  LayerPlaces(Kernel kernel, Launcher launcher, Path directory, @Nullable Fd user, Syncs syncs) {
    this.syncs = syncs;
    this.kernel = kernel;
    this.launcher = launcher;
    this.directory = directory;
    this.user = user;
  }

  /** A layer that is whole, and that nobody removes as long as this is open. */
  static final class Held implements AutoCloseable {
    private final Path path;
    private final Fd lock;
    private final boolean opaque;
    private final RootAttributes root;

    private Held(Path path, Fd lock) throws IOException {
      this.path = path;
      this.lock = lock;
      this.opaque = Files.exists(path.resolve("opaque"));
      this.root = readRoot(path);
    }

    Path diff() {
      return path.resolve("diff");
    }

    /** Whether it hides all that is below it. */
    boolean isOpaque() {
      return opaque;
    }

    /** The root of a container whose topmost layer it is. */
    RootAttributes root() {
      return root;
    }

    @Override
    public void close() {
      lock.close();
    }
  }

  private static RootAttributes readRoot(Path place) throws IOException {
    Path mark = place.resolve(ROOT);
    if (!Files.exists(mark)) {
      return RootAttributes.USUAL;
    }
    String text = Files.readString(mark);
    try {
      String[] numbers = text.strip().split(" ", -1);
      return new RootAttributes(
          Integer.parseInt(numbers[0], 8), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new IOException(mark + " has no mode, user and group in it", e);
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

    /** Says what the root is like that it gives a container, together with the layers below. */
    void markRoot(RootAttributes root) throws IOException {
      if (!root.isUsual()) {
        Files.writeString(
            path.resolve(ROOT),
            "%o %d %d%n".formatted(root.mode(), root.uid(), root.gid()),
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE);
      }
    }

    /** Removes a directory beside the layer. */
    void remove(String name) throws IOException {
      removeTree(path.resolve(name));
    }

    /** It is whole: gives it its name, unless another one has got that meanwhile. */
    void publish() throws IOException {
      for (int left = RENAMES; ; left--) {
        try {
          Files.move(path, whole); // rename(2) replaces no directory that has something in it
          break;
        } catch (FileSystemException e) {
          if (Files.exists(whole.resolve(LayerLock.NAME))) {
            return;
          }
          if (left == 0) {
            throw e; // else the other one was just removed
          }
        }
      }
      syncs.later(whole);
    }

    /** Removes what there is of it, unless it was published. */
    @Override
    public void close() throws IOException {
      try (lock) {
        if (LayerLock.isAt(lock, path)) {
          removeAll(path);
        }
      }
    }
  }

  /** The layer of this chain if it is there. */
  @Nullable Held find(Digest chain) throws IOException {
    Path path = directory.resolve(chain.hex());
    Fd lock = lock(path, false, true);
    if (lock == null) {
      return null;
    }
    try {
      if (syncs.isWhole(path)) {
        return new Held(path, lock);
      }
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
    lock.close();
    removeLayer(path);
    return null;
  }

  /**
   * A place to unpack the layer of this chain in.
   *
   * @param comesIn whether it is still to come in, be it for ever: then nobody waits for it, and it
   *     is not begun if another one comes in. Else this waits for others who have all of it, too.
   *     Who waits may have begun layers above it, but none below it: then no two wait for each
   *     other
   * @return null if it is there by now, or comes in otherwise
   */
  @Nullable Begun begin(Digest chain, boolean comesIn) throws IOException {
    Path whole = directory.resolve(chain.hex());
    Path path = directory.resolve(chain.hex() + (comesIn ? COMING_IN : NEW));
    while (true) {
      makeDirectory(path);
      LayerLock.make(kernel, launcher.arch(), path);
      Fd lock = lock(path, true, !comesIn);
      if (lock == null) {
        if (comesIn) {
          return null;
        }
        continue; // it was removed, or became the layer
      }
      try {
        if (Files.exists(whole.resolve(LayerLock.NAME))) {
          removeAll(path); // made by us just now, or left by a killed JVM
          lock.close();
          return null;
        }
        removeContent(path);
        syncs.mark(path);
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

  /** The lock of a directory, ours; null if there is no such directory, or others have it. */
  private @Nullable Fd lock(Path path, boolean exclusive, boolean wait) throws IOException {
    return LayerLock.take(kernel, launcher.arch(), path, exclusive, wait);
  }

  /** Removes what killed JVMs have left. What cannot be removed stays, and is in nobody's way. */
  void sweep() throws IOException {
    for (Path path : list()) {
      String name = path.getFileName().toString();
      if (name.endsWith(NEW) || name.endsWith(GONE)) {
        try {
          sweep(path);
        } catch (IOException | SyscallException e) {
          LOG.warn("cannot remove {}, which a killed JVM has left; it takes room", path, e);
        }
      }
    }
  }

  private void sweep(Path path) throws IOException {
    Fd lock = lock(path, true, false);
    if (lock != null) {
      try (lock) {
        removeAll(path);
      }
    } else if (!Files.exists(path.resolve(LayerLock.NAME))) {
      removeUnlessBegun(path); // killed before it had a lock
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
      if (removeLayer(path)) {
        removed++;
      }
    }
    return removed;
  }

  /**
   * What there is.
   *
   * @param layers how many layers
   * @param held the chain ids of those that somebody holds
   * @param bytes how much room all of it takes
   * @param reclaimable how much of that {@link #prune} would give back
   */
  record Usage(int layers, Set<String> held, long bytes, long reclaimable) {}

  /**
   * Counts what there is.
   *
   * @param kept chain ids of those that a prune leaves
   */
  Usage usage(Set<String> kept) throws IOException {
    int layers = 0;
    long bytes = 0;
    long reclaimable = 0;
    Set<String> held = new HashSet<>();
    try (TreeSize sizes = TreeSize.open(launcher, user)) {
      for (Path path : list()) {
        String name = path.getFileName().toString();
        boolean layer = !name.contains(".");
        long size = sizes.of(path);
        bytes += size;
        if (layer) {
          layers++;
        }
        if (!isFree(path)) {
          if (layer) {
            held.add(name);
          }
        } else if (!kept.contains(name)) {
          reclaimable += size;
        }
      }
    }
    return new Usage(layers, held, bytes, reclaimable);
  }

  /** Whether nobody has it. For the moment in which we look, we have it. */
  private boolean isFree(Path path) throws IOException {
    Fd lock = lock(path, true, false);
    if (lock == null) {
      return !Files.exists(path.resolve(LayerLock.NAME)); // a killed JVM has had none yet
    }
    lock.close();
    return true;
  }

  /** Removes a layer, unless somebody holds it. */
  private boolean removeLayer(Path path) throws IOException {
    Fd lock = lock(path, true, false);
    if (lock == null) {
      return false;
    }
    try (lock) {
      Path gone = directory.resolve(UUID.randomUUID() + GONE);
      Files.move(path, gone); // nobody finds half of it
      removeAll(gone);
      return true;
    }
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
    Files.deleteIfExists(path.resolve(LayerLock.NAME));
    removeUnlessBegun(path);
  }

  /** Removes a directory without a lock, in which somebody may just be making one. */
  private static void removeUnlessBegun(Path path) throws IOException {
    try {
      Files.deleteIfExists(path);
    } catch (DirectoryNotEmptyException e) {
      // It is theirs now.
    }
  }

  private void removeContent(Path path) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          removeTree(file);
        } else if (!file.endsWith(LayerLock.NAME)) {
          Files.deleteIfExists(file); // who has brought it to disk may remove the mark now
        }
      }
    }
  }

  private void removeTree(Path tree) throws IOException {
    if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.deleteIfExists(tree); // most often there is nothing in it
      } catch (DirectoryNotEmptyException e) {
        TreeRemoval.empty(launcher, user, tree);
        Files.delete(tree);
      }
    }
  }
}
