package io.jcontainer.linux.image;

import io.jcontainer.images.ImageException;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A directory that nobody but the JVM's user can write in: whoever can, could replace what is in
 * it, and so what containers are started of.
 */
final class OwnDirectory {
  private static final int WRITABLE_BY_OTHERS = 022;

  private OwnDirectory() {}

  /** Makes it with mode 0700, or looks at whose the one that is there is. */
  static void make(Kernel kernel, Path directory) throws IOException {
    Path parent = directory.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileAlreadyExistsException e) {
      require(kernel, directory);
    }
  }

  private static void require(Kernel kernel, Path directory) throws IOException {
    int owner = (Integer) Files.getAttribute(directory, "unix:uid");
    int mode = (Integer) Files.getAttribute(directory, "unix:mode");
    int own = kernel.effectiveUserId();
    if (owner != own || (mode & WRITABLE_BY_OTHERS) != 0) {
      throw new ImageException(
          "%s, where images are, must belong to the JVM's user and be writable by nobody else (chown %d, chmod go-w; or name another with RuntimeOptions.withImageDirectory): it belongs to %d and has mode %04o"
              .formatted(directory, own, owner, mode & 07777));
    }
  }
}
