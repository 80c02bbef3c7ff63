package io.jcontainer.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.Compression;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each example does what the README says, and leaves nothing behind. */
@Timeout(60)
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
class ExamplesIT {
  private static final double TEN_DAYS = 10 * 24 * 60 * 60;

  /** What the JVM keeps for good, such as JNA's library, is no leak of the first example. */
  @BeforeAll
  static void warmUp() throws Exception {
    Printed.by(HelloContainer::main);
  }

  @Test
  void the_first_example_greets_and_exits() throws Exception {
    assertThat(Printed.by(HelloContainer::main)).isEqualTo("hello from box\nexited with 0\n");
  }

  @Test
  void many_containers_are_started_without_a_thread_that_waits() throws Exception {
    String[] words = IntStream.range(0, 30).mapToObj(Integer::toString).toArray(String[]::new);

    assertThat(Printed.by(() -> ManyAtOnce.main(words)).lines()).containsExactly(words);
  }

  @Test
  void a_directory_becomes_an_image_that_is_loaded_again(@TempDir Path parent) throws Exception {
    Path root = parent.resolve("root");
    Files.writeString(Files.createDirectories(root.resolve("bin")).resolve("app"), "#!/bin/sh\n");

    assertThat(
            Printed.by(
                () ->
                    StoreImages.main(
                        parent.resolve("store").toString(),
                        root.toString(),
                        parent.resolve("app.tar").toString())))
        .isEqualTo("Optional[example.org/app:1]\n[]\n");
  }

  @Test
  void an_image_goes_from_one_registry_to_another(@TempDir Path parent) throws Exception {
    ImageStore store = ImageStore.open(parent.resolve("store"));
    Path root = Files.createDirectories(parent.resolve("root"));
    ImageConfig config = ImageConfig.of(Platform.current(), ImageConfig.Execution.none());
    StoredImage image =
        store.load(
            ImageSource.directory(root, Compression.GZIP, config), ImageReference.parse("app:1"));
    try (FakeRegistry source = FakeRegistry.start();
        FakeRegistry target = FakeRegistry.start();
        Registry registry = Registry.create()) {
      registry.push(image, ImageReference.parse(source.host() + "/app:1"), store);
      target.on(
          "/tags/list",
          (exchange, request) ->
              FakeRegistry.answer(exchange, "application/json", "{\"tags\":[\"2\"]}"));

      assertThat(
              Printed.by(
                  () ->
                      PullAndPush.main(
                          parent.resolve("other").toString(),
                          source.host() + "/app:1",
                          target.host() + "/copy:2")))
          .isEqualTo("[2]\n");
      assertThat(target.manifests).containsKey("copy/2");
    }
  }

  @Test
  void parked_containers_greet() throws Exception {
    assertThat(Printed.by(() -> Parked.main("one", "two", "three")).lines())
        .containsExactly("hello one", "hello two", "hello three");
  }

  @Test
  void a_further_process_sees_what_the_first_one_sees() throws Exception {
    assertThat(Printed.by(FurtherProcess::main)).isEqualTo("server runs sleep\nexited with 0\n");
  }

  @Test
  void a_command_asks_at_its_terminal() throws Exception {
    assertThat(Printed.by(TerminalSession::main).split("\r\n"))
        .containsExactlyInAnyOrder("yes", "24 80", "it was yes"); // the echo comes when it comes
  }

  @Test
  void a_container_of_another_runtime_is_found_looked_into_and_stopped() throws Exception {
    assertThat(Printed.by(OtherContainers::main))
        .matches("(?s).*[0-9a-f]{12} example-web \\[sleep, 60]\n.*web\nkilled by signal 15\n");
  }

  @Test
  void a_command_that_is_stopped_ends_in_its_own_way() throws Exception {
    assertThat(Printed.by(GracefulStop::main)).isEqualTo("ready\nexited with 0\nsaved\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void a_command_runs_as_another_user() throws Exception {
    assertThat(Printed.by(OtherUser::main)).isEqualTo("nobody\nnogroup\n/nonexistent\n0077\n64\n");
  }

  @Test
  void a_file_is_copied_in_sorted_and_copied_out(@TempDir Path directory) throws Exception {
    Path words = Files.writeString(directory.resolve("words"), "pear\nfig\n");
    Path sorted = directory.resolve("sorted");

    CopyFiles.main(words.toString(), sorted.toString());

    assertThat(sorted).hasContent("fig\npear\n");
  }

  @Test
  void lines_written_to_sort_come_back_sorted() throws Exception {
    assertThat(Printed.by(() -> SortLines.main("pear", "fig", "quince")))
        .isEqualTo("fig\npear\nquince\n");
  }

  @Test
  void a_text_goes_in_lines_come_out_and_errors_go_to_a_file(@TempDir Path directory)
      throws Exception {
    Path log = directory.resolve("log");

    assertThat(Printed.by(() -> StreamChoices.main(log.toString())))
        .isEqualTo("1\tfirst\n2\tsecond\n");
    assertThat(log).hasContent("done\n");
  }

  @Test
  @RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
  void what_a_container_writes_to_a_layer_vanishes_with_it(@HostRootedTempDir Path directory)
      throws Exception {
    Path base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    Path app = directory.resolve("app");
    Path greeting = readable(app, "app/greeting", "good morning\n");

    assertThat(Printed.by(() -> Layers.main(base.toString(), app.toString())))
        .isEqualTo("good morning\ngood morning\n");
    assertThat(greeting).hasContent("good morning");
    assertThat(Printed.by(() -> LayersAnywhere.main(base.toString(), app.toString())))
        .isEqualTo("an overlay\ngreeting\n");
  }

  @Test
  @RequiresHost({Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
  void an_image_from_an_archive_runs_as_it_says(@HostRootedTempDir Path directory)
      throws Exception {
    Path root = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    Path archive = directory.resolve("app.tar");
    ImageConfig.Execution none = ImageConfig.Execution.none();
    ImageConfig.Execution execution =
        new ImageConfig.Execution(
            "0",
            List.of("PATH=/bin", "GREETING=good morning"),
            List.of("sh", "-c", "echo $GREETING, $0"),
            List.of("world"),
            "/srv",
            none.exposedPorts(),
            none.volumes(),
            none.labels(),
            none.stopSignal());
    ImageStore store = ImageStore.open(directory.resolve("store"));
    StoredImage image =
        store.load(
            ImageSource.directory(
                root, Compression.GZIP, ImageConfig.of(Platform.current(), execution)),
            ImageReference.parse("example.org/app:1"));
    store.save(ImageTarget.archive(archive), image);

    assertThat(
            Printed.by(
                () ->
                    RunImage.main(
                        directory.resolve("images").toString(),
                        archive.toString(),
                        "example.org/app:1",
                        "moon")))
        .isEqualTo("good morning, world\ngood morning, moon\n");
  }

  /** Whatever the umask of this JVM: a container's ids are not its own. */
  private static Path readable(Path root, String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    for (Path each : List.of(root, file.getParent())) {
      Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  @Test
  void a_container_finds_a_directory_of_the_host_and_a_secret(@HostRootedTempDir Path directory)
      throws Exception {
    readable(directory, "greeting", "good morning\n");

    assertThat(Printed.by(() -> Mounts.main(directory.toString())))
        .isEqualTo("good morning\ns3cret\n");
  }

  @Test
  void the_hosts_network_has_the_hosts_interfaces() throws Exception {
    assertThat(Printed.by(HostNetwork::main).lines())
        .containsAll(NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList());
  }

  @Test
  void a_second_container_shares_the_first_ones_name_and_processes() throws Exception {
    assertThat(Printed.by(SharedNamespaces::main)).isEqualTo("first\ncat\n");
  }

  @Test
  @RequiresHost(Feature.TIME_NAMESPACE)
  void the_host_was_booted_ten_days_earlier() throws Exception {
    double uptime = seconds(Printed.by(LaterClock::main));
    double ours = seconds(Files.readString(Path.of("/proc/uptime")));

    assertThat(uptime).isBetween(ours, ours + TEN_DAYS).isGreaterThan(ours + TEN_DAYS - 60);
  }

  /** The first of the two numbers of /proc/uptime. */
  private static double seconds(String uptime) {
    return Double.parseDouble(uptime.substring(0, uptime.indexOf(' ')));
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void root_chooses_which_ids_a_container_has() throws Exception {
    assertThat(Printed.by(() -> ChosenIds.main("400000", "65536"))).matches(" +0 +400000 +65536\n");
  }

  @Test
  void the_doctor_says_that_a_host_of_these_tests_can_start_containers() throws Exception {
    assertThat(Printed.by(Doctor::main)).startsWith("containers can be started: true\n");
  }

  @Test
  @RequiresHost(Feature.OVERLAY_IN_USERNS)
  void a_failure_says_what_to_do() throws Exception {
    assertThat(Printed.by(() -> Failures.main("/srv/no-such-layer")))
        .isEqualTo(
            """
            ENOENT from the CONTAINER: \
            open_tree(AT_FDCWD, "/srv/no-such-layer", OPEN_TREE_CLONE|O_CLOEXEC) = <low0>
            The layer's directory is not there
            """);
    assertThat(Printed.by(() -> Failures.main("no-such-layer")))
        .isEqualTo(
            "change rootfs of the spec:"
                + " rootfs: the layer no-such-layer is not an absolute path\n");
  }

  @Test
  void a_plan_leads_to_becoming_the_command() throws Exception {
    List<String> lines = Printed.by(() -> PrintPlan.main("/bin/echo", "hi")).lines().toList();

    assertThat(lines.get(0)).startsWith("  1  launcher   ");
    assertThat(lines)
        .filteredOn(
            line -> line.contains("container  execve(\"/bin/echo\", [\"/bin/echo\", \"hi\"], "))
        .singleElement()
        .asString()
        .endsWith("# become the command");
  }

  @Test
  void a_command_whose_time_is_over_is_killed() throws Exception {
    assertThat(Printed.by(Deadline::main))
        .isEqualTo("killed by signal 9 (timed out), a shell would say 137\ntimed out: true\n");
  }

  @Test
  @RequiresHost(Feature.CGROUPS)
  void a_command_that_wants_more_memory_than_it_may_have_is_killed() throws Exception {
    assertThat(Printed.by(MemoryLimit::main)).isEqualTo("SIGKILL, out of memory: true\n");
  }

  @Test
  @RequiresHost(Feature.CGROUPS)
  void a_container_is_counted_paused_and_given_more() throws Exception {
    assertThat(Printed.by(WatchAndPause::main))
        .isEqualTo("computed: true\nprocesses: 1\npaused: true\n100\n");
  }
}
