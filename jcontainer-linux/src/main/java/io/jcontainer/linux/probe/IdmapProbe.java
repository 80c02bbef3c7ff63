package io.jcontainer.linux.probe;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Whether a file system can be mounted with the ids of a user namespace; tried once for each. */
public final class IdmapProbe {
  private static final String NONE = "";

  private final Kernel kernel;
  private final Map<Object, String> problems = new ConcurrentHashMap<>();

  /** Tries by these system calls. */
  public IdmapProbe(Kernel kernel) {
    this.kernel = kernel;
  }

  /** Why it cannot be, or null if it can, or if the directory is not there at all. */
  public @Nullable String problem(Path directory, Fd userNamespace) {
    Object device;
    try {
      device = Files.getAttribute(directory, "unix:dev");
    } catch (IOException e) {
      return null; // the step that opens it says so better
    }
    String problem = problems.get(device);
    if (problem == null) {
      problem = attempt(device, directory, userNamespace);
    }
    return problem.equals(NONE) ? null : problem;
  }

  private String attempt(Object device, Path directory, Fd userNamespace) {
    try {
      kernel.tryIdmap(directory.toString(), userNamespace);
      problems.put(device, NONE);
      return NONE;
    } catch (SyscallException e) {
      if (e.errno() == Errno.EMFILE || e.errno() == Errno.ENFILE) {
        throw e; // says nothing about the file system
      }
      String problem = e.call() + ": " + e.errno().message() + " (" + e.errno() + ")";
      if (e.errno() == Errno.EINVAL || e.errno() == Errno.EOPNOTSUPP) {
        problems.put(device, problem); // the file system cannot; all else may pass
      }
      return problem;
    }
  }
}
