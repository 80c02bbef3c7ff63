package io.jcontainer.linux.cgroup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A small file of a cgroup. */
final class KernelFile {
  private KernelFile() {}

  /**
   * What it says, without the last newline.
   *
   * @return empty if it is not there; also if its cgroup is removed meanwhile, which read(2) says
   *     by ENODEV
   */
  static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).stripTrailing());
    } catch (IOException e) {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      throw new UncheckedIOException(e);
    }
  }
}
