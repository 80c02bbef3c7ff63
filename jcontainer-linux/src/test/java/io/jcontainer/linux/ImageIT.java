package io.jcontainer.linux;

import static com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Image;
import io.jcontainer.ImageLimits;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.PullPolicy;
import io.jcontainer.Signal;
import io.jcontainer.StartFailedException;
import io.jcontainer.User;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.StoredImage;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From an image to a container. */
@Timeout(120)
@LeakChecked
@TestInstance(Lifecycle.PER_CLASS)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class ImageIT extends WithImages {
  private static final String NAME = "example.org/box:1";
  private static final Execution SHELL =
      TestImages.execution("", List.of("PATH=/bin"), List.of(), List.of("sh"), "");

  private Path directory = Path.of("/");
  private Path base = Path.of("/");
  private Path app = Path.of("/");

  @BeforeAll
  void makeLayers(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    Files.writeString(
        base.resolve("etc/passwd"), "root:x:0:0::/root:/bin/sh\nbin:x:0:0::/usr:/bin/sh\n");
    app = Files.createDirectories(directory.resolve("app"));
    Files.createDirectories(app.resolve("srv/app"));
    Files.writeString(app.resolve("srv/app/file"), "app\n");
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    images.put(NAME, SHELL, base, app);
    try (ContainerRuntime first = images.runtime()) {
      Finished.of(first, sh(image(), "true")); // makes what a JVM keeps
    }
  }

  private static LayeredRootfs image() {
    return LayeredRootfs.image(NAME);
  }

  private static ContainerSpec sh(LayeredRootfs rootfs, String script) {
    return ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script).build();
  }

  private String out(ContainerSpec spec) {
    return Finished.of(runtime(), spec).expectedOut();
  }

  private Image image(Execution execution, Path... layers) {
    String name = "example.org/made:" + System.nanoTime();
    images.put(name, execution, layers);
    return runtime().image(name, PullPolicy.NEVER);
  }

  @Test
  void a_container_has_the_layers_of_an_image_and_says_which() {
    assertThat(out(sh(image(), "cat /srv/app/file; ls /etc; echo x >/srv/app/file")))
        .isEqualTo("app\ngroup\npasswd\n");
    try (Container container = runtime().start(sh(image().readOnly(), "cat"))) {
      LayeredRootfs rootfs = container.spec().rootfs().orElseThrow();
      assertThat(rootfs.image()).contains(NAME);
      assertThat(rootfs.imageDigest())
          .contains(
              images.store().find(ImageReference.parse(NAME)).orElseThrow().digest().toString());
      assertThat(rootfs.layers()).hasSize(2).allMatch(layer -> layer.startsWith(images.layers()));
    }
    assertThat(out(sh(image(), "cat /srv/app/file"))).isEqualTo("app\n");
  }

  @Test
  void a_runtime_unpacks_no_more_of_an_image_than_its_limits_say(@TempDir Path large)
      throws IOException {
    Files.write(large.resolve("new"), new byte[50_000]);
    Image image = image(SHELL, base, large);
    ImageLimits defaults = ImageLimits.defaults();
    ImageLimits limits =
        new ImageLimits(defaults.entries(), ByteSize.ofBytes(10_000), 1, defaults.layerEntries());
    ContainerSpec spec = sh(LayeredRootfs.image(image), "wc -c </new");

    try (ContainerRuntime strict = images.runtime(limits)) {
      assertThatThrownBy(() -> strict.start(spec))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("more than 10000 bytes");
    }
    assertThat(out(spec)).isEqualTo("50000\n");
  }

  @Test
  void a_container_starts_as_its_image_says() {
    Image image =
        image(
            TestImages.execution(
                Feature.MANY_IDS.available() ? "5:6" : "0:0",
                List.of("PATH=/bin", "A=b c", "A=d"),
                List.of("sh", "-c", "id -u; id -g; pwd; echo $A $0 $*"),
                List.of("one", "two"),
                "/var/new/place"),
            base);

    assertThat(image.name().orElseThrow()).startsWith("example.org/made:");
    String ids = Feature.MANY_IDS.available() ? "5\n6\n" : "0\n0\n";
    assertThat(out(ContainerSpec.from(image).build()))
        .isEqualTo(ids + "/var/new/place\nd one two\n");
    assertThat(out(ContainerSpec.from(image).env("A", "e").command("three").cwd("/srv2").build()))
        .isEqualTo(ids + "/srv2\ne three\n");
    assertThat(
            out(
                ContainerSpec.from(image)
                    .entrypoint("stat", "-c", "%u:%g %a", "/var/new")
                    .user(User.root())
                    .build()))
        .isEqualTo("0:0 755\n");
  }

  @Test
  void a_user_by_name_is_looked_up_in_the_image() {
    Image image =
        image(
            TestImages.execution(
                "bin", List.of(), List.of(), List.of("sh", "-c", "id -u; echo $HOME"), ""),
            base);

    assertThat(out(ContainerSpec.from(image).build())).isEqualTo("0\n/usr\n");
    assertThatThrownBy(() -> out(ContainerSpec.from(image).user("nobody-here").build()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("nobody-here");
  }

  /** CVE-2024-21626: a directory of the host that leaked in. */
  @ParameterizedTest
  @ValueSource(strings = {"/proc/self/fd/", "/proc/1/fd/", "/dev/fd/", "/link"})
  @SuppressWarnings("StreamResourceLeak") // the JVM has them open, and closes them in the end
  void a_working_directory_by_a_descriptor_leads_nowhere(String by) throws IOException {
    List<java.io.Closeable> open = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        open.add(Files.newDirectoryStream(directory));
      }
      Path links = Files.createDirectories(directory.resolve("links"));
      for (int i = 3; i < 40; i++) {
        if (Files.notExists(links.resolve("link" + i), java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
          Files.createSymbolicLink(links.resolve("link" + i), Path.of("/proc/self/fd/" + i));
        }
      }
      for (int i = 3; i < 40; i += by.equals("/link") ? 6 : 12) {
        Image image =
            image(
                TestImages.execution("", List.of(), List.of(), List.of("pwd"), by + i),
                base,
                links);
        assertThatThrownBy(() -> out(ContainerSpec.from(image).build()))
            .isInstanceOf(StartFailedException.class);
      }
    } finally {
      for (java.io.Closeable each : open) {
        each.close();
      }
    }
  }

  private static Execution with(Set<String> volumes, Optional<String> stopSignal, String... cmd) {
    return new Execution(
        "", List.of(), List.of(), List.of(cmd), "", Set.of(), volumes, Map.of(), stopSignal);
  }

  @Test
  void volumes_can_be_written_in_whatever_the_root_is() {
    String script = "echo x >/data/deep/x && echo y >/srv/app/y && ls /data/deep /srv/app";
    Image image =
        image(
            with(Set.of("/data/deep/", "/srv/app"), Optional.empty(), "sh", "-c", script),
            base,
            app);

    assertThat(image.volumes()).containsExactly("/data/deep", "/srv/app");
    assertThat(out(ContainerSpec.from(image).build()))
        .isEqualTo("/data/deep:\nx\n\n/srv/app:\nfile\ny\n");
    assertThat(
            out(
                ContainerSpec.from(image)
                    .rootfs(LayeredRootfs.image(image).readOnly())
                    .mount(Mount.tmpfs("/srv/app"))
                    .build()))
        .isEqualTo("/data/deep:\nx\n\n/srv/app:\ny\n");
  }

  @Test
  void what_an_image_wants_is_not_made_in_what_the_spec_shares() throws IOException {
    Path shared = Files.createDirectory(directory.resolve("shared"));
    Execution execution =
        new Execution(
            "",
            List.of(),
            List.of(),
            List.of("true"),
            "/shared/made",
            Set.of(),
            Set.of("/shared/volume"),
            Map.of(),
            Optional.empty());
    ContainerSpec spec =
        ContainerSpec.from(image(execution, base))
            .mount(Mount.bind(shared, "/shared").writable())
            .build();

    assertThatExceptionOfType(StartFailedException.class)
        .isThrownBy(() -> out(spec))
        .satisfies(failure -> assertThat(failure.errno()).isEqualTo("ENOENT"));
    assertThat(shared).isEmptyDirectory();
  }

  @Test
  void a_hostile_image_is_refused_by_what_is_wrong_with_it() {
    for (String volume :
        List.of("/proc", "/proc/self/attr", "/sys/fs/cgroup", "/dev", "/a/../proc")) {
      assertThatThrownBy(() -> image(with(Set.of(volume), Optional.empty(), "sh"), base))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("image example.org/made:")
          .hasMessageContaining("volumes");
    }
    assertThatThrownBy(
            () ->
                image(TestImages.execution("", List.of("NOVALUE"), List.of(), List.of(), ""), base))
        .isInstanceOf(InvalidImageException.class)
        .hasMessageContaining("env: \"NOVALUE\" has no value");
    for (String user : List.of("1:", "0x1", "4294967295", "-1", "root\n", "a b")) {
      assertThatThrownBy(
              () -> image(TestImages.execution(user, List.of(), List.of(), List.of(), ""), base))
          .isInstanceOf(InvalidImageException.class)
          .hasMessageContaining("user");
    }
    Image huge =
        image(
            TestImages.execution(
                "", List.of("A=" + "x".repeat(1 << 19)), List.of(), List.of("true"), ""),
            base);
    assertThatThrownBy(() -> out(ContainerSpec.from(huge).build()))
        .isInstanceOf(ContainerException.class);
  }

  @Test
  void its_stop_signal_asks_a_container_to_end() {
    Image image =
        image(
            with(
                Set.of(),
                Optional.of("SIGQUIT"),
                "sh",
                "-c",
                "trap 'exit 7' QUIT; trap '' TERM; echo ready; while :; do sleep 0.05; done"),
            base);

    try (Container container = runtime().start(ContainerSpec.from(image).build())) {
      assertThat(container.stdout().lines().findFirst()).contains("ready");
      assertThat(container.stop(Duration.ofSeconds(30))).isEqualTo(ExitStatus.exited(7));
    }
    assertThat(image.stopSignal()).contains(Signal.QUIT);
  }

  @Test
  void what_is_not_here_and_never_pulled_is_missed_by_its_name() {
    for (String name : List.of("absent", "example.org/box:2", "sha256:" + "0".repeat(64))) {
      assertThatThrownBy(() -> out(sh(LayeredRootfs.image(name).pull(PullPolicy.NEVER), "true")))
          .isInstanceOf(ImageNotFoundException.class)
          .hasMessageContaining(name)
          .hasMessageContaining(directory.toString());
    }
    assertThatThrownBy(() -> out(sh(LayeredRootfs.image("example.org/Upper"), "true")))
        .isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void a_start_follows_the_name_and_an_image_value_does_not() throws IOException {
    String name = "example.org/moving:1";
    Path second = Files.createDirectories(directory.resolve("second"));
    Files.writeString(second.resolve("which"), "second\n");
    Path first = Files.createDirectories(directory.resolve("first"));
    Files.writeString(first.resolve("which"), "first\n");
    Descriptor target = images.put(name, SHELL, base, first);
    images.put("example.org/first:kept", SHELL, base, first);
    ContainerSpec byName = sh(LayeredRootfs.image(name), "cat /which");
    Image image = runtime().image(name);
    ContainerSpec byDigest = ContainerSpec.from(image).command("cat", "/which").build();
    assertThat(out(byName)).isEqualTo("first\n");

    images.put(name, SHELL, base, second);

    assertThat(out(byName)).isEqualTo("second\n");
    assertThat(out(byDigest)).isEqualTo("first\n");
    assertThat(image.digest()).isEqualTo(target.digest().toString());
    assertThat(out(sh(LayeredRootfs.image(image.digest()), "cat /which"))).isEqualTo("first\n");
    assertThat(out(sh(LayeredRootfs.image("example.org/moving@" + image.digest()), "cat /which")))
        .isEqualTo("first\n");
  }

  @Test
  void the_layers_of_a_container_stay_until_it_has_ended() throws IOException {
    String name = "example.org/removed:1";
    Path only = Files.createDirectories(directory.resolve("only"));
    Files.writeString(only.resolve("only"), "only\n");
    Descriptor target = images.put(name, SHELL, base, only);
    Path layer;
    try (ContainerRuntime other = images.runtime();
        Container container = runtime().start(sh(LayeredRootfs.image(name), "read x; cat /only"))) {
      layer = container.spec().rootfs().orElseThrow().layers().get(1);
      images.store().remove(new StoredImage(Optional.of(ImageReference.parse(name)), target));
      images.store().collect();

      other.pruneLayers();

      assertThat(layer.resolve("only")).hasContent("only\n");
      container.stdin().writeText("\n");
      assertThat(container.stdout().readText()).isEqualTo("only\n");
    }
    runtime().pruneLayers();

    assertThat(layer).doesNotExist();
    assertThat(out(sh(image(), "cat /srv/app/file"))).isEqualTo("app\n");
  }

  @Test
  void an_image_that_several_start_from_at_once_is_pulled_and_unpacked_once() throws Exception {
    Path pulled = Files.createDirectories(directory.resolve("pulled"));
    Files.writeString(pulled.resolve("pulled"), "pulled\n");
    images.put("example.org/library/pulled:1", SHELL, base, pulled);
    try (FakeRegistry registry = FakeRegistry.start()) {
      String name = images.moveTo(registry, "example.org/library/pulled:1");
      ContainerSpec spec = sh(LayeredRootfs.image(name), "cat /pulled");
      List<CompletableFuture<String>> starts = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        starts.add(CompletableFuture.supplyAsync(() -> out(spec)));
        starts.add(
            runtime()
                .startAsync(spec)
                .thenApply(
                    container -> {
                      try (container) {
                        return container.stdout().readText();
                      }
                    }));
      }

      for (CompletableFuture<String> start : starts) {
        assertThat(start.get(60, TimeUnit.SECONDS)).isEqualTo("pulled\n");
      }
      assertThat(
              registry.requests.stream()
                  .filter(request -> request.path().contains("/blobs/"))
                  .map(FakeRegistry.Request::path))
          .isNotEmpty()
          .doesNotHaveDuplicates();
      int asked = registry.requests.size();

      assertThat(out(spec)).isEqualTo("pulled\n");
      assertThat(runtime().image(name).command()).containsExactly("sh");
      assertThat(registry.requests).as("it is here").hasSize(asked);
      assertThat(out(sh(LayeredRootfs.image(name).pull(PullPolicy.ALWAYS), "cat /pulled")))
          .isEqualTo("pulled\n");
      assertThat(registry.requests).hasSizeGreaterThan(asked);
    }
  }

  /** It says that it has a layer that is known to be others', and then takes its time. */
  @Test
  void a_registry_that_is_slow_keeps_nobody_from_a_layer_that_is_here() throws Exception {
    Path popular = Files.createDirectories(directory.resolve("popular"));
    Files.writeString(popular.resolve("popular"), "popular\n");
    images.put("example.org/library/slow:1", SHELL, popular, base);
    try (FakeRegistry registry = FakeRegistry.start()) {
      String slow = images.moveTo(registry, "example.org/library/slow:1");
      CountDownLatch over = new CountDownLatch(1);
      registry.on(
          "/blobs/",
          (exchange, request) -> {
            byte[] blob = registry.blobs.get(request.path().replaceAll(".*/", ""));
            if (blob == null || blob[0] == '{') {
              return false; // the configuration
            }
            exchange.sendResponseHeaders(200, blob.length);
            exchange.getResponseBody().write(blob, 0, 512);
            exchange.getResponseBody().flush();
            awaitUninterruptibly(over);
            return true;
          });
      try (ContainerRuntime patient = images.runtime()) {
        CompletableFuture<Container> pull =
            patient.startAsync(sh(LayeredRootfs.image(slow), "true"));
        assertThat(Poll.until(Duration.ofSeconds(60), this::isAnythingComingIn)).isTrue();

        images.put("example.org/popular:1", SHELL, popular, base);
        assertThat(out(sh(LayeredRootfs.image("example.org/popular:1"), "cat /popular")))
            .isEqualTo("popular\n");
        assertThat(pull).isNotDone();
      } finally {
        over.countDown();
      }
    }
  }

  private boolean isAnythingComingIn() {
    try (Stream<Path> places = Files.walk(images.layers(), 2)) {
      return places.anyMatch(path -> path.toString().endsWith(".in.new"));
    } catch (IOException | UncheckedIOException e) {
      return false; // there is nothing yet
    }
  }

  @Test
  void a_start_that_nobody_waits_for_and_that_is_given_up_leaves_nothing() throws Exception {
    CompletableFuture<Container> start = runtime().startAsync(sh(image(), "cat"));
    start.cancel(false);
    assertThat(start).isCancelled();

    CompletableFuture<Container> missing =
        runtime().startAsync(sh(LayeredRootfs.image("absent").pull(PullPolicy.NEVER), "cat"));
    assertThatThrownBy(() -> missing.get(60, TimeUnit.SECONDS))
        .hasCauseInstanceOf(ImageNotFoundException.class);
  }

  @Test
  void a_pool_parks_containers_of_an_image() {
    ContainerSpec spec = sh(image(), "cat /srv/app/file");
    try (ContainerPool pool = runtime().pool(spec)) {
      for (int i = 0; i < 3; i++) {
        try (Container container = pool.start(p -> p.env("A", "b"))) {
          assertThat(container.stdout().readText()).isEqualTo("app\n");
          assertThat(container.spec().rootfs().orElseThrow().layers()).hasSize(2);
        }
      }
    }
  }

  @Test
  void a_plan_shows_the_directories_of_the_layers() {
    assertThat(runtime().plan(sh(image(), "true")).toString()).contains(images.layers().toString());
  }

  @Test
  void a_hundred_containers_of_an_image_need_room_for_their_own_writes_only() throws IOException {
    out(sh(image(), "true"));
    long before = used(directory.resolve("images"));
    Path writes = Files.createDirectory(directory.resolve("writes"));
    List<Container> containers = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        containers.add(
            runtime()
                .start(
                    sh(
                        image().writableIn(writes.resolve("w" + i)),
                        "head -c 10000 /dev/zero >/srv/app/own; echo x >>/etc/passwd; echo ready; cat")));
      }
      for (Container container : containers) {
        assertThat(container.stdout().readNBytes(6)).asString().isEqualTo("ready\n");
      }

      assertThat(used(directory.resolve("images"))).isEqualTo(before);
      // Two files of 3 blocks and of one, and some directories; the image has more than a MiB.
      assertThat(used(writes)).isLessThan(100 * (64 << 10));
      assertThat(before).isGreaterThan(1 << 20);
    } finally {
      containers.forEach(Container::close);
      for (int i = 0; i < 100; i++) {
        Path work = writes.resolve("w" + i + "/work/work");
        if (Files.isDirectory(work)) {
          Files.setPosixFilePermissions(
              work, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        }
      }
    }
  }

  /** In bytes, as the file system gives them out. */
  private static long used(Path directory) throws IOException {
    Process du =
        new ProcessBuilder("sh", "-c", "du -sk \"$0\" 2>/dev/null | cut -f1", directory.toString())
            .start();
    String out = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return Long.parseLong(out) << 10;
  }

  private static void command(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", List.of(words), out).isZero();
  }

  @Test
  @RequiresHost({Feature.SKOPEO, Feature.UMOCI})
  void an_image_of_umoci_and_skopeo_runs_as_it_says() throws Exception {
    String layout = directory.resolve("layout").toString();
    String image = layout + ":box";
    Path archive = directory.resolve("box.tar");
    List<String> insert = new ArrayList<>(List.of("umoci", "insert", "--image", image));
    if (!Feature.ROOT.available()) {
      insert.add("--rootless");
    }
    insert.addAll(List.of(base.toString(), "/"));
    command("umoci", "init", "--layout", layout);
    command("umoci", "new", "--image", image);
    command(insert.toArray(new String[0]));
    command(
        "umoci",
        "config",
        "--image",
        image,
        "--config.user",
        "bin",
        "--config.workingdir",
        "/w/d",
        "--config.env",
        "PATH=/bin",
        "--config.env",
        "GREETING=hello",
        "--config.entrypoint",
        "sh",
        "--config.entrypoint",
        "-c",
        "--config.entrypoint",
        "echo $GREETING $0 $HOME; pwd; id -u",
        "--config.cmd",
        "world",
        "--config.stopsignal",
        "SIGINT",
        "--config.volume",
        "/data");
    command(
        "skopeo",
        "--insecure-policy",
        "copy",
        "oci:" + image,
        "docker-archive:" + archive + ":example.org/others:1");
    images.store().load(ImageSource.archive(archive));

    Image loaded = runtime().image("example.org/others:1", PullPolicy.NEVER);

    assertThat(loaded.stopSignal()).contains(Signal.INT);
    assertThat(loaded.volumes()).containsExactly("/data");
    assertThat(out(ContainerSpec.from(loaded).build())).isEqualTo("hello world /usr\n/w/d\n0\n");
    assertThat(out(ContainerSpec.from(loaded).command("you").build()))
        .startsWith("hello you /usr\n");
  }

  @Test
  void without_the_module_of_images_the_error_says_what_to_add() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.contains("jcontainer-images"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Stream.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        WithoutImages.class.getName())
                    .toList())
            .redirectErrorStream(true)
            .start();

    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("others start\n", "add io.jcontainer:jcontainer-images to the class path");
    assertThat(process.waitFor()).isZero();
  }
}
