package io.jcontainer.linux.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.linux.copy.OwnedDirectory;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootAttributes;
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
import java.util.Objects;
import java.util.Set;
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

  private final Kernel kernel;
  private final Launcher launcher;
  private final UserPlacement user;
  private final @Nullable Fd namespace;
  private final Path path;

  private KeptDirectory(
      Kernel kernel, Launcher launcher, UserPlacement user, @Nullable Fd namespace, Path path) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.user = user;
    this.namespace = namespace;
    this.path = path;
  }

  /**
   * Takes the directory that a spec names.
   *
   * @param request whose root a new one is to be like
   * @param namespace the user namespace whose ids the container has, or null for the JVM's
   * @param id the container's
   * @return the lock, which is given back by closing it; null if the spec names none
   * @throws InvalidSpecException if it cannot be used, or another container uses it
   */
  static @Nullable Fd take(
      Kernel kernel, Launcher launcher, LaunchRequest request, @Nullable Fd namespace, String id) {
    ContainerSpec spec = request.spec();
    LayeredRootfs rootfs = spec.rootfs().orElse(null);
    Path path = rootfs == null ? null : rootfs.keptIn().orElse(null);
    if (rootfs == null || path == null) {
      return null;
    }
    KeptDirectory kept = new KeptDirectory(kernel, launcher, request.user(), namespace, path);
    if (!Kind.PID.isOwn(spec.namespaces())) {
      throw kept.refused("needs an own pid namespace: else processes could outlive the lock");
    }
    try {
      boolean copies = rootfs.fallbacks().contains(Fallback.COPY);
      return kept.take(rootfs.layers(), copies, request.root(), id);
    } catch (SyscallException | IOException e) {
      throw kept.refused("cannot be used: " + e.getMessage());
    }
  }

  private Fd take(List<Path> layers, boolean copies, RootAttributes root, String id)
      throws IOException {
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
        make(there.resolve(UPPER), root);
        make(there.resolve("work"), RootAttributes.USUAL);
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

  /**
   * One of the overlay's two. The upper one is what a container sees as its root, and may change
   * like any other directory, so it gets its attributes with its name, and never again.
   */
  private void make(Path directory, RootAttributes attributes) throws IOException {
    if (!Files.exists(directory, NOFOLLOW_LINKS)) {
      makeNew(directory, attributes);
    }
    if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
      throw refused("has a \"" + directory.getFileName() + "\" that is no directory");
    }
    long owner = id(directory, "unix:uid");
    if (!isMapped(owner)) {
      throw refused(
          "has a \"%s\" that belongs to %d, which is none of this container's ids: use the ids that"
                  .formatted(directory.getFileName(), owner)
              + " it was written with, or another directory");
    }
  }

  private void makeNew(Path directory, RootAttributes attributes) throws IOException {
    Path fresh = directory.resolveSibling(directory.getFileName() + ".new");
    Files.deleteIfExists(fresh); // the JVM may have ended before it gave away what it had made
    makeIfAbsent(fresh);
    long uid = user.userOutside(attributes.uid());
    long gid = user.groupOutside(attributes.gid());
    if (kernel.effectiveUserId() == 0) {
      Files.setAttribute(fresh, "unix:gid", (int) gid, NOFOLLOW_LINKS);
      Files.setAttribute(fresh, "unix:uid", (int) uid, NOFOLLOW_LINKS);
    }
    if (id(fresh, "unix:uid") == uid && id(fresh, "unix:gid") == gid) {
      Files.setAttribute(fresh, "unix:mode", attributes.mode(), NOFOLLOW_LINKS);
    } else {
      try (Fd opened = kernel.open(fresh.toString(), O_RDONLY)) {
        OwnedDirectory.give(launcher, user, Objects.requireNonNull(namespace), opened, attributes);
      }
    }
    Files.move(fresh, directory, ATOMIC_MOVE); // else a JDK may want to write in it
  }

  private static long id(Path directory, String attribute) throws IOException {
    return Integer.toUnsignedLong(
        (Integer) Files.getAttribute(directory, attribute, NOFOLLOW_LINKS));
  }

  private boolean makeIfAbsent(Path directory) throws IOException {
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
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
