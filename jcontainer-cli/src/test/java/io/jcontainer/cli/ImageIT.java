package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs of images as processes, beside the programs of others. */
@Timeout(120)
class ImageIT {
  private static final Set<String> INSIDE =
      Set.of("import", "save", "load", "rmi", "images", "image", "inspect", "push", "pull");

  @TempDir private Path temp;

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

  private static void tool(String... command) {
    Finished finished = Finished.start(new ProcessBuilder(command), "").await();
    assertThat(finished.code()).as("%s: %s", List.of(command), finished.err()).isZero();
  }

  private static void skopeo(String from, String to) {
    tool("skopeo", "--insecure-policy", "copy", from, to);
  }

  @Test
  @RequiresHost({Feature.SKOPEO, Feature.UMOCI})
  void an_image_of_umoci_comes_in_by_a_pipe_and_goes_out_to_skopeo() throws Exception {
    Path layout = temp.resolve("layout");
    Path root = Files.createDirectories(temp.resolve("root"));
    Files.writeString(root.resolve("file"), "content");
    tool("umoci", "init", "--layout", layout.toString());
    tool("umoci", "new", "--image", layout + ":1");
    tool("umoci", "insert", "--rootless", "--image", layout + ":1", root.toString(), "/data");
    tool("umoci", "config", "--image", layout + ":1", "--config.cmd", "sh");
    Path archive = temp.resolve("in.tar");
    skopeo("oci:" + layout + ":1", "docker-archive:" + archive + ":example.org/app:1");

    Process load =
        Cli.process(env(), "load")
            .redirectInput(archive.toFile())
            .redirectErrorStream(true)
            .start();
    try (var out = load.inputReader()) {
      assertThat(out.lines()).containsExactly("Loaded image: example.org/app:1");
    }
    assertThat(ok("inspect", "-f", "{{.Config.Cmd}} {{.Os}}", "example.org/app:1"))
        .isEqualTo("[sh] linux\n");

    Path saved = temp.resolve("out.tar");
    Process save =
        Cli.process(env(), "save", "example.org/app:1").redirectOutput(saved.toFile()).start();
    assertThat(save.waitFor()).isZero();
    skopeo("docker-archive:" + saved, "oci:" + temp.resolve("theirs") + ":2");
    Path bundle = temp.resolve("bundle");
    tool(
        "umoci",
        "unpack",
        "--rootless",
        "--image",
        temp.resolve("theirs") + ":2",
        bundle.toString());
    assertThat(bundle.resolve("rootfs/data/file")).hasContent("content");
  }

  @Test
  void a_load_that_is_killed_leaves_a_store_without_a_problem() throws Exception {
    Path root = Files.createDirectories(temp.resolve("root"));
    byte[] content = new byte[8 << 20];
    new Random(1).nextBytes(content);
    Files.write(root.resolve("file"), content);
    Path archive = temp.resolve("app.tar");
    ok("import", root.toString(), "app:1");
    ok("save", "-o", archive.toString(), "app:1");
    ok("rmi", "app:1");
    byte[] bytes = Files.readAllBytes(archive);

    Process load = Cli.process(env(), "load").start();
    try (OutputStream in = load.getOutputStream()) {
      in.write(bytes, 0, bytes.length / 2);
      in.flush();
      while (underWay() == 0) { // it waits for the rest, so this comes true
        assertThat(load.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      load.destroyForcibly().waitFor();
    }
    assertThat(ok("image", "fsck")).endsWith("no problem\n");
    assertThat(ok("images", "-q")).isEmpty();
    assertThat(underWay()).isPositive();

    assertThat(ok("load", "-i", archive.toString())).isEqualTo("Loaded image: app:1\n");
    ok("image", "prune", "-f");
    assertThat(underWay()).isZero();
    assertThat(ok("image", "fsck")).startsWith("1 images, 3 blobs, ").endsWith("no problem\n");
  }

  @Test
  @RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
  void what_a_container_has_kept_is_listed_exported_and_imported_as_an_image(
      @HostRootedTempDir Path host) throws IOException {
    Path root = RootfsFixtures.busyboxRoot(host.resolve("root"));
    Path kept = Files.createDirectory(host.resolve("kept"));
    String[] layer = {"--writable-in", kept.toString(), "--rootfs", root.toString()};
    String script = "echo new >/made; rm /etc/passwd; mkdir /d; ln -s made /d/link";
    assertThat(command(with(layer, "run", "sh", "-c", script)).code()).isZero();

    assertThat(ok(with(layer, "diff")).lines())
        .contains("A /d", "A /d/link", "A /made", "D /etc/passwd");
    Path tar = temp.resolve("flat.tar");
    ok(with(layer, "export", "-o", tar.toString()));
    ok("import", "-c", "CMD [\"sh\"]", tar.toString(), "flat:1");
    Path listing = temp.resolve("listing");
    Process list =
        new ProcessBuilder("tar", "-tf", tar.toString()).redirectOutput(listing.toFile()).start();
    assertThat(waitFor(list)).isZero();
    assertThat(Files.readAllLines(listing))
        .anyMatch(line -> line.endsWith("made"))
        .anyMatch(line -> line.endsWith("bin/busybox"))
        .noneMatch(line -> line.endsWith("etc/passwd"));
    assertThat(ok("image", "fsck")).endsWith("no problem\n");
  }

  @Test
  @RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
  void a_container_that_runs_is_compared_committed_and_exported_from_outside(
      @HostRootedTempDir Path host) throws Exception {
    Path root = RootfsFixtures.busyboxRoot(host.resolve("root"));
    String name = "box-" + UUID.randomUUID();
    Process run =
        Cli.process(
                env(),
                "run",
                "-i",
                "--name",
                name,
                "--rootfs",
                root.toString(),
                "sh",
                "-c",
                "echo new >/made; echo ready; read end")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (OutputStream in = run.getOutputStream();
        BufferedReader out = run.inputReader()) {
      assertThat(out.readLine()).isEqualTo("ready");
      assertThat(ok("diff", name).lines()).contains("A /made");
      String id = ok("commit", "-c", "CMD [\"cat\", \"/made\"]", name, "app:2").strip();
      assertThat(ok("inspect", "-f", "{{.Id}} {{.Config.Cmd}}", "app:2"))
          .isEqualTo(id + " [cat /made]\n");
      Path tar = temp.resolve("box.tar");
      ok("export", "-o", tar.toString(), name);
      ok("import", tar.toString(), "flat:1");
      ok("cp", name + ":/made", temp.resolve("copied").toString());
      assertThat(temp.resolve("copied")).hasContent("new");
      in.write('\n');
    }
    assertThat(run.waitFor()).isZero();
    assertThat(ok("image", "fsck")).startsWith("2 images, ").endsWith("no problem\n");
  }

  /** A verb, options, and the rest. */
  private static String[] with(String[] options, String verb, String... rest) {
    return Stream.of(Stream.of(verb), Stream.of(options), Stream.of(rest))
        .flatMap(words -> words)
        .toArray(String[]::new);
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM"})
  void a_pull_that_is_killed_or_ended_leaves_a_store_without_a_problem(String signal)
      throws Exception {
    Path root = Files.createDirectories(temp.resolve("root"));
    byte[] content = new byte[4 << 20];
    new Random(2).nextBytes(content);
    Files.write(root.resolve("file"), content);
    CountDownLatch ended = new CountDownLatch(1);
    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = registry.host() + "/app:1";
      ok("import", root.toString(), name);
      ok("push", name);
      ok("rmi", name);
      registry.on("/blobs/", (exchange, request) -> half(registry, exchange, request, ended));

      Process pull = Cli.process(env(), "pull", name).start();
      while (underWay() < 1 << 20) { // it waits for the rest, so this comes true
        assertThat(pull.isAlive()).isTrue();
        Thread.onSpinWait();
      }
      tool("kill", "-s", signal, Long.toString(pull.pid()));
      assertThat(pull.waitFor()).isNotZero();
      ended.countDown();
      assertThat(ok("image", "fsck")).endsWith("no problem\n");
      assertThat(ok("images", "-q")).isEmpty();

      assertThat(ok("pull", name)).contains(": Pull complete\n", "Downloaded newer image");
      ok("image", "prune", "-f");
      assertThat(underWay()).isZero();
      assertThat(ok("image", "fsck")).startsWith("1 images, 3 blobs, ").endsWith("no problem\n");
    }
  }

  /** The first request for a layer has half of it. */
  static boolean half(
      FakeRegistry registry,
      HttpExchange exchange,
      FakeRegistry.Request request,
      CountDownLatch ended)
      throws IOException {
    String path = request.path();
    byte[] blob = registry.blobs.get(path.substring(path.lastIndexOf('/') + 1));
    if (blob == null || blob.length < 1 << 20 || ended.getCount() == 0) {
      return false;
    }
    exchange.sendResponseHeaders(200, blob.length);
    exchange.getResponseBody().write(blob, 0, blob.length / 2);
    exchange.getResponseBody().flush();
    try {
      ended.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    throw new IOException("the client is gone");
  }

  /** How many bytes have come of what is no blob yet. */
  private long underWay() {
    try (Stream<Path> files = Files.walk(temp.resolve("images/store/leases"))) {
      return files
          .filter(file -> file.toString().endsWith(".part"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // it is being removed
    }
  }
}
