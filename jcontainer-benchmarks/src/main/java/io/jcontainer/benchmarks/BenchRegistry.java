package io.jcontainer.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The distribution project's registry, on a free port of loopback. */
final class BenchRegistry implements AutoCloseable {
  private static final Pattern LISTENS = Pattern.compile(".*listening on ([0-9.]+:[0-9]+).*");

  private final Process process;
  private final String host;

  BenchRegistry(Path directory) throws IOException {
    Path config = Files.createDirectories(directory).resolve("config.yml");
    Files.writeString(
        config,
        "version: 0.1\nlog: {accesslog: {disabled: true}, level: info}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: '127.0.0.1:0'}\n"
            .formatted(directory.resolve("data")));
    process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader log =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    host = awaitPort(log);
    Thread reader = new Thread(() -> drain(log), "registry log");
    reader.setDaemon(true);
    reader.start();
  }

  private static String awaitPort(BufferedReader log) throws IOException {
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher matcher = LISTENS.matcher(line);
      if (matcher.matches()) {
        return matcher.group(1);
      }
    }
    throw new IOException("docker-registry does not start");
  }

  private static void drain(BufferedReader log) {
    try {
      log.transferTo(Writer.nullWriter());
    } catch (IOException e) {
      // It was ended, and nobody asks for what it has said last.
    }
  }

  /** Its address and port. */
  String host() {
    return host;
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
