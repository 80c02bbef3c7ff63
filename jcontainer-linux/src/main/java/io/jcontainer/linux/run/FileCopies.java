package io.jcontainer.linux.run;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.copy.Copying;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.Joining;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Copies files between the host and containers. */
final class FileCopies {
  private final Kernel kernel;
  private final Launcher launcher;

  /** Agents die with the threads that have started them, which live as long as the runtime. */
  private final LauncherThreads threads;

  /** What is held of a container of this runtime, by its id; null if nothing is. */
  private final Function<String, @Nullable HeldFiles> held;

  FileCopies(
      Kernel kernel,
      Launcher launcher,
      LauncherThreads threads,
      Function<String, @Nullable HeldFiles> held) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.threads = threads;
    this.held = held;
  }

  void copyTo(Joinable container, Path source, String target) {
    String path = hostPath("source", source);
    requireAbsolute("target", target);
    try (Copying copying = start(container, target)) {
      copying.in(path, target);
    }
  }

  void copyFrom(Joinable container, String source, Path target) {
    requireAbsolute("source", source);
    String path = hostPath("target", target);
    try (Copying copying = start(container, source)) {
      copying.out(source, path);
    }
  }

  private Copying start(Joinable container, String path) {
    return threads.call(
        () -> {
          if (container instanceof LinuxContainer own) {
            Copying ended = startHeld(own, path);
            if (ended != null) {
              return ended;
            }
          }
          try (Joining joining = container.join(kernel)) {
            return Copying.start(
                kernel, launcher, joining.door(), joining.namespaces(), joining.user(), path);
          }
        });
  }

  /** By what is held, which outlives the container's end; null if nothing is. */
  private @Nullable Copying startHeld(LinuxContainer container, String path) {
    HeldFiles files = held.apply(container.id());
    HeldFiles.Copy copy = files == null ? null : files.open().orElse(null);
    if (copy == null) {
      return null;
    }
    try (copy) {
      Fd mounts = copy.mounts();
      return mounts == null
          ? null
          : Copying.start(kernel, launcher, mounts, copy.users(), container.user(), path);
    }
  }

  private static String hostPath(String parameter, Path path) {
    if (!path.getFileSystem().equals(java.nio.file.FileSystems.getDefault())) {
      throw new InvalidSpecException(parameter, path + " is not on the host's file system");
    }
    return path.toAbsolutePath().toString();
  }

  private static void requireAbsolute(String parameter, String path) {
    if (!path.startsWith("/")) {
      throw new InvalidSpecException(parameter, "\"" + path + "\" does not begin with /");
    }
    if (path.indexOf(0) >= 0) {
      throw new InvalidSpecException(parameter, "a path has no NUL character in it");
    }
  }
}
