package io.jcontainer.linux.probe;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether a file system can be mounted with the ids of a user namespace; tried once for each
 * directory: attributes by name, such as the device's number, take longer than the call.
 */
public final class IdmapProbe {
  private static final String NONE = "";

  /** Whoever starts containers from ever new directories tries again now and then. */
  private static final int MOST_KNOWN = 1_000;

  private final Kernel kernel;
  private final Map<Object, String> problems = new ConcurrentHashMap<>();

  /** Tries by these system calls. */
  public IdmapProbe(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Why it cannot be, or null if it can, or if the directory is not there at all. */
  public @Nullable String problem(Path directory, Fd userNamespace) {
    Object file; // its device and inode
    try {
      file = Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null; // the step that opens it says so better
    }
    String problem = problems.get(file);
    if (problem == null) {
      if (problems.size() >= MOST_KNOWN) {
        problems.clear();
      }
      problem = attempt(file, directory, userNamespace);
    }
    return problem.equals(NONE) ? null : problem;
  }

  private String attempt(Object file, Path directory, Fd userNamespace) {
    try {
      kernel.tryIdmap(directory.toString(), userNamespace);
      problems.put(file, NONE);
      return NONE;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
        throw e; // says nothing about the file system
      }
      String problem = e.call() + ": " + e.errno().message() + " (" + e.errno() + ")";
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
        problems.put(file, problem); // the file system cannot; all else may pass
      }
      return problem;
    }
  }
}
