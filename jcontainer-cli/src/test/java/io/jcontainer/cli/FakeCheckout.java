package io.jcontainer.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A checkout with the real wrapper, and a Maven and a java that only say how they were called: what
 * the wrapper decides is seen without a build.
 */
final class FakeCheckout {
  private static final String JAR = "jcontainer-cli/target/jcontainer-cli.jar";

  final Path directory;
  private final Path tools;

  FakeCheckout(Path directory) {
    this.directory = directory.resolve("check out");
    tools = directory.resolve("tools");
    for (String module :
        List.of("jcontainer-api", "jcontainer-linux", "jcontainer-images", "jcontainer-cli")) {
      write(module + "/pom.xml", "");
      write(module + "/src/main/java/A.java", "");
    }
    write("pom.xml", "");
    write("bin/jcontainer", read(Wrapper.PATH));
    executable(this.directory.resolve("bin/jcontainer"));
    tool(
        "mvn",
        "echo built >>'%s'/builds; cat; mkdir -p %s; touch %s"
            .formatted(directory, JAR.substring(0, JAR.lastIndexOf('/')), JAR));
    tool("java", "printf '<%s>' \"$@\"; cat");
    ageAll();
  }

  /** Replaces one of the programs that the wrapper calls. */
  void tool(String name, String script) {
    Path path = tools.resolve("bin").resolve(name);
    save(path, "#!/bin/sh\n" + script + "\n");
    executable(path);
  }

  /** Sets a source's time of change to now. */
  void edit(String file) {
    setTime(directory.resolve(file), Instant.now());
  }

  /** How often Maven was called. */
  int builds() {
    Path log = directory.resolveSibling("builds");
    return Files.exists(log) ? (int) read(log).lines().count() : 0;
  }

  /** Runs the wrapper by a path, with the fake programs. */
  Finished run(Path wrapper, Map<String, String> env, String stdin, String... args) {
    return Finished.start(wrapper(wrapper, env, args), stdin).await();
  }

  Finished run(String... args) {
    return run(directory.resolve("bin/jcontainer"), Map.of(), "", args);
  }

  ProcessBuilder wrapper(Path wrapper, Map<String, String> env, String... args) {
    ProcessBuilder builder = new ProcessBuilder(wrapper.toString());
    builder.command().addAll(List.of(args));
    builder.environment().put("JAVA_HOME", tools.toString());
    builder.environment().merge("PATH", tools + "/bin:", (path, ours) -> ours + path);
    builder.environment().putAll(env);
    return builder;
  }

  /** Makes every source old, so that a build is newer also where the clock is coarse. */
  private void ageAll() {
    try (var files = Files.walk(directory)) {
      files.forEach(file -> setTime(file, Instant.now().minusSeconds(3600)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String file, String content) {
    save(directory.resolve(file), content);
  }

  private static void save(Path path, String content) {
    try {
      Files.createDirectories(path.getParent());
      Files.writeString(path, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void setTime(Path path, Instant time) {
    try {
      Files.setLastModifiedTime(path, FileTime.from(time));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void executable(Path path) {
    try {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
