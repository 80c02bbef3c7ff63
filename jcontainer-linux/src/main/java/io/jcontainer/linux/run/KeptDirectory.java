package io.jcontainer.linux.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory of {@link LayeredRootfs#writableIn}: checked, locked, and with what the overlay
 * needs in it. Nobody but the JVM's user can write in it, so that what is checked stays so.
 */
final class KeptDirectory {
  /** The overlay's upper layer. */
  static final String UPPER = "upper";

  /** Where no overlay can be had: a copy of the layers. */
  static final String COPY = "copy";

  private static final int O_RDONLY = 0;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int LINE = 64;
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> ROOTS =
      PosixFilePermissions.fromString("rwxr-xr-x");

  private final Kernel kernel;
  private final UserPlacement user;
  private final Path path;

  private KeptDirectory(Kernel kernel, UserPlacement user, Path path) {
    this.kernel = kernel;
    this.user = user;
    this.path = path;
  }

  /**
   * Takes the directory that a spec names.
   *
   * @param id the container's
   * @return the lock, which is given back by closing it; null if the spec names none
   * @throws InvalidSpecException if it cannot be used, or another container uses it
   */
  static @Nullable Fd take(Kernel kernel, ContainerSpec spec, UserPlacement user, String id) {
    LayeredRootfs rootfs = spec.rootfs().orElse(null);
    Path path = rootfs == null ? null : rootfs.keptIn().orElse(null);
    if (rootfs == null || path == null) {
      return null;
    }
    KeptDirectory kept = new KeptDirectory(kernel, user, path);
    if (!Kind.PID.isOwn(spec.namespaces())) {
      throw kept.refused("needs an own pid namespace: else processes could outlive the lock");
    }
    try {
      return kept.take(rootfs.layers(), rootfs.fallbacks().contains(Fallback.COPY), id);
    } catch (SyscallException | IOException e) {
      throw kept.refused("cannot be used: " + e.getMessage());
    }
  }

  private Fd take(List<Path> layers, boolean copies, String id) throws IOException {
    requireApart(layers);
    if (!Files.exists(path)) {
      makeIfAbsent(path);
    }
    try (Fd directory = kernel.open(path.toString(), O_RDONLY)) {
      Path there = Path.of(directory.path());
      requireOwn(there);
      Fd lock = lock(there, id);
      try {
        if (!copies && Files.exists(there.resolve(COPY))) {
          throw refused("was begun with a copy of the layers: it needs withFallback()");
        }
        make(there.resolve(UPPER));
        make(there.resolve("work"));
        return lock;
      } catch (IOException | RuntimeException | Error e) {
        lock.close();
        throw e;
      }
    }
  }

  private void requireApart(List<Path> layers) throws IOException {
    Path above = path.getParent();
    if (above == null || !Files.isDirectory(above)) {
      throw refused("cannot be made: the directory above it is not there");
    }
    Path real =
        Files.exists(path) ? path.toRealPath() : above.toRealPath().resolve(path.getFileName());
    for (Path layer : layers) {
      // One that is not there is named by the step that fails.
      Path other = Files.exists(layer) ? layer.toRealPath() : layer;
      if (real.startsWith(other) || other.startsWith(real)) {
        throw refused("overlaps the layer " + layer);
      }
    }
  }

  private void requireOwn(Path there) throws IOException {
    if (!Files.isDirectory(there)) {
      throw refused("is no directory");
    }
    int owner = (Integer) Files.getAttribute(there, "unix:uid");
    int mode = (Integer) Files.getAttribute(there, "unix:mode");
    if (owner != kernel.effectiveUserId() || (mode & WRITABLE_BY_OTHERS) != 0) {
      throw refused(
          "must belong to the JVM's user and be writable by nobody else (chown %d, chmod go-w): it"
                  .formatted(kernel.effectiveUserId())
              + " belongs to %d and has mode %04o".formatted(owner, mode & 07777));
    }
  }

  private Fd lock(Path there, String id) throws IOException {
    Path file = there.resolve("lock");
    if (Files.exists(file, NOFOLLOW_LINKS) && !Files.isRegularFile(file, NOFOLLOW_LINKS)) {
      throw refused("has a \"lock\" that is no file");
    }
    Fd lock = kernel.open(file.toString(), O_RDWR | O_CREAT);
    try {
      if (!kernel.lock(lock, true, false)) {
        String user = Files.readString(file).strip();
        throw refused("is in use" + (user.isEmpty() ? "" : " by " + user));
      }
      String line = "container " + id + " of JVM " + ProcessHandle.current().pid();
      kernel.writeAt(lock, ("%-" + (LINE - 1) + "s\n").formatted(line).getBytes(UTF_8), 0);
      return lock;
    } catch (IOException | RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** One of the overlay's two: a directory of the container's root. */
  private void make(Path directory) throws IOException {
    boolean made = makeIfAbsent(directory);
    if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
      throw refused("has a \"" + directory.getFileName() + "\" that is no directory");
    }
    long owner = Integer.toUnsignedLong((Integer) Files.getAttribute(directory, "unix:uid"));
    // The JVM may have ended before it gave away what it had made.
    if (made || (owner == kernel.effectiveUserId() && !isMapped(owner) && isEmpty(directory))) {
      if (kernel.effectiveUserId() == 0) {
        Files.setAttribute(directory, "unix:gid", (int) user.rootGid(), NOFOLLOW_LINKS);
        Files.setAttribute(directory, "unix:uid", (int) user.rootUid(), NOFOLLOW_LINKS);
        owner = user.rootUid();
      }
      Files.setPosixFilePermissions(directory, ROOTS);
    }
    if (!isMapped(owner)) {
      throw refused(
          "has a \"%s\" that belongs to %d, which is none of this container's ids: use the ids that"
                  .formatted(directory.getFileName(), owner)
              + " it was written with, or another directory");
    }
  }

  private boolean makeIfAbsent(Path directory) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private boolean isMapped(long owner) {
    for (IdMapping.Range range : user.ids().uids()) {
      if (owner >= range.hostId() && owner - range.hostId() < range.size()) {
        return true;
      }
    }
    return false;
  }

  private InvalidSpecException refused(String why) {
    return new InvalidSpecException("rootfs", "the directory to write in, " + path + ", " + why);
  }
}
