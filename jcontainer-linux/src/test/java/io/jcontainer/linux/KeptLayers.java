package io.jcontainer.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Write layers that are kept. */
final class KeptLayers {
  private KeptLayers() {}

  /**
   * Lets all of them be removed: OverlayFS leaves work/work with mode 000, which an ordinary user
   * cannot look into.
   *
   * @param directory what they are in
   */
  static void makeRemovable(Path directory) throws IOException {
    try (var kept = Files.list(directory)) {
      for (Path each : kept.map(path -> path.resolve("work/work")).filter(Files::exists).toList()) {
        Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwx------"));
      }
    }
  }
}
