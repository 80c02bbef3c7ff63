package io.jcontainer.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The command in a JVM of its own, on this test's class path, with the real runtime. */
final class Cli {
  private Cli() {}

  static Finished run(String... args) {
    return Finished.start(process(Map.of(), args), "").await();
  }

  static Finished run(Map<String, String> env, String stdin, String... args) {
    return Finished.start(process(env, args), stdin).await();
  }

  static ProcessBuilder process(Map<String, String> env, String... args) {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName());
    builder.command().addAll(List.of(args));
    builder.environment().putAll(env);
    return builder;
  }
}
