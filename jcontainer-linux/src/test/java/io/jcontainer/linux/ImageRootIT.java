package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.Capabilities;
import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.Image;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.LayeredRootfs.Fallback;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.Platform;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.run.LinuxRuntime;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The mode and the owner that an image gives its root directory. */
@Timeout(120)
@LeakChecked
@TestInstance(Lifecycle.PER_CLASS)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class ImageRootIT {
  private static final Execution SHELL =
      TestImages.execution("", List.of("PATH=/bin"), List.of(), List.of("sh"), "");

  private static final String STAT = "stat -c '%a %u:%g' /";
  private static final int SET_GROUP_ID = 02000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final boolean MANY_IDS = Feature.MANY_IDS.available();

  /** What makes a root of layers. */
  enum Storage {
    OVERLAY,
    FUSE_OVERLAYFS,
    COPY;

    Set<Fallback> fallback() {
      return this == OVERLAY ? Set.of() : Set.of(Fallback.valueOf(name()));
    }

    Optional<String> missing() {
      return this == FUSE_OVERLAYFS ? Feature.FUSE_OVERLAYFS.missing() : Optional.empty();
    }

    /** Skips the test where it is not there. */
    void require() {
      assumeTrue(missing().isEmpty(), () -> "requires FUSE_OVERLAYFS: " + missing().orElseThrow());
    }
  }

  /** A root directory. */
  private record Root(int mode, int uid, int gid) {
    private String name() {
      return "example.org/%o:%d.%d".formatted(mode, uid, gid);
    }

    /** What stat(1) says of it, where all belongs to one user if there is only that. */
    private String seen() {
      return "%o %d:%d%n".formatted(mode, MANY_IDS ? uid : 0, MANY_IDS ? gid : 0);
    }
  }

  private static final Root FEDORAS = new Root(0555, 0, 0);
  private static final Root NOBODYS = new Root(0, 0, 0);
  private static final Root LOCKED = new Root(0700, 5, 6);
  private static final List<Root> ROOTS =
      List.of(FEDORAS, NOBODYS, LOCKED, new Root(01777, 0, 0), new Root(02775, 5, 6));

  private final Map<Storage, ContainerRuntime> runtimes = new EnumMap<>(Storage.class);
  private Path directory = Path.of("/");
  private Path base = Path.of("/");
  private TestImages images = new TestImages(Path.of("/"));

  @BeforeAll
  void make(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    base = RootfsFixtures.busyboxRoot(directory.resolve("base"));
    images = new TestImages(Files.createDirectory(directory.resolve("images")));
    ROOTS.forEach(root -> put(root));
    for (Storage storage : Storage.values()) {
      if (storage.missing().isEmpty()) { // makes what a JVM keeps
        Finished.of(runtime(storage), sh(image(FEDORAS, storage), STAT));
      }
    }
    close();
  }

  /** They hold the layers of images for some seconds otherwise. */
  @AfterEach
  void close() {
    runtimes.values().forEach(ContainerRuntime::close);
    runtimes.clear();
  }

  @AfterAll
  void remove() throws IOException {
    images.forget();
    try (var entries = Files.list(directory)) {
      for (Path kept : entries.toList()) {
        Path work = kept.resolve("work/work"); // OverlayFS leaves it with mode 000
        if (Files.isDirectory(work)) {
          Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwx------"));
        }
        Path upper = kept.resolve("upper"); // another id's, and empty
        if (Files.isDirectory(upper) && !Files.isReadable(upper)) {
          Files.delete(upper);
        }
      }
    }
  }

  /** As on a kernel that has none. */
  private static Plan withoutOverlay(Plan plan) {
    List<Step> steps = new ArrayList<>();
    for (Step step : plan.steps()) {
      boolean overlay = step.call().startsWith("mount(\"overlay\"");
      steps.add(overlay ? Calls.mount("overlay", "absent", null).why(step.why()) : step);
    }
    return new Plan(steps, plan.first());
  }

  private String put(Root root) {
    images.putWithRoot(root.name(), SHELL, root.mode(), root.uid(), root.gid(), base);
    return root.name();
  }

  private ContainerRuntime runtime(Storage storage) {
    return runtimes.computeIfAbsent(storage, this::make);
  }

  private ContainerRuntime make(Storage storage) {
    RuntimeOptions options =
        RuntimeOptions.defaults()
            .withImageDirectory(directory.resolve("images"))
            .withCopyDirectory(directory.resolve("copies"))
            .withoutPreparation();
    UnaryOperator<Plan> plans =
        storage == Storage.OVERLAY ? UnaryOperator.identity() : ImageRootIT::withoutOverlay;
    return new LinuxRuntime(new JnaKernel(), options, plans);
  }

  private ContainerRuntime runtime() {
    return runtime(Storage.OVERLAY);
  }

  private static LayeredRootfs image(Root root, Storage storage) {
    return LayeredRootfs.image(root.name()).withFallback(storage.fallback());
  }

  private static LayeredRootfs image(Root root) {
    return image(root, Storage.OVERLAY);
  }

  private static ContainerSpec sh(LayeredRootfs rootfs, String script) {
    return ContainerSpec.builder().rootfs(rootfs).command("sh", "-c", script).build();
  }

  private String out(ContainerSpec spec) {
    return Finished.of(runtime(), spec).expectedOut();
  }

  private String out(LayeredRootfs rootfs, String script) {
    return out(sh(rootfs, script));
  }

  @ParameterizedTest
  @EnumSource
  void the_root_is_as_the_image_says_whatever_makes_it(Storage storage) {
    storage.require();
    for (Root root : ROOTS) {
      LayeredRootfs rootfs = image(root, storage);
      assertThat(Finished.of(runtime(storage), sh(rootfs, STAT)).expectedOut())
          .as("%s, %s", root, storage)
          .isEqualTo(root.seen());
      assertThat(Finished.of(runtime(storage), sh(rootfs.readOnly(), STAT)).expectedOut())
          .as("%s, %s, read-only", root, storage)
          .isEqualTo(root.seen());
    }
  }

  /** In it are the targets of mounts, which are the container's root's. */
  @ParameterizedTest
  @EnumSource
  void mount_points_and_volumes_are_made_in_any_root(Storage storage) {
    storage.require();
    List<Root> roots = new ArrayList<>(ROOTS);
    roots.removeIf(root -> (root.mode() & SET_GROUP_ID) != 0); // gives its group to all of these
    for (Root root : roots) {
      for (LayeredRootfs rootfs : List.of(image(root, storage), image(root, storage).readOnly())) {
        String data = rootfs.isReadOnly() ? "1777" : "755";
        ContainerSpec spec =
            sh(rootfs, STAT + "; cd /new; stat -c '%a %u:%g' /new /data /made/here; cat /file")
                .toBuilder()
                .mount(Mount.tmpfs("/new"), Mount.file("/file", "text\n"))
                .volumes("/data")
                .cwd("/made/here")
                .makeCwd(true)
                .build();
        assertThat(Finished.of(runtime(storage), spec).expectedOut())
            .as("%s, %s", rootfs, storage)
            .isEqualTo(root.seen() + "1777 0:0\n" + data + " 0:0\n755 0:0\ntext\n");
      }
    }
  }

  @Test
  @RequiresHost({Feature.ROOT, Feature.USER_NAMESPACES})
  void the_hosts_root_sees_it_in_its_own_user_namespace_and_others_what_they_have_ids_for() {
    for (Root root : ROOTS) {
      ContainerSpec spec = sh(image(root), STAT);
      assertThat(out(spec.toBuilder().namespaces(ns -> ns.user(Namespace.host())).build()))
          .isEqualTo(root.seen());
      IdMapping two = IdMapping.range(300_000, 2);
      assertThat(out(spec.toBuilder().namespaces(ns -> ns.ids(two)).build()))
          .isEqualTo("%o 0:0%n".formatted(root.uid() == 0 ? root.mode() : root.mode() & 01777));
    }
  }

  /** As it is for all other files. */
  @Test
  @RequiresHost({Feature.ORDINARY_USER, Feature.USER_NAMESPACES})
  void to_who_has_one_id_only_it_belongs_as_all_else() throws IOException {
    Range user = new Range(0, (Integer) Files.getAttribute(directory, "unix:uid"), 1);
    Range group = new Range(0, (Integer) Files.getAttribute(directory, "unix:gid"), 1);
    RuntimeOptions options =
        RuntimeOptions.defaults()
            .withImageDirectory(directory.resolve("images"))
            .withIds(new IdMapping(List.of(user), List.of(group)))
            .withoutPreparation();
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      for (Root root : ROOTS) {
        LayeredRootfs kept =
            image(root).writableIn(directory.resolve("kept-one-" + ROOTS.indexOf(root)));
        for (LayeredRootfs rootfs : List.of(image(root), image(root).readOnly(), kept)) {
          assertThat(Finished.of(runtime, sh(rootfs, STAT)).expectedOut())
              .as("%s", rootfs)
              .isEqualTo("%o 0:0%n".formatted(root.mode()));
        }
        Finished.of(runtime, sh(kept, "chmod 755 /")).expectedOut(); // or it could not be removed
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"OVERLAY", "COPY"})
  void a_root_that_is_kept_begins_as_the_image_says_and_is_the_containers_then(Storage storage) {
    for (Root root : ROOTS) {
      Path place = directory.resolve("kept-" + storage + "-" + ROOTS.indexOf(root));
      LayeredRootfs kept = image(root, storage).writableIn(place);
      ContainerRuntime runtime = runtime(storage);
      String owner = MANY_IDS ? "7:8" : "0:0";

      assertThat(Finished.of(runtime, sh(kept, STAT)).expectedOut()).isEqualTo(root.seen());
      assertThat(Finished.of(runtime, sh(kept, STAT)).expectedOut()).isEqualTo(root.seen());
      String change = MANY_IDS ? "chown 7:8 /; chmod 1700 /; " : "chmod 1700 /; ";
      Finished.of(runtime, sh(kept, change)).expectedOut();
      ContainerSpec mounts = sh(kept, STAT).toBuilder().mount(Mount.tmpfs("/new")).build();
      assertThat(Finished.of(runtime, mounts).expectedOut()).isEqualTo("1700 " + owner + "\n");
      Finished.of(runtime, sh(kept, "chown 0:0 /; chmod 755 /")).expectedOut();
      assertThat(Finished.of(runtime, sh(kept, STAT)).expectedOut()).isEqualTo("755 0:0\n");
    }
  }

  /** What the JVM had made before it gave it away, and was killed. */
  @Test
  void a_root_that_was_not_given_away_is_made_anew() throws IOException {
    Path place = directory.resolve("kept-begun");
    Files.createDirectory(
        place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createDirectory(place.resolve("upper.new"));

    assertThat(out(image(LOCKED).writableIn(place), STAT)).isEqualTo(LOCKED.seen());
    assertThat(place.resolve("upper.new")).doesNotExist();
  }

  @Test
  void who_has_no_right_to_enter_it_is_told_so() {
    for (Root root : List.of(NOBODYS, LOCKED)) {
      ContainerSpec spec = sh(image(root), "true");
      assertThat(out(spec.toBuilder().command("sh", "-c", "mkdir /a; rmdir /a; ls /").build()))
          .contains("bin\n");
      // Where there is only one id, all is its own.
      if (MANY_IDS || root.equals(NOBODYS)) {
        refused(spec.toBuilder().capabilities(Capabilities.none()).build());
      }
      if (MANY_IDS) {
        refused(spec.toBuilder().user("9").build());
        refused(spec.toBuilder().user("9").cwd("/bin").build());
      }
    }
    if (MANY_IDS) {
      assertThat(out(sh(image(LOCKED), "ls -d /bin").toBuilder().user("5").build()))
          .isEqualTo("/bin\n");
    }
  }

  private void refused(ContainerSpec spec) {
    assertThatThrownBy(() -> out(spec))
        .isInstanceOf(StartFailedException.class)
        .hasMessageContaining("EACCES")
        .hasMessageContaining("in an image those of / as well");
  }

  @Test
  void a_further_process_and_a_copy_reach_into_any_root() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "text");
    for (Root root : ROOTS) {
      try (Container container = runtime().start(sh(image(root), "cat"))) {
        container.copyTo(file, "/copied");
        try (ContainerProcess process = container.exec("sh", "-c", STAT + "; cat /copied")) {
          assertThat(process.stdout().readText()).isEqualTo(root.seen() + "text");
        }
        Path back = directory.resolve("back-" + ROOTS.indexOf(root));
        container.copyFrom("/copied", back);
        assertThat(back).hasContent("text");
      }
    }
  }

  @Test
  void what_is_made_in_advance_is_the_same() {
    for (Root root : List.of(FEDORAS, LOCKED)) {
      RuntimeOptions options =
          RuntimeOptions.defaults().withImageDirectory(directory.resolve("images"));
      try (ContainerRuntime prepared = ContainerRuntime.create(options)) {
        ContainerSpec spec = sh(image(root), STAT);
        boolean used =
            Poll.until(
                PATIENCE,
                () -> {
                  assertThat(Finished.of(prepared, spec).expectedOut()).isEqualTo(root.seen());
                  return prepared.prepared().roots().used() > 0;
                });
        assertThat(used).as("%s", prepared.prepared().roots()).isTrue();
        try (ContainerPool pool = prepared.pool(spec);
            Container container = pool.start()) {
          assertThat(container.stdout().readText()).isEqualTo(root.seen());
        }
      }
    }
  }

  @Test
  void the_root_is_a_change_only_if_the_container_has_changed_it() {
    for (Root root : ROOTS) {
      LayeredRootfs rootfs = image(root).inspectable();
      try (Container container = ended(rootfs, "echo x >/etc/new")) {
        assertThat(container.changes()).map(Change::toString).containsExactly("A /etc/new");
      }
      try (Container container = ended(rootfs, "chmod 711 /; echo x >/etc/new")) {
        assertThat(container.changes())
            .map(Change::toString)
            .containsExactlyInAnyOrder("C /", "A /etc/new");
      }
      try (Container container = ended(rootfs, "chmod 711 /; chmod %o /".formatted(root.mode()))) {
        assertThat(container.changes()).isEmpty();
      }
    }
  }

  @Test
  void an_image_that_is_committed_has_the_root_that_the_container_had() {
    for (Root root : ROOTS) {
      LayeredRootfs rootfs = image(root).inspectable();
      try (Container container = ended(rootfs, "true")) {
        Image same = container.commit(CommitOptions.builder().build());
        assertThat(out(LayeredRootfs.image(same), STAT)).isEqualTo(root.seen());
      }
      try (Container container = ended(rootfs, "chmod 1711 /")) {
        Image changed = container.commit(CommitOptions.builder().build());
        assertThat(out(LayeredRootfs.image(changed), STAT))
            .isEqualTo("1711 " + root.seen().split(" ", -1)[1]);
      }
    }
  }

  @Test
  void an_export_that_is_made_an_image_has_the_root_that_the_container_had() throws IOException {
    for (Root root : ROOTS) {
      for (LayeredRootfs rootfs : List.of(image(root).inspectable(), image(root).readOnly())) {
        Path tar = directory.resolve("export.tar");
        try (Container container = ended(rootfs, "true");
            OutputStream out = Files.newOutputStream(tar)) {
          container.export(out);
        }
        ImageConfig config = ImageConfig.of(Platform.current(), SHELL);
        images
            .store()
            .load(ImageSource.rootfs(tar, config), ImageReference.parse("example.org/flat:1"));

        assertThat(out(LayeredRootfs.image("example.org/flat:1"), STAT)).isEqualTo(root.seen());
      }
    }
  }

  /** One that was made by mkdtemp(3) would lock everybody out. */
  @Test
  void a_directory_of_the_host_does_not_say_what_the_root_is(@HostRootedTempDir Path place)
      throws IOException {
    Path root = RootfsFixtures.busyboxRoot(place.resolve("root"));
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));

    assertThat(out(LayeredRootfs.directory(root), STAT)).isEqualTo("755 0:0\n");
    try (Container container = ended(LayeredRootfs.directory(root).inspectable(), "chmod 750 /")) {
      Image image = container.commit(CommitOptions.builder().build());
      assertThat(out(LayeredRootfs.image(image), STAT)).isEqualTo("750 0:0\n");
    }
  }

  private Container ended(LayeredRootfs rootfs, String script) {
    Container container = runtime().start(sh(rootfs, script));
    String errors = container.stderr().readText();
    if (!errors.isEmpty() || !container.waitFor().isSuccess()) {
      container.close();
      throw new AssertionError(errors);
    }
    return container;
  }
}
