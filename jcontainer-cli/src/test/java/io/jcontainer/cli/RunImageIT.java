package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images that run: from an import, a registry and a commit. */
@Timeout(120)
@RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class RunImageIT {
  private static final Set<String> INSIDE = Set.of("import", "image", "push");

  private Path temp;

  private Map<String, String> env() {
    return Map.of("JCONTAINER_IMAGES", temp.resolve("images").toString());
  }

  private Finished command(String... args) {
    return Finished.start(Cli.process(env(), args), "").await();
  }

  private String ok(String... args) {
    if (INSIDE.contains(args[0])) {
      return Trial.inside(env(), args);
    }
    Finished finished = command(args);
    assertThat(finished.code()).as(finished.err()).isZero();
    return finished.out();
  }

  @BeforeEach
  void makeImage(@HostRootedTempDir Path directory) {
    temp = directory;
    Path root = RootfsFixtures.busyboxRoot(temp.resolve("root"));
    ok(
        "import",
        "-c",
        "ENTRYPOINT [\"sh\", \"-c\"]",
        "-c",
        "CMD [\"echo $A in $(pwd)\"]",
        "-c",
        "ENV A=image PATH=/bin",
        "-c",
        "WORKDIR /made/here",
        root.toString(),
        "app:1");
  }

  @Test
  void an_image_runs_as_it_says_and_otherwise_as_the_options_say() {
    assertThat(command("run", "app:1")).isEqualTo(new Finished(0, "image in /made/here\n", ""));
    assertThat(ok("run", "-e", "A=ours", "-w", "/tmp", "app:1")).isEqualTo("ours in /tmp\n");
    assertThat(ok("run", "app:1", "echo $0 $A", "x")).isEqualTo("x image\n");
    assertThat(ok("run", "--entrypoint", "echo", "app:1", "hello")).isEqualTo("hello\n");
    assertThat(command("run", "app:1", "exit 7").code()).isEqualTo(7);
    Finished missing = command("run", "--pull=never", "nothing:1");
    assertThat(missing.code()).isEqualTo(125);
    assertThat(missing.err()).contains("no image \"nothing:1\"");
  }

  @Test
  void a_committed_container_is_pushed_removed_and_pulled_by_its_next_run() throws Exception {
    String name = "box-" + UUID.randomUUID();
    try (FakeRegistry registry = FakeRegistry.start()) {
      String image = registry.host() + "/app:2";
      Process run =
          Cli.process(
                  env(),
                  "run",
                  "-i",
                  "--name",
                  name,
                  "app:1",
                  "echo new >/file; rm /etc/group; echo ready; read end")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (OutputStream in = run.getOutputStream();
          BufferedReader out = run.inputReader()) {
        assertThat(out.readLine()).isEqualTo("ready");
        assertThat(ok("diff", name).lines()).contains("A /file", "D /etc/group");
        ok("commit", "-c", "CMD [\"cat /file; ls /etc\"]", name, image);
        in.write('\n');
      }
      assertThat(run.waitFor()).isZero();
      ok("push", image);
      ok("rmi", image, "app:1");
      assertThat(layers()).as("unpacked ones").isZero();

      Finished pulled = command("run", image);
      assertThat(pulled.code()).as(pulled.err()).isZero();
      assertThat(pulled.out()).startsWith("new\n").contains("passwd").doesNotContain("group");
      assertThat(pulled.err()).contains("Unable to find image", ": Pull complete");
      assertThat(command("run", image).err()).isEmpty();
      assertThat(ok("image", "fsck")).endsWith("no problem\n");
    }
  }

  /** How many layers are unpacked. */
  private long layers() throws IOException {
    try (Stream<Path> files = Files.walk(temp.resolve("images/layers"))) {
      return files.filter(file -> file.endsWith("bin/busybox")).count();
    }
  }
}
