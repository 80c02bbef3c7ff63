package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PullPolicy;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.WriteLayer;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads and JVMs that start containers of an image, while others remove it, with its layers, and
 * bring it again: a start has all of its files or is told that the image is not there.
 */
@Tag("once")
@Timeout(300)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class ImageRacesIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String LOADED = "example.org/race:1";
  private static final int FILES = 40;
  private static final String CONTENT = "content of a file\n";

  private Path directory = Path.of("/");
  private Path images = Path.of("/");
  private String archive = "";

  @BeforeEach
  void makeImage(@HostRootedTempDir Path made) throws IOException {
    directory = made;
    images = Files.createDirectory(made.resolve("images"));
    Path base = RootfsFixtures.busyboxRoot(made.resolve("base"));
    Path app = made.resolve("app");
    Path files = Files.createDirectories(app.resolve("srv"));
    for (int i = 0; i < FILES; i++) {
      Files.writeString(files.resolve("f" + i), CONTENT);
    }
    TestImages source = new TestImages(Files.createDirectory(made.resolve("source")));
    source.put(
        LOADED,
        TestImages.execution("", List.of("PATH=/bin"), List.of(), List.of("sh"), ""),
        base,
        app);
    Path file = made.resolve("image.tar");
    source
        .store()
        .save(ImageTarget.archive(file), source.store().images().toArray(StoredImage[]::new));
    archive = file.toString();
  }

  /** What a JVM does again and again, in several threads. */
  static final class Worker {
    private final ImageStore store;
    private final ContainerRuntime runtime;
    private final Path archive;
    private final String pulled;
    private int started;
    private int missed;

    private Worker(Path images, Path archive, String pulled) {
      this.store = ImageStore.open(ImageDirectory.store(images));
      this.runtime = ContainerRuntime.create(RuntimeOptions.defaults().withImageDirectory(images));
      this.archive = archive;
      this.pulled = pulled;
    }

    /** What: "removes" or "starts"; then how many threads, and how often each of them. */
    public static void main(String[] args) throws Exception {
      Worker worker = new Worker(Path.of(args[0]), Path.of(args[1]), args[2]);
      boolean starts = args[3].equals("starts");
      int count = Integer.parseInt(args[5]);
      ExecutorService threads = Executors.newCachedThreadPool();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < Integer.parseInt(args[4]); i++) {
        Random random = new Random(Long.parseLong(args[6]) + i);
        all.add(threads.submit(() -> worker.work(starts, count, random)));
      }
      int failed = 0;
      for (Future<?> each : all) {
        try {
          each.get();
        } catch (ExecutionException e) {
          e.printStackTrace();
          failed = 1;
        }
      }
      threads.shutdown();
      worker.runtime.close();
      System.out.println("done: %d started, %d missed".formatted(worker.started, worker.missed));
      System.exit(failed);
    }

    private Void work(boolean starts, int count, Random random) throws IOException {
      for (int i = 0; i < count; i++) {
        System.out.println("goes on");
        if (starts) {
          start(random);
        } else {
          remove(random);
        }
      }
      return null;
    }

    private void remove(Random random) {
      switch (random.nextInt(5)) {
        case 0 -> store.images().forEach(store::remove);
        case 1 -> store.collect();
        case 2 -> runtime.pruneLayers();
        case 3 -> store.prune();
        default -> store.load(ImageSource.archive(archive));
      }
    }

    private void start(Random random) throws IOException {
      boolean pull = random.nextBoolean();
      String name = pull ? pulled : LOADED;
      LayeredRootfs rootfs =
          LayeredRootfs.image(name).pull(pull ? PullPolicy.MISSING : PullPolicy.NEVER);
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(random.nextBoolean() ? rootfs.inspectable() : rootfs)
              .command("sh", "-c", "cat /srv/f* | wc -c; read x; cat /srv/f* | wc -c; echo >/new")
              .build();
      try (Container container = runtime.start(spec)) {
        if (random.nextInt(3) == 0) {
          remove(random);
        }
        container.stdin().writeText("\n");
        String all = FILES * CONTENT.length() + "\n";
        assertThat(container.stdout().readText()).isEqualTo(all + all);
        assertThat(container.waitFor().isSuccess()).isTrue();
        count(true);
        if (spec.rootfs().orElseThrow().isInspectable()) {
          commit(container, random);
        }
      } catch (ImageNotFoundException e) {
        if (pull || !String.valueOf(e.getMessage()).contains(name)) {
          throw new AssertionError("what can be pulled is pulled, and what is missed is named", e);
        }
        count(false);
      }
    }

    private synchronized void count(boolean isStart) {
      if (isStart) {
        started++;
      } else {
        missed++;
      }
    }

    private void commit(WriteLayer written, Random random) {
      String name = "example.org/commit:" + random.nextInt(3);
      try {
        written.commit(CommitOptions.of(name));
      } catch (ImageNotFoundException e) {
        assertThat(e).hasMessageContaining("sha256:");
      }
      try {
        store
            .find(ImageReference.parse(name))
            .ifPresent(target -> store.tag(ImageReference.parse("example.org/tagged:1"), target));
      } catch (ImageNotFoundException e) {
        assertThat(e).hasMessageContaining("not in the store");
      }
    }
  }

  private JvmFork jvm(String pulled, String what, int threads, int count, long seed) {
    return JvmFork.start(
        Worker.class,
        images.toString(),
        archive,
        pulled,
        what,
        Integer.toString(threads),
        Integer.toString(count),
        Long.toString(seed));
  }

  /** Has a registry have the image under another name. */
  private String push(FakeRegistry registry) throws IOException {
    TestImages source = new TestImages(directory.resolve("source"));
    return source.moveTo(registry, LOADED);
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private void checkAndForget(String what) throws IOException {
    TestImages all = new TestImages(images);
    ImageStore store = all.store();
    assertThat(store.check().problems()).as(what).isEmpty();
    store.load(ImageSource.archive(Path.of(archive)));
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.image(LOADED).pull(PullPolicy.NEVER))
            .command("sh", "-c", "cat /srv/f* | wc -c")
            .build();
    try (ContainerRuntime runtime = all.runtime()) {
      assertThat(Finished.of(runtime, spec).expectedOut())
          .as(what)
          .isEqualTo(FILES * CONTENT.length() + "\n");
    }
    all.forget();
    store.collect();
    assertThat(store.check().problems()).as(what).isEmpty();
    assertThat(children(ImageDirectory.store(images).resolve("leases"))).as(what).isEmpty();
    assertThat(children(ImageDirectory.store(images).resolve("blobs/sha256"))).as(what).isEmpty();
    for (Path layers : children(all.layers())) {
      // an ordinary user's lie in a directory of their ids
      assertThat(layers)
          .as(what)
          .satisfies(left -> assertThat(left.getFileName().toString()).startsWith("ids-"));
      assertThat(children(layers)).as(what).isEmpty();
    }
  }

  @Test
  void a_start_has_all_of_its_files_or_is_told_that_the_image_is_not_there() throws Exception {
    long seed = System.nanoTime();
    try (FakeRegistry registry = FakeRegistry.start()) {
      String pulled = push(registry);
      int count = Integer.getInteger("jcontainer.rounds", 6);
      try (JvmFork removes = jvm(pulled, "removes", 2, Integer.MAX_VALUE, seed);
          JvmFork starts = jvm(pulled, "starts", 3, count, seed)) {
        assertThat(starts.waitFor(Duration.ofMinutes(4)))
            .as("seed %d, %s", seed, starts.stderr())
            .isZero();
        assertThat(removes.process().isAlive()).as("%s", removes.stderr()).isTrue();
        removes.kill9();
      }
      checkAndForget("seed " + seed);
    }
  }

  @Test
  void whoever_is_killed_leaves_nothing_half_and_nothing_behind() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (FakeRegistry registry = FakeRegistry.start()) {
      String pulled = push(registry);
      int kills = Integer.getInteger("jcontainer.kills", 1);
      for (int i = 0; i < kills; i++) {
        try (JvmFork removes = jvm(pulled, "removes", 2, Integer.MAX_VALUE, random.nextLong());
            JvmFork starts = jvm(pulled, "starts", 2, Integer.MAX_VALUE, random.nextLong())) {
          JvmFork victim = random.nextBoolean() ? removes : starts;
          JvmFork other = victim == removes ? starts : removes;
          for (int line = random.nextInt(victim == starts ? 15 : 60); line >= 0; line--) {
            assertThat(victim.readLine(PATIENCE)).isEqualTo("goes on");
          }
          victim.kill9();
          for (int line = 0; line < 5; line++) {
            assertThat(other.readLine(PATIENCE)).isEqualTo("goes on");
          }
          assertThat(other.process().isAlive()).as("%s", other.stderr()).isTrue();
          other.kill9();
        }
        checkAndForget("seed %d, kill %d".formatted(seed, i));
      }
    }
  }
}
