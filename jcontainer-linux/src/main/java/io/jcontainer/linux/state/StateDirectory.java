package io.jcontainer.linux.state;

import io.jcontainer.ContainerException;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Where the runtime keeps what must lie in a file. It belongs to the JVM's user and is closed to
 * all others, or it is not used. It is made when it is first needed.
 */
public final class StateDirectory {
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private final Path path;
  private final int uid;

  private StateDirectory(Path path, int uid) {
    this.path = path;
    this.uid = uid;
  }

  /** One at a path that the user chose: made or checked at once. */
  public static StateDirectory at(Path path, int uid) {
    StateDirectory directory = new StateDirectory(path, uid);
    directory.ensure();
    return directory;
  }

  /** The usual one of this user. */
  public static StateDirectory usual(int uid, Map<String, String> env) {
    if (uid == 0) { // whatever user's environment sudo(8) has kept
      return new StateDirectory(Path.of("/run/jcontainer"), uid);
    }
    String runtime = env.get("XDG_RUNTIME_DIR");
    return new StateDirectory(
        runtime != null && runtime.startsWith("/")
            ? Path.of(runtime, "jcontainer")
            : Path.of(System.getProperty("java.io.tmpdir"), "jcontainer-" + uid),
        uid);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** The same, made or checked now. */
  Path made() {
    ensure();
    return path;
  }

  /** The path of a program with this content, written if it is not there yet. */
  public String executable(Kernel kernel, String name, byte[] content) {
    ensure();
    Path file = path.resolve(name);
    try {
      if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
        ProgramFile.write(kernel, path, name, content);
      }
    } catch (IOException | SyscallException e) {
      throw new ContainerException(
          "the program %s cannot be written: %s; make room there, or name another directory with RuntimeOptions.withStateDirectory"
              .formatted(file, e),
          e);
    }
    return file.toString();
  }

  private void ensure() {
    try {
      Path parent = path.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try {
        Files.createDirectory(path, PosixFilePermissions.asFileAttribute(PRIVATE));
      } catch (FileAlreadyExistsException e) {
        // Whose it is decides, whoever made it.
      }
      check();
    } catch (IOException e) {
      throw new HostUnsupportedException(
          "the state directory " + path,
          e + "; name another with RuntimeOptions.withStateDirectory",
          e);
    }
  }

  private void check() throws IOException {
    var attributes = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    int owner = (Integer) Objects.requireNonNull(attributes.get("uid"));
    int mode = (Integer) Objects.requireNonNull(attributes.get("mode"));
    boolean directory = (mode & 0170000) == 0040000;
    if (!directory || owner != uid || (mode & 0077) != 0) {
      throw new HostUnsupportedException(
          "the state directory " + path,
          "it must be a directory of user %d with mode 0700, but has owner %d and mode %o; remove it, or name another with RuntimeOptions.withStateDirectory"
              .formatted(uid, owner, mode),
          null);
    }
  }
}
