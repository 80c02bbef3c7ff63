package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnMounts;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Roots for which there can be no overlay, so that the layers are copied. */
@Tag("every-jdk")
@Timeout(120)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class FallbackIT extends WithRuntime {
  private static final Set<Fallback> COPY = Set.of(Fallback.COPY);

  private static final Duration LONG = Duration.ofSeconds(30);

  /** No overlay takes this: its file system compares names in a way of its own. It has one file. */
  private static final Path REFUSED = Path.of("/proc/sys/net/unix");

  private static final String REFUSED_FILE = "max_dgram_qlen";

  private Path directory = Path.of("/");
  private Path base = Path.of("/");
  private Path state = Path.of("/");
  private ContainerRuntime copying = runtime;

  @BeforeAll
  void makeBase(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    state = directory.resolve("state");
    copying = ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(state));
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Finished.of(copying, ContainerSpec.of("true"));
    }
    out(copied(), "true"); // makes the thread that removes
  }

  @AfterAll
  void closeCopying() throws IOException {
    copying.close();
    for (Path each : openedByOverlay()) {
      Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private List<Path> openedByOverlay() throws IOException {
    try (Stream<Path> kept = Files.list(directory)) {
      return kept.map(path -> path.resolve("work/work")).filter(Files::exists).toList();
    }
  }

  /** The main program of another JVM: a container whose root is a copy. */
  static final class Starter {
    public static void main(String[] args) throws IOException {
      ContainerRuntime runtime =
          ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(Path.of(args[1])));
      Container container =
          runtime.start(
              ContainerSpec.builder()
                  .rootfs(LayeredRootfs.layers(Path.of(args[0]), REFUSED).withFallback(COPY))
                  .command(
                      "sh", "-c", "mkdir -p /a/b; chown 5:5 /a; echo x >/a/b/c; echo ready; cat")
                  .build());
      assertThat(container.stdout().readNBytes(6)).asString().isEqualTo("ready\n");
      System.out.println(container.pid());
      System.in.read();
    }
  }

  /** The main program of a JVM for which all layers lie on a file system that is too small. */
  static final class Full {
    public static void main(String[] args) throws IOException {
      Path small = Path.of(args[0]);
      try (ContainerRuntime runtime =
          ContainerRuntime.create(
              RuntimeOptions.defaults().withStateDirectory(small.resolve("state")))) {
        assertThatThrownBy(
                () ->
                    runtime.start(
                        ContainerSpec.builder()
                            .rootfs(
                                LayeredRootfs.layers(Path.of(args[1]), REFUSED).withFallback(COPY))
                            .command("true")
                            .build()))
            .isInstanceOfSatisfying(
                StartFailedException.class,
                e -> {
                  assertThat(e.errno()).isEqualTo("ENOSPC");
                  assertThat(e.hint().orElseThrow()).contains("withCopyDirectory");
                });
        try (Stream<Path> left = Files.list(small.resolve("state"))) {
          assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith("rootfs-"));
        }
      }
      System.out.println("nothing is left");
    }
  }

  /** The main program of a JVM whose layers lie on overlays above overlays. */
  static final class Stacked {
    public static void main(String[] args) {
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        LayeredRootfs rootfs = LayeredRootfs.directory(Path.of(args[0], "2"));
        ContainerSpec.Builder spec = ContainerSpec.builder().command("ls", "/etc");
        assertThatThrownBy(() -> Finished.of(runtime, spec.rootfs(rootfs.readOnly()).build()))
            .isInstanceOfSatisfying(
                StartFailedException.class,
                e -> assertThat(e.hint().orElseThrow()).contains("withFallback()"));
        System.out.print(
            Finished.of(runtime, spec.rootfs(rootfs.readOnly().withFallback(COPY)).build())
                .expectedOut());
      }
    }
  }

  private static ContainerSpec spec(LayeredRootfs rootfs, String... command) {
    return ContainerSpec.builder().rootfs(rootfs).command(command).build();
  }

  private LayeredRootfs copied() {
    return LayeredRootfs.layers(base, REFUSED).withFallback(COPY);
  }

  private Finished copy(LayeredRootfs rootfs, String script) {
    return Finished.of(copying, spec(rootfs, "sh", "-c", script));
  }

  private String out(LayeredRootfs rootfs, String script) {
    return copy(rootfs, script).expectedOut();
  }

  private List<String> copies() {
    return copiesIn(state);
  }

  private static List<String> copiesIn(Path state) {
    try (Stream<Path> files = Files.list(state)) {
      return files
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("rootfs-"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isCopy(LayeredRootfs rootfs) {
    LaunchPlan plan = copying.plan(spec(rootfs, "true"));
    return plan.steps().get(0).actor() == Actor.JVM;
  }

  @Test
  void where_no_overlay_can_be_had_the_layers_are_copied_and_the_copy_vanishes() {
    Map<String, String> before = TreeHash.of(base);

    try (Container container =
        copying.start(spec(copied(), "sh", "-c", "echo x >/etc/passwd; cat"))) {
      assertThat(copies()).containsExactly("rootfs-" + container.id());
    }

    assertThat(copies()).isEmpty();
    assertThat(TreeHash.of(base)).isEqualTo(before);
    assertThat(out(copied(), "ls /; cat /etc/group"))
        .contains(REFUSED_FILE + "\n", "root:x:0:")
        .doesNotContain("lost");
  }

  @Test
  void a_copy_vanishes_also_if_nobody_closes_the_container() {
    Container container = copying.start(spec(copied(), "true"));

    assertThat(Poll.until(LONG, () -> copies().isEmpty())).isTrue();
    container.close();
  }

  @Test
  void it_is_only_done_where_it_is_allowed_and_the_error_names_what_allows_it() {
    assertThatThrownBy(() -> copy(LayeredRootfs.layers(base, REFUSED).readOnly(), "true"))
        .isInstanceOfSatisfying(
            StartFailedException.class,
            e -> assertThat(e.hint().orElseThrow()).contains("withFallback()"));
    assertThatThrownBy(() -> copy(LayeredRootfs.layers(base, REFUSED), "true"))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("withFallback()");
  }

  @Test
  void where_an_overlay_works_it_is_one() {
    LayeredRootfs rootfs = LayeredRootfs.directory(base);

    assertThat(isCopy(rootfs.withFallback(COPY))).isFalse();
    assertThat(copying.plan(spec(rootfs.withFallback(COPY), "true")).steps())
        .isEqualTo(copying.plan(spec(rootfs, "true")).steps());
    assertThat(out(rootfs.withFallback(COPY), "grep ' / ' /proc/self/mounts"))
        .startsWith("overlay ");
  }

  @Test
  void the_plan_says_what_is_copied_and_why_and_copies_nothing() {
    LaunchPlan.Step first = copying.plan(spec(copied().readOnly(), "true")).steps().get(0);

    assertThat(first.actor()).isEqualTo(Actor.JVM);
    assertThat(first.call()).contains(base.toString(), state.toString());
    assertThat(first.why()).contains("mount(\"overlay\"", "EINVAL");
    assertThat(copies()).isEmpty();
  }

  /** Of each path what it is, whose, with which times and links, and what is in it. */
  private static final String LISTING =
      "find / -xdev ! -path / ! -name "
          + REFUSED_FILE
          + " ! -path '/proc*' ! -path '/sys*' ! -path '/dev*'"
          + " -exec stat -c '%n %A %u:%g %Y %F' {} \\; | sort; find /etc /srv -type f -exec"
          + " stat -c '%n %h' {} \\; | sort; cat /srv/deep/* /etc/passwd";

  @Test
  void a_copy_is_what_an_overlay_shows_with_whiteouts_and_opaque_directories() throws IOException {
    Path low = RootfsFixtures.busyboxRoot(directory.resolve("low"));
    Files.createDirectories(low.resolve("srv/deep/er"));
    for (String name : List.of("gone", "kept", "deep/replaced", "deep/er/x")) {
      Files.writeString(low.resolve("srv").resolve(name), name);
    }
    Files.createLink(low.resolve("srv/hard"), low.resolve("srv/kept"));
    Files.setAttribute(low.resolve("srv/kept"), "unix:mode", 06755);
    // An overlay makes the layer above, in the ids that a layer has.
    String changes =
        "cd /srv; rm gone; rm -r deep; mkdir deep; echo new >deep/new; ln -s new deep/link;"
            + " mkdir -m 2770 more; mv /etc/group more/; mkdir /opt; rm -r /home; echo f >/home;"
            + " touch -d '2001-02-03 04:05:06' deep/new more; ln deep/new more/hard";
    Path kept = directory.resolve("changes");
    hostIds(LayeredRootfs.directory(low).writableIn(kept), changes).expectedOut();
    Path upper = kept.resolve("upper");

    String expected = hostIds(LayeredRootfs.layers(low, upper), LISTING).out();
    String actual =
        hostIds(LayeredRootfs.layers(low, upper, REFUSED).withFallback(COPY), LISTING).out();

    assertThat(actual).isEqualTo(expected).contains("/srv/deep/new", "/home -rw");
    assertThat(expected).doesNotContain("/srv/gone", "/srv/deep/er", "/etc/group");
  }

  /** Layers have the host's ids where that is possible, so that one layer fits both runs. */
  private Finished hostIds(LayeredRootfs rootfs, String script) {
    ContainerSpec.Builder spec = ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script);
    if (Feature.ROOT.available()) {
      spec.namespaces(ns -> ns.user(Namespace.host()));
    }
    return Finished.of(copying, spec.build());
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void owners_are_those_that_the_container_would_see() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("owners"));
    for (String name : List.of("roots", "apps", "foreign", "foreign-suid", "apps-suid")) {
      Files.writeString(layer.resolve(name), name);
    }
    for (String name : List.of("apps", "apps-suid")) {
      Files.setAttribute(layer.resolve(name), "unix:uid", 33);
      Files.setAttribute(layer.resolve(name), "unix:gid", 34);
    }
    for (String name : List.of("foreign", "foreign-suid")) {
      Files.setAttribute(layer.resolve(name), "unix:uid", 70_000);
    }
    for (String name : List.of("apps-suid", "foreign-suid")) {
      Files.setAttribute(layer.resolve(name), "unix:mode", 06755);
    }

    assertThat(
            out(
                LayeredRootfs.layers(base, layer, REFUSED).withFallback(COPY),
                "cd /; stat -c '%n %u:%g %a' roots apps foreign foreign-suid apps-suid"))
        .isEqualTo(
            """
            roots 0:0 644
            apps 33:34 644
            foreign 0:0 644
            foreign-suid 0:0 755
            apps-suid 33:34 6755
            """);
  }

  @Test
  @RequiresHost(Feature.ORDINARY_USER)
  void what_belongs_to_nobody_inside_becomes_roots_and_can_be_changed() {
    assertThat(out(copied(), "stat -c %u:%g /" + REFUSED_FILE + "; echo 1 >/" + REFUSED_FILE))
        .isEqualTo("0:0\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void the_container_has_all_its_ids_in_its_copy_and_all_of_it_is_removed() {
    String nested =
        "i=0; while [ $i -lt 1200 ]; do mkdir d && cd d; i=$((i+1)); done; touch end; chmod 0 .";

    assertThat(
            out(
                copied(),
                "touch /f; chown 7:8 /f; stat -c %u:%g /f; chown 7 /srv /tmp 2>&-;"
                    + " mkdir /home/u; chmod 0 /home/u; chown 9 /home/u; cd /var; "
                    + nested))
        .isEqualTo("7:8\n");
    assertThat(copies()).isEmpty();
  }

  @Test
  void holes_stay_holes_and_large_files_are_whole() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("large"));
    try (var file = new java.io.RandomAccessFile(layer.resolve("holes").toFile(), "rw")) {
      file.setLength(1L << 30);
      file.seek(300 << 20);
      file.write("in the middle".getBytes(StandardCharsets.UTF_8));
    }
    byte[] large = new byte[40 << 20];
    for (int i = 0; i < large.length; i += 4096) {
      large[i] = (byte) (i >> 12);
    }
    Files.write(layer.resolve("large"), large);

    Finished finished =
        copy(
            LayeredRootfs.layers(base, layer, REFUSED).withFallback(COPY),
            "stat -c %s /holes /large; dd if=/holes bs=1 skip=314572800 count=13 2>&-;"
                + " [ $(stat -c %b /holes) -lt 1000 ] && echo; cat /large");

    assertThat(finished.out())
        .isEqualTo(
            "1073741824\n41943040\nin the middle\n" + new String(large, StandardCharsets.UTF_8));
  }

  @Test
  void a_read_only_copy_cannot_be_written_but_its_tmp_can() {
    assertThat(copy(copied().readOnly(), "touch /x || touch /tmp/x && ls /tmp").out())
        .isEqualTo("x\n");
  }

  @Test
  void mounts_go_into_a_copy() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(copied().readOnly())
            .mount(Mount.file("/new/place/file", "text"), Mount.tmpfs("/home"))
            .command("sh", "-c", "cat /new/place/file; touch /home/x; ls /home")
            .build();

    assertThat(Finished.of(copying, spec).expectedOut()).isEqualTo("textx\n");
    assertThat(base.resolve("new")).doesNotExist();
  }

  @Test
  void a_layer_with_a_link_for_a_mount_point_leads_nowhere() throws IOException {
    Path layer = Files.createDirectory(directory.resolve("links"));
    for (String name : List.of("proc", "sys", "dev")) {
      Files.createSymbolicLink(layer.resolve(name), directory);
    }

    assertThat(
            out(LayeredRootfs.layers(base, layer, REFUSED).withFallback(COPY), "cat /proc/1/comm"))
        .isEqualTo("cat\n");
  }

  @Test
  void a_start_that_fails_leaves_no_copy() {
    assertThatThrownBy(() -> Finished.of(copying, spec(copied(), "/absent")))
        .isInstanceOf(StartFailedException.class);
    assertThat(copies()).isEmpty();

    LayeredRootfs absent =
        LayeredRootfs.layers(base, directory.resolve("absent"), REFUSED).withFallback(COPY);
    assertThatThrownBy(() -> copy(absent, "true"))
        .isInstanceOfSatisfying(
            StartFailedException.class,
            e -> assertThat(e.hint().orElseThrow()).contains("directory is not there"));
    assertThat(copies()).isEmpty();
  }

  @Test
  void a_copy_that_is_kept_goes_on_as_one() throws IOException {
    Path kept = directory.resolve("kept");
    LayeredRootfs rootfs = copied().writableIn(kept);
    out(rootfs, "echo one >/etc/new; rm /etc/group");

    assertThat(kept.resolve("copy/etc/new")).hasContent("one");
    assertThat(out(rootfs, "cat /etc/new; ls /etc")).isEqualTo("one\nnew\npasswd\n");
    LayeredRootfs other = LayeredRootfs.directory(base).withFallback(COPY).writableIn(kept);
    assertThat(out(other, "cat /etc/new")).isEqualTo("one\n");
    assertThat(copies()).isEmpty();
    assertThatThrownBy(() -> copy(LayeredRootfs.directory(base).writableIn(kept), "true"))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("withFallback()");
    try (Stream<Path> entries = Files.list(kept)) {
      assertThat(entries.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("copy", "lock", "upper", "work");
    }
  }

  @Test
  void a_kept_copy_with_a_link_for_a_mount_point_is_refused() throws IOException {
    Path kept = directory.resolve("trap");
    LayeredRootfs rootfs = copied().writableIn(kept);
    out(rootfs, "true");
    Files.delete(kept.resolve("copy/sys"));
    Files.createSymbolicLink(kept.resolve("copy/sys"), Path.of("/etc"));

    assertThatThrownBy(() -> copy(rootfs, "true"))
        .isInstanceOfSatisfying(
            StartFailedException.class, e -> assertThat(e.step().call()).contains("\"sys\""));
  }

  @Test
  void what_was_begun_with_an_overlay_goes_on_with_one() {
    LayeredRootfs rootfs = LayeredRootfs.directory(base).writableIn(directory.resolve("begun"));
    out(rootfs, "echo one >/etc/new");

    LayeredRootfs refused = copied().writableIn(directory.resolve("begun"));
    assertThatThrownBy(() -> copy(refused, "true")).isInstanceOf(ContainerException.class);
    assertThat(out(rootfs.withFallback(COPY), "cat /etc/new")).isEqualTo("one\n");
  }

  @Test
  void what_a_killed_jvm_has_left_the_next_runtime_removes() throws IOException {
    Path place = directory.resolve("killed");
    try (JvmFork jvm = JvmFork.start(Starter.class, base.toString(), place.toString())) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      try (ContainerRuntime other =
          ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(place))) {
        Finished.of(other, ContainerSpec.of("true"));
      }
      assertThat(copiesIn(place)).as("in use").hasSize(1);
      jvm.kill9();
      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
    }
    assertThat(copiesIn(place)).as("left").hasSize(1);

    try (ContainerRuntime next =
        ContainerRuntime.create(RuntimeOptions.defaults().withStateDirectory(place))) {
      Finished.of(next, ContainerSpec.of("true"));
    }

    assertThat(copiesIn(place)).isEmpty();
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void ids_of_its_own_are_those_of_its_copy() {
    List<IdMapping.Range> ranges =
        List.of(
            ownRange(), new IdMapping.Range(1, Feature.ROOT.available() ? 300_000 : 100_010, 20));
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(copied())
            .namespaces(ns -> ns.ids(new IdMapping(ranges, ranges)))
            .command("sh", "-c", "touch /f; chown 20:20 /f; stat -c %u:%g /f /bin")
            .build();

    assertThat(Finished.of(copying, spec).expectedOut()).isEqualTo("20:20\n0:0\n");
    assertThat(copies()).isEmpty();
  }

  private static IdMapping.Range ownRange() {
    return new IdMapping.Range(0, Feature.ROOT.available() ? 299_999 : uid(), 1);
  }

  private static long uid() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_full_file_system_fails_the_start_and_has_nothing_left_on_it() throws Exception {
    Path small = Files.createDirectory(directory.resolve("small"));

    assertThat(OwnMounts.smallDisk(small, "1m", Full.class, base.toString()))
        .endsWith("nothing is left\n");
  }

  /** The main program of a JVM whose state directory is as /run often is. */
  static final class NoExec {
    public static void main(String[] args) {
      try (ContainerRuntime runtime =
          ContainerRuntime.create(
              RuntimeOptions.defaults().withCopyDirectory(Path.of(args[0], "copies")))) {
        LayeredRootfs rootfs = LayeredRootfs.layers(Path.of(args[1]), REFUSED).withFallback(COPY);
        System.out.print(Finished.of(runtime, spec(rootfs, "ls", "/etc")).expectedOut());
        Finished finished = Finished.of(runtime, spec(rootfs.readOnly(), "touch", "/x"));
        System.out.print(finished.err());
      }
    }
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void the_directory_of_copies_may_be_mounted_noexec_for_root() throws Exception {
    Path noexec = Files.createDirectory(directory.resolve("noexec"));

    assertThat(
            OwnMounts.run(
                "mount -t tmpfs -o noexec,nosuid,nodev tmpfs \"$0\"; exec \"$@\"",
                noexec,
                NoExec.class,
                base.toString()))
        .contains("group\npasswd\n", "Read-only file system");
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void layers_on_an_overlay_above_an_overlay_are_copied() throws Exception {
    Path stack = Files.createDirectory(directory.resolve("stack"));
    String overlay = "mount -t overlay overlay -o lowerdir=";

    assertThat(
            OwnMounts.run(
                "cd \"$0\"; mkdir 1 2 empty; %1$s'%2$s':empty 1; %1$s1:empty 2; exec \"$@\""
                    .formatted(overlay, base),
                stack,
                Stacked.class))
        .endsWith("group\npasswd\n");
  }
}
