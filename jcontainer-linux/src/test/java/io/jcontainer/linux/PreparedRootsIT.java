package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.Prepared;
import io.jcontainer.ProcessSpec;
import io.jcontainer.PullPolicy;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.Terminal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.ImageStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Root file systems that were made before: as good as new ones, nobody else's, and never stale. */
@Tag("every-jdk")
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class PreparedRootsIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** All that a root file system can tell, in an order that does not depend on that of mounts. */
  private static final String LOOK =
      """
      awk '{$1=$2=$3=""; print}' /proc/self/mountinfo | sed 's/ - / /' | sort
      ls -lan / /dev /dev/pts /dev/shm /dev/mqueue /etc /sys /proc/sys | awk '{$2=$6=$7=$8=""; print}'
      cat /etc/hosts /etc/hostname /etc/passwd
      df /dev /dev/shm /tmp | awk '{print $1, $2, $6}'
      stat -f -c '%T %s %c' / /dev /dev/shm /tmp
      ls /data /cache; cat /proc/1/comm; hostname; tty
      """;

  private Path directory = Path.of("/");
  private Path base = Path.of("/");

  @BeforeEach
  void makeBase(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(made.resolve("base"));
    Files.createDirectories(base.resolve("tmp"));
  }

  private static Prepared.Roots roots(ContainerRuntime runtime) {
    return runtime.prepared().roots();
  }

  /** More are made when half of them are used. */
  private static void awaitReady(ContainerRuntime runtime) {
    assertThat(
            Poll.until(
                LONG,
                () -> {
                  Prepared.Roots roots = roots(runtime);
                  return roots.templates() > 0
                      && roots.ready() > roots.size() / 2 * roots.templates();
                }))
        .as("%s", roots(runtime))
        .isTrue();
  }

  private static Finished finish(ContainerRuntime runtime, ContainerSpec spec) {
    if (spec.process().terminal().isEmpty()) {
      return Finished.of(runtime, spec);
    }
    try (Container container = runtime.start(spec)) {
      String out = container.stdout().readText();
      return new Finished(container.waitFor(), out, "");
    }
  }

  /** Has starts of this find one. */
  private static void prepare(ContainerRuntime runtime, ContainerSpec spec) {
    finish(runtime, spec);
    finish(runtime, spec);
    awaitReady(runtime);
  }

  /** What somebody else mounts on the host meanwhile makes it stale: not again and again. */
  private static Finished prepared(ContainerRuntime runtime, ContainerSpec spec) {
    Finished finished;
    long used;
    int attempts = 0;
    do {
      awaitReady(runtime);
      used = roots(runtime).used();
      finished = finish(runtime, spec);
    } while (roots(runtime).used() == used && ++attempts < 5);
    assertThat(roots(runtime).used()).as("%s", roots(runtime)).isEqualTo(used + 1);
    return finished;
  }

  /** One that finds what was made to be stale. */
  private static Finished afresh(ContainerRuntime runtime, ContainerSpec spec) {
    long missed = roots(runtime).missed();
    Finished finished = Finished.of(runtime, spec);
    assertThat(roots(runtime).missed()).as("%s", roots(runtime)).isEqualTo(missed + 1);
    return finished;
  }

  private ContainerSpec.Builder spec(String script) {
    return ContainerSpec.builder()
        .rootfs(LayeredRootfs.directory(base))
        .command("sh", "-c", script);
  }

  private Path data() throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.writeString(data.resolve("file"), "content");
    return data;
  }

  @Test
  void one_is_as_one_that_a_start_makes() throws IOException {
    Path data = data();
    List<LayeredRootfs> kinds =
        List.of(
            LayeredRootfs.directory(base),
            LayeredRootfs.directory(base).readOnly(),
            LayeredRootfs.host(),
            LayeredRootfs.host().writable());
    for (LayeredRootfs kind : kinds) {
      ContainerSpec plain = spec(LOOK).rootfs(kind).hostname("box").build();
      ContainerSpec mounts =
          plain.toBuilder()
              .mount(Mount.bind(data, "/data"), Mount.tmpfs("/cache"))
              .readOnlyPaths("/etc")
              .init(true)
              .build();
      ContainerSpec terminal =
          plain.toBuilder()
              .terminal(Terminal.DEFAULT)
              .capabilities(Capabilities.defaults().with(Capability.SYS_ADMIN))
              .build();
      for (ContainerSpec spec : List.of(plain, mounts, terminal)) {
        try (ContainerRuntime runtime = ContainerRuntime.create()) {
          String fresh = finish(runtime, spec).out();
          prepare(runtime, spec);
          assertThat(fresh).contains("/dev/shm", "box");
          assertThat(prepared(runtime, spec).out()).as("%s", spec).isEqualTo(fresh);
        }
      }
    }
  }

  @Test
  void the_jvm_holds_one_until_its_container_is_closed_or_has_ended() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      prepare(runtime, spec("true").build());
      assertThat(Poll.until(LONG, () -> heldMounts() == 0)).isTrue();
      long used = roots(runtime).used();
      try (Container container = runtime.start(spec("cat").build())) {
        assertThat(heldMounts()).isEqualTo(roots(runtime).used() - used);
        container.close();
        assertThat(Poll.until(LONG, () -> heldMounts() == 0)).isTrue();
      }
      try (Container container = runtime.start(spec("true").build())) {
        assertThat(container.waitFor(LONG)).isPresent();
        assertThat(Poll.until(LONG, () -> heldMounts() == 0)).as("without a close").isTrue();
      }
    }
  }

  private static int heldMounts() {
    return OwnDescriptors.kinds().getOrDefault("mnt:[N]", 0);
  }

  @Test
  void two_of_one_template_share_nothing_that_can_be_written() throws IOException {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec("cat").build();
      for (int i = 0; i < 2; i++) {
        try (Container container = runtime.start(spec)) {
          container.kill();
        }
      }
      awaitReady(runtime);
      long used = roots(runtime).used();
      try (Container first = runtime.start(spec);
          Container second = runtime.start(spec)) {
        assertThat(roots(runtime).used()).isEqualTo(used + 2);
        String places = "/a /bin/a /tmp/a /dev/a /dev/shm/a /etc/a";
        assertThat(exec(first, "touch " + places + " && rm /etc/group && echo done"))
            .isEqualTo("done\n");
        assertThat(exec(second, "ls " + places + " 2>/dev/null; ls /etc/group"))
            .isEqualTo("/etc/group\n");
        String devices = "stat -c %d / /dev /dev/pts /dev/shm /dev/mqueue /proc /sys";
        Set<String> both = new HashSet<>(exec(first, devices).lines().toList());
        both.addAll(exec(second, devices).lines().toList());
        assertThat(both).as("each has file systems of its own").hasSize(14);
        assertThat(ProcFs.namespace(first.pid(), "mnt"))
            .isNotEqualTo(ProcFs.namespace(second.pid(), "mnt"));
      }
    }
  }

  private static String exec(Container container, String script) {
    try (var process = container.exec(ProcessSpec.of("sh", "-c", script))) {
      return process.stdout().readText();
    }
  }

  @Test
  void no_path_of_one_leads_to_the_template_or_to_the_host() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          spec("cut -d' ' -f5 /proc/self/mountinfo; ls /new /trees /mounts; ls /proc | grep -c '^[0-9]'")
              .build();
      prepare(runtime, spec);
      Finished finished = prepared(runtime, spec);

      assertThat(finished.out().lines())
          .noneMatch(point -> point.matches("/(new|trees|mounts).*"))
          .filteredOn(point -> point.equals("/proc") || point.equals("/sys") || point.equals("/"))
          .hasSize(3);
    }
  }

  @Test
  void masks_hold_against_all_capabilities() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec(SysAdminIT.UNDO).capabilities(Capabilities.all()).build();
      prepare(runtime, spec);

      assertThat(prepared(runtime, spec).out()).isEqualTo("tried\n");
    }
  }

  @Test
  void what_changes_in_a_layer_is_seen() throws IOException {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec("cat /new/file /etc/text").build();
      Files.createDirectories(base.resolve("etc"));
      Files.writeString(base.resolve("etc/text"), "old");
      prepare(runtime, spec);
      Files.createDirectories(base.resolve("new"));
      Files.writeString(base.resolve("new/file"), "added ");
      Files.writeString(base.resolve("etc/other"), "changed");
      Files.move(
          base.resolve("etc/other"), base.resolve("etc/text"), StandardCopyOption.REPLACE_EXISTING);

      assertThat(prepared(runtime, spec).out()).isEqualTo("added changed");
    }
  }

  @Test
  void a_layer_that_is_another_directory_now_is_seen() throws IOException {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec("cat /name").build();
      prepare(runtime, spec);
      prepared(runtime, spec);
      Files.move(base, directory.resolve("old"));
      RootfsFixtures.busyboxRoot(base);
      Files.writeString(base.resolve("name"), "another");

      assertThat(afresh(runtime, spec).out()).isEqualTo("another");
      awaitReady(runtime);
      assertThat(prepared(runtime, spec).out()).isEqualTo("another");
    }
  }

  /** At the same paths as before. */
  @Test
  void the_layers_of_an_image_that_are_unpacked_again_are_seen() throws IOException {
    TestImages images = new TestImages(Files.createDirectory(directory.resolve("images")));
    String name = "example.org/box:1";
    RuntimeOptions options =
        RuntimeOptions.defaults().withImageDirectory(directory.resolve("images"));
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(LayeredRootfs.image(name).pull(PullPolicy.NEVER))
              .command("/bin/sh", "-c", "cat /srv/name")
              .build();
      Files.createDirectories(base.resolve("srv"));
      Files.writeString(base.resolve("srv/name"), "as before");
      for (int i = 0; i < 2; i++) {
        images.put(name, TestImages.execution("", List.of(), List.of(), List.of(), ""), base);
        prepare(runtime, spec);
        assertThat(prepared(runtime, spec).out()).isEqualTo("as before");

        ImageStore store = images.store();
        store.images().forEach(store::remove);
        store.collect();
        assertThat(runtime.pruneLayers()).isEqualTo(1);
      }
    }
    images.forget();
  }

  @Test
  void the_source_of_a_mount_that_is_another_file_now_is_seen() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "first");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec("cat /file").mount(Mount.bind(file, "/file")).build();
      prepare(runtime, spec);
      Path other = Files.writeString(directory.resolve("other"), "second");
      Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

      assertThat(afresh(runtime, spec).out()).isEqualTo("second");
    }
  }

  @Test
  void a_link_in_a_layer_is_followed_by_each_start_anew() throws IOException {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      Path data = data();
      ContainerSpec spec = spec("cat /elsewhere/file").mount(Mount.bind(data, "/way")).build();
      Files.createDirectories(base.resolve("elsewhere"));
      prepare(runtime, spec);
      Files.createSymbolicLink(base.resolve("way"), Path.of("elsewhere"));

      assertThat(prepared(runtime, spec).out()).isEqualTo("content");
    }
  }

  /** The JVM in a mount namespace of its own, where something is mounted between two starts. */
  static final class MountsLater {
    public static void main(String[] arguments) throws Exception {
      Path data = Path.of(arguments[0]);
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("cat", "/proc/self/mountinfo")
              .mount(Mount.bind(data, "/data"))
              .build();
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        prepare(runtime, spec);
        Process mount =
            new ProcessBuilder("mount", "-t", "tmpfs", "late", data.resolve("sub").toString())
                .inheritIO()
                .start();
        if (mount.waitFor() != 0) {
          throw new IllegalStateException("cannot mount");
        }
        System.out.print(afresh(runtime, spec).out());
      }
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void what_was_mounted_on_the_host_meanwhile_is_seen() throws Exception {
    Path data = data();
    Files.createDirectory(data.resolve("sub"));
    Process jvm =
        new ProcessBuilder(
                "unshare",
                "--mount",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MountsLater.class.getName(),
                data.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      String out = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(jvm.waitFor()).isZero();
      assertThat(out.lines()).anyMatch(line -> line.contains(" /data/sub "));
    } finally {
      jvm.destroyForcibly().waitFor();
    }
  }

  @Test
  void the_second_start_has_a_template_made_and_there_are_never_more_than_four() {
    Set<Long> before = children();
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      Finished.of(runtime, spec("true").build());
      assertThat(roots(runtime).templates()).isZero();
      for (int i = 0; i < 6; i++) {
        ContainerSpec spec = spec("true").mount(Mount.tmpfs("/t" + i)).build();
        Finished.of(runtime, spec);
        Finished.of(runtime, spec);
        assertThat(Poll.until(LONG, () -> roots(runtime).ready() > 0)).isTrue();
      }
      awaitReady(runtime);
      assertThat(roots(runtime).templates()).isEqualTo(4);
      assertThat(roots(runtime).missed()).isGreaterThanOrEqualTo(13);
      assertThat(roots(runtime).failure()).isEmpty();
      assertThat(Poll.until(LONG, () -> children().size() == before.size() + 4 + 1))
          .as("a process for each, and one for the networks")
          .isTrue();
    }
    assertThat(children()).isEqualTo(before);
  }

  @Test
  void specs_that_begin_with_the_same_root_share_a_template_whatever_they_run() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      prepare(runtime, spec("true").build());

      assertThat(prepared(runtime, spec("hostname").hostname("one").build()).out())
          .isEqualTo("one\n");
      assertThat(
              prepared(runtime, spec("hostname; id -u").hostname("two").init(true).build()).out())
          .isEqualTo("two\n0\n");
      assertThat(roots(runtime).templates()).isEqualTo(1);
    }
  }

  @Test
  void what_needs_the_hosts_namespaces_or_a_layer_that_is_kept_is_made_by_its_start() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      List<ContainerSpec> specs =
          List.of(
              spec("true").namespaces(ns -> ns.network(Namespace.host())).build(),
              spec("true").namespaces(ns -> ns.pid(Namespace.host())).build(),
              spec("true").namespaces(ns -> ns.ipc(Namespace.host())).build(),
              spec("true").maskedPaths("/etc").build(),
              spec("true").mount(Mount.file("/file", new byte[1])).build(),
              spec("true")
                  .rootfs(LayeredRootfs.directory(base).writableIn(directory.resolve("kept")))
                  .build());
      for (ContainerSpec spec : specs) {
        for (int i = 0; i < 3; i++) {
          assertThat(Finished.of(runtime, spec).exit().isSuccess()).as("%s", spec).isTrue();
        }
      }
      assertThat(roots(runtime).used() + roots(runtime).missed()).isZero();
      assertThat(roots(runtime).templates()).isZero();
    }
  }

  @Test
  void a_start_that_fails_says_the_same_as_without() throws IOException {
    Path data = data();
    Files.createSymbolicLink(base.resolve("loop"), Path.of("loop"));
    ContainerSpec good = spec("true").mount(Mount.bind(data, "/data")).build();
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      String missing = failure(runtime, good.toBuilder().command("/missing").build());
      prepare(runtime, good);
      long used = roots(runtime).used();

      assertThat(failure(runtime, good.toBuilder().command("/missing").build())).isEqualTo(missing);
      assertThat(roots(runtime).used()).isEqualTo(used + 1);
    }
  }

  private static String failure(ContainerRuntime runtime, ContainerSpec spec) {
    try (Container container = runtime.start(spec)) {
      throw new AssertionError(container);
    } catch (StartFailedException e) {
      return e.step().call() + " " + e.errno() + " " + e.hint();
    }
  }

  private static Set<Long> children() {
    Set<Long> pids = new HashSet<>();
    ProcFs.children(ProcFs.ownPid()).forEach(child -> pids.add(child.pid()));
    return pids;
  }

  private static ContainerRuntime withoutNetworks() {
    return ContainerRuntime.create(RuntimeOptions.defaults().withPreparedNetworks(0));
  }

  private static long maker(Set<Long> others) {
    return children().stream().filter(pid -> !others.contains(pid)).findFirst().orElseThrow();
  }

  @Test
  void when_its_maker_is_killed_starts_go_on_without() {
    Set<Long> before = children();
    try (ContainerRuntime runtime = withoutNetworks()) {
      ContainerSpec spec = spec("true").build();
      prepare(runtime, spec);
      long maker = maker(before);
      ProcessHandle.of(maker).orElseThrow().destroyForcibly();
      assertThat(Poll.until(LONG, () -> ProcFs.stat(maker).map(ProcStat::dead).orElse(true)))
          .isTrue();

      // What it has made is used before it is missed.
      for (int i = 0; i < 100 && roots(runtime).failure().isEmpty(); i++) {
        assertThat(Finished.of(runtime, spec).exit().isSuccess()).isTrue();
      }
      assertThat(roots(runtime).failure())
          .hasValueSatisfying(failure -> assertThat(failure).contains("EPIPE"));
      assertThat(ProcFs.stat(maker)).as("it is waited for").isEmpty();
    }
  }

  @Test
  void no_container_can_look_into_its_maker() {
    Set<Long> before = children();
    try (ContainerRuntime runtime = withoutNetworks()) {
      prepare(runtime, spec("true").build());
      ContainerSpec looks =
          spec("cd /proc/%d; ls fd root cwd; readlink ns/mnt; cat environ".formatted(maker(before)))
              .capabilities(Capabilities.all())
              .namespaces(ns -> ns.pid(Namespace.host()))
              .build();
      Finished finished = Finished.of(runtime, looks);

      assertThat(finished.out().strip()).isIn("", "fd:");
      assertThat(finished.err()).contains("Permission denied");
    }
  }

  /** Starts a container often enough, and tells the process number of what makes roots for it. */
  static final class Prepares {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime = withoutNetworks();
      prepare(runtime, ContainerSpec.of("true"));
      System.out.println(maker(Set.of()));
      System.in.read();
      runtime.close();
    }
  }

  @Test
  void its_maker_dies_with_the_jvm() {
    try (JvmFork jvm = JvmFork.start(Prepares.class)) {
      long maker = Long.parseLong(jvm.readLine(LONG));
      assertThat(ProcFs.stat(maker)).isPresent();
      jvm.kill9();

      assertThat(ProcFs.awaitGone(maker, LONG)).isTrue();
    }
  }

  @Test
  void the_plan_is_the_one_that_a_start_would_run_now() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = spec("true").build();
      assertThat(calls(runtime, spec)).noneMatch(call -> call.contains("/new/root"));
      prepare(runtime, spec);

      assertThat(calls(runtime, spec)).contains("chdir(\"/new/root\")");
      assertThat(roots(runtime).used()).isZero();
    }
  }

  private static List<String> calls(ContainerRuntime runtime, ContainerSpec spec) {
    return runtime.plan(spec).steps().stream().map(LaunchPlan.Step::call).toList();
  }
}
