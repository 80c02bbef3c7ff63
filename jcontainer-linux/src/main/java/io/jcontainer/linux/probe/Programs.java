package io.jcontainer.linux.probe;

import com.google.common.base.Splitter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs of the host, as ProcessBuilder finds them. */
final class Programs {
  private Programs() {}

  /** The first in PATH, or the usual place if it is in no directory of it. */
  static Path find(String name) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    for (String directory : Splitter.on(':').omitEmptyStrings().split(path)) {
      Path program = Path.of(directory, name);
      if (Files.isExecutable(program)) {
        return program;
      }
    }
    return Path.of("/usr/bin", name);
  }
}
