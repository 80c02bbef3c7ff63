package io.jcontainer.linux.state;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A program in the state directory, which is whole as soon as it is there: it is written beside its
 * place, and put there then. Meanwhile it is locked. One whose lock nobody holds is what a JVM has
 * left that was killed.
 */
final class ProgramFile {
  private static final String SUFFIX = ".new";
  private static final int O_RDONLY = 0;

  private ProgramFile() {}

  /**
   * Writes it, or leaves nothing. What is there keeps its file, for others may execute it. Before
   * the new one is locked, another JVM may take it for a dead one's and delete it: then another is
   * made.
   */
  static void write(Kernel kernel, Path directory, String name, byte[] content) throws IOException {
    boolean done = false;
    while (!done) {
      Path fresh = Files.createTempFile(directory, name, SUFFIX, mode("rw-------"));
      // Locked by a descriptor that cannot write: while one can, execve fails with ETXTBSY.
      try (Fd locked = kernel.open(fresh.toString(), O_RDONLY)) {
        kernel.lock(locked, true, true);
        if (Files.exists(fresh)) {
          Files.write(fresh, content, StandardOpenOption.WRITE);
          Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("r-x------"));
          Files.move(fresh, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
          done = true;
        }
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT) { // else it was deleted before it was opened
          throw e;
        }
      } finally {
        Files.deleteIfExists(fresh);
      }
    }
  }

  private static FileAttribute<?> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }

  /** Deletes those that dead JVMs have left half written, and says which. */
  static List<Path> sweep(Kernel kernel, Path directory) {
    return NameFile.sweep(kernel, directory, "*" + SUFFIX);
  }
}
