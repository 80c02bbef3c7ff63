package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the host. */
final class Programs {
  private Programs() {}

  /** Where a program lies: in PATH, or in the directories that ordinary users' PATH lacks. */
  static Optional<Path> find(String name) {
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":")),
            Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin"))
        .filter(directory -> directory.startsWith("/"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Like {@link #find}, but its absence is why something is left out. */
  static String require(String name) throws IOException {
    return find(name).orElseThrow(() -> new IOException(name + " is not installed")).toString();
  }

  /** Runs a program to its end, where this JVM is; what it printed is the message if it fails. */
  static void run(String... command) throws IOException, InterruptedException {
    run(Path.of("."), List.of(command));
  }

  /** The same in another directory. */
  static void run(Path directory, List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    byte[] output = process.getInputStream().readAllBytes();
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(
          "%s exited with %d: %s"
              .formatted(
                  String.join(" ", command), code, new String(output, StandardCharsets.UTF_8)));
    }
  }
}
