package io.jcontainer.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A temporary directory with a root file system in it: the static {@code true} and mount points.
 * Other ids than its owner's can read it, as those of a user namespace must.
 *
 * @param path where it lies
 */
record BenchDirectory(Path path) implements AutoCloseable {
  /** The command inside the root file system. */
  static final String COMMAND = "/true";

  /** A command that waits until it is killed. */
  static final String PAUSE = "/pause";

  static BenchDirectory create() throws IOException {
    BenchDirectory directory = new BenchDirectory(Files.createTempDirectory("jcontainer-bench-"));
    Files.setPosixFilePermissions(directory.path, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (String mountPoint : List.of("proc", "sys", "dev", "tmp", "etc", "run")) {
      Files.createDirectories(directory.rootfs().resolve(mountPoint));
    }
    StaticPrograms.writeTrue(directory.staticTrue());
    StaticPrograms.writePause(directory.rootfs().resolve("pause"));
    return directory;
  }

  Path rootfs() {
    return path.resolve("rootfs");
  }

  /** Where images lie. */
  Path images() {
    return path.resolve("images");
  }

  /** The command as the host sees it. */
  Path staticTrue() {
    return rootfs().resolve("true");
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(
              file -> {
                try {
                  Files.delete(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
