package io.jcontainer.images;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A directory that nobody but the JVM's user can write in: whoever can, could replace what is in
 * it, and so what containers are started of.
 *
 * @since 0.1.0
 */
public final class OwnDirectory {
  private static final int WRITABLE_BY_OTHERS = 022;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;

  private OwnDirectory() {}

  /**
   * Makes it with mode 0700, and so those above it that are not there; or makes sure that one that
   * is there belongs to the JVM's user, and that nobody else can write in it. Nor may others be
   * able to put another directory in its place: the one above it has to belong to the JVM's user or
   * to root, and if others can write there, it has to be sticky, as {@code /tmp} is.
   *
   * <p>Where there is no {@code /proc}, it is not known who the JVM's user is, and owners are not
   * looked at; where files have no modes, nothing is.
   *
   * @param directory an absolute or relative path
   * @return the same directory, by a path without symbolic links
   * @throws ImageException if it belongs to somebody else, or can be written by others
   * @throws IOException if it cannot be made, or is none
   */
  public static Path make(Path directory) throws IOException {
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      StoreFiles.makeDirectories(parent);
    }
    if (!Files.isDirectory(directory)) {
      StoreFiles.makeDirectory(directory);
    }
    Path real = directory.toRealPath();
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
      Integer user = user();
      check(real, user);
      Path above = real.getParent();
      if (above != null) {
        checkAbove(above, user);
      }
    }
    return real;
  }

  /** Whom the JVM runs as; null if that is not known. */
  static @Nullable Integer user() {
    try {
      // A directory of a process belongs to its effective user, even if it is not dumpable.
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return null; // no Linux
    }
  }

  private static void check(Path directory, @Nullable Integer user) throws IOException {
    int owner = owner(directory);
    int mode = mode(directory);
    if ((user != null && owner != user) || (mode & WRITABLE_BY_OTHERS) != 0) {
      throw new ImageException(
          "%s, where images are, must belong to the JVM's user and be writable by nobody else (chown %s, chmod go-w; or name another directory): it belongs to %d and has mode %04o"
              .formatted(directory, Objects.requireNonNullElse(user, "it"), owner, mode));
    }
  }

  private static void checkAbove(Path directory, @Nullable Integer user) throws IOException {
    int owner = owner(directory);
    int mode = mode(directory);
    boolean others = (mode & WRITABLE_BY_OTHERS) != 0 && (mode & STICKY) == 0;
    if ((user != null && owner != user && owner != ROOT) || others) {
      throw new ImageException(
          "%s, above where images are, must belong to the JVM's user or to root, and be writable by nobody else unless it is sticky (chmod go-w; or name another directory): it belongs to %d and has mode %04o"
              .formatted(directory, owner, mode));
    }
  }

  private static int owner(Path directory) throws IOException {
    return (Integer) Files.getAttribute(directory, "unix:uid");
  }

  private static int mode(Path directory) throws IOException {
    return (Integer) Files.getAttribute(directory, "unix:mode") & 07777;
  }
}
