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
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that run: from an import, a registry and a commit. */
@Timeout(120)
@RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class RunImageIT {
  private static final Set<String> INSIDE = Set.of("import", "save", "tag", "images", "push");

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

  @Test
  void an_image_is_unpacked_before_it_runs_by_each_verb_that_brings_it() throws Exception {
    Path archive = temp.resolve("app.tar");
    ok("save", "-o", archive.toString(), "app:1");
    assertThat(ok("image", "unpack", "app:1")).isEqualTo("Unpacked image: app:1\n");
    assertThat(layers()).isOne();
    assertThat(ok("run", "app:1")).isEqualTo("image in /made/here\n");
    ok("rmi", "app:1");
    assertThat(layers()).as("unpacked until then").isZero();

    assertThat(command("load", "--unpack", "-i", archive.toString()))
        .isEqualTo(new Finished(0, "Loaded image: app:1\n", ""));
    assertThat(layers()).isOne();
    assertThat(ok("run", "app:1")).isEqualTo("image in /made/here\n");

    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = registry.host() + "/app:1";
      ok("tag", "app:1", name);
      ok("push", name);
      ok("rmi", name, "app:1");
      assertThat(layers()).isZero();

      assertThat(ok("pull", "-q", "--unpack", name)).isEqualTo(name + "\n");
      assertThat(layers()).isOne();
      assertThat(ok("run", "--pull=never", name)).isEqualTo("image in /made/here\n");
    }
    assertThat(ok("image", "fsck")).endsWith("no problem\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM"})
  void a_load_that_is_killed_while_it_unpacks_leaves_nothing_that_is_half_there(String signal)
      throws Exception {
    Path root = RootfsFixtures.busyboxRoot(temp.resolve("large"));
    byte[] content = new byte[24 << 20];
    new Random(1).nextBytes(content);
    Files.write(root.resolve("content"), content);
    Path archive = temp.resolve("large.tar");
    ok("import", root.toString(), "large:1");
    ok("save", "-o", archive.toString(), "large:1");
    ok("rmi", "large:1", "app:1");
    assertThat(ok("images", "-q")).isEmpty();

    Process load = Cli.process(env(), "load", "--unpack", "-i", archive.toString()).start();
    while (places().isEmpty() && load.isAlive()) {
      Thread.onSpinWait(); // it is being unpacked, or is unpacked by now
    }
    Finished kill =
        Finished.start(new ProcessBuilder("kill", "-s", signal, Long.toString(load.pid())), "")
            .await();
    load.waitFor();
    assertThat(kill.code()).as(kill.err()).isZero();
    assertThat(ok("image", "fsck")).endsWith("no problem\n");

    assertThat(ok("load", "--unpack", "-i", archive.toString()))
        .isEqualTo("Loaded image: large:1\n");
    assertThat(places()).singleElement().asString().matches("[0-9a-f]{64}");
    try (Stream<Path> files = Files.walk(temp.resolve("images/layers"))) {
      assertThat(files.filter(file -> file.endsWith("diff/content")))
          .singleElement()
          .satisfies(file -> assertThat(file).hasBinaryContent(content));
    }
    ok("rmi", "large:1");
    assertThat(places()).isEmpty();
    assertThat(ok("image", "fsck")).startsWith("0 images, 0 blobs, ").endsWith("no problem\n");
  }

  @Test
  void a_pull_that_is_killed_while_it_unpacks_leaves_nothing_that_is_half_there() throws Exception {
    Path root = RootfsFixtures.busyboxRoot(temp.resolve("large"));
    byte[] content = new byte[8 << 20];
    new Random(2).nextBytes(content);
    Files.write(root.resolve("content"), content);
    CountDownLatch ended = new CountDownLatch(1);
    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = registry.host() + "/large:1";
      ok("import", root.toString(), name);
      ok("push", name);
      ok("rmi", name, "app:1");
      registry.on(
          "/blobs/", (exchange, request) -> ImageIT.half(registry, exchange, request, ended));

      Process pull = Cli.process(env(), "pull", "--unpack", name).start();
      while (places().isEmpty()) { // it waits for the rest, so this comes true
        assertThat(pull.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      pull.destroyForcibly().waitFor();
      ended.countDown();
      assertThat(places()).singleElement().asString().endsWith(".in.new");
      assertThat(ok("image", "fsck")).endsWith("no problem\n");
      assertThat(ok("images", "-q")).isEmpty();

      assertThat(ok("pull", "-q", "--unpack", name)).isEqualTo(name + "\n");
      assertThat(places()).singleElement().asString().matches("[0-9a-f]{64}");
      ok("rmi", name);
      assertThat(places()).isEmpty();
      assertThat(ok("image", "fsck")).startsWith("0 images, 0 blobs, ").endsWith("no problem\n");
    }
  }

  /** What stands where layers are: of an ordinary user, below a directory of his ids. */
  private List<String> places() {
    return names(temp.resolve("images/layers"))
        .flatMap(
            name ->
                name.startsWith("ids-")
                    ? names(temp.resolve("images/layers").resolve(name))
                    : Stream.of(name))
        .toList();
  }

  /** None of what is not there, or not any more. */
  private static Stream<String> names(Path directory) {
    String[] names = directory.toFile().list();
    return names == null ? Stream.of() : Stream.of(names);
  }

  /** How many layers are unpacked. */
  private long layers() throws IOException {
    try (Stream<Path> files = Files.walk(temp.resolve("images/layers"))) {
      return files.filter(file -> file.endsWith("bin/busybox")).count();
    }
  }
}
