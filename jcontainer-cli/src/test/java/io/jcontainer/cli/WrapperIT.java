package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The wrapper on the tree that Maven has just packaged. */
@RequiresHost(Feature.USER_NAMESPACES)
class WrapperIT {
  @TempDir Path temp;

  /** A build inside this build would replace the jars that run it: it fails instead. */
  @BeforeEach
  void forbidBuild() throws IOException {
    Path mvn = Files.writeString(temp.resolve("mvn"), "#!/bin/sh\necho no build here\nexit 1\n");
    Files.setPosixFilePermissions(mvn, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void it_runs_a_command_and_prints_nothing_of_its_own() {
    assertThat(run(Wrapper.PATH, Map.of(), "run", "--", "true")).isEqualTo(new Finished(0, "", ""));
  }

  @Test
  void it_passes_exit_code_and_output_on_through_a_symbolic_link() throws IOException {
    Path link = Files.createSymbolicLink(temp.resolve("box"), Wrapper.PATH);

    try {
      assertThat(run(link, Map.of(), "run", "--", "sh", "-c", "echo hello; exit 3"))
          .isEqualTo(new Finished(3, "hello\n", ""));
    } finally {
      // JUnit warns of links that lead out of its directory.
      Files.delete(link);
    }
  }

  @Test
  void it_keeps_characters_beyond_ascii_in_the_c_locale() {
    assertThat(run(Wrapper.PATH, Map.of("LC_ALL", "C"), "run", "--", "echo", "Grüße").out())
        .isEqualTo("Grüße\n");
  }

  private Finished run(Path wrapper, Map<String, String> env, String... args) {
    ProcessBuilder builder = new ProcessBuilder(wrapper.toString());
    builder.command().addAll(List.of(args));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().merge("PATH", temp + ":", (path, ours) -> ours + path);
    builder.environment().putAll(env);
    return Finished.start(builder, "").await();
  }
}
