package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.Image;
import io.jcontainer.LayerUsage;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Compression;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.ImageUnpacker;
import io.jcontainer.images.Index;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.linux.request.RootAttributes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ImageRootsTest {
  private static final ImageReference NAME = ImageReference.parse("example.org/a:1");
  private static final RootAttributes ROOT = new RootAttributes(0555, 1, 2);
  private static final LayeredRootfs ROOTFS = LayeredRootfs.image("example.org/a:1");

  @TempDir private Path directory;
  private final AtomicInteger unpacked = new AtomicInteger();
  private final AtomicInteger given = new AtomicInteger();
  private final List<String> taken = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger cleared = new AtomicInteger();
  private final AtomicInteger pulled = new AtomicInteger();
  private final AtomicLong now = new AtomicLong();
  private final List<Runnable> later = new ArrayList<>();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CompletableFuture<Thread> interrupted = new CompletableFuture<>();
  private @Nullable CountDownLatch unpacking;
  private @Nullable RuntimeException failure;

  /** Makes nothing. */
  private final class Layers implements Unpacker {
    @Override
    public Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config) {
      unpacked.incrementAndGet();
      begun.countDown();
      CountDownLatch latch = unpacking;
      if (latch != null) {
        try {
          latch.await();
        } catch (InterruptedException e) {
          interrupted.complete(Thread.currentThread());
          throw new ContainerInterruptedException("interrupted", e);
        }
      }
      if (failure != null) {
        throw failure;
      }
      return new Unpacked(List.of(Path.of("/layers/a")), ROOT, given::incrementAndGet);
    }

    @Override
    public Incoming incoming() {
      return new Incoming() {
        @Override
        public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
            throws IOException {
          taken.add(new String(tar.readAllBytes(), StandardCharsets.ISO_8859_1));
        }

        @Override
        public Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config) {
          return Layers.this.unpack(store, manifest, config);
        }

        @Override
        public void close() {
          cleared.incrementAndGet();
        }
      };
    }

    @Override
    public int prune(ImageStore store) {
      return 0;
    }

    @Override
    public LayerUsage usage(ImageStore store) {
      throw new UnsupportedOperationException();
    }
  }

  @BeforeEach
  void load() throws IOException {
    load("one");
  }

  private Descriptor load(String content) throws IOException {
    Path root = Files.createDirectories(directory.resolve("root"));
    Files.writeString(root.resolve("file"), content);
    ImageConfig config = ImageConfig.of(Platform.current(), ImageConfig.Execution.none());
    return ImageStore.open(ImageDirectory.store(directory))
        .load(ImageSource.directory(root, Compression.NONE, config), NAME)
        .target();
  }

  private interface Registry {
    Descriptor pull() throws IOException;
  }

  private ImageRoots roots() {
    return roots(() -> ImageStore.open(ImageDirectory.store(directory)).find(NAME).orElseThrow());
  }

  private ImageRoots roots(Registry registry) {
    Puller puller =
        (name, store) -> {
          pulled.incrementAndGet();
          try {
            return registry.pull();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    return new ImageRoots(
        new ImageCatalog(directory, puller),
        new Layers(),
        (time, of, action) -> later.add(action),
        now::get);
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
    List<Runnable> due = List.copyOf(later);
    later.clear();
    due.forEach(Runnable::run);
  }

  @Test
  void layers_are_held_once_for_all_who_use_them_and_a_moment_longer() {
    ImageRoots roots = roots();
    ImageHold first = roots.find(ROOTFS);
    ImageHold second = roots.find(ROOTFS);
    first.close();
    first.close();
    pass(ImageRoots.IDLE);
    assertThat(given).as("the second is there").hasValue(0);

    second.close();
    pass(ImageRoots.IDLE.dividedBy(2));
    roots.find(ROOTFS).close();
    pass(ImageRoots.IDLE.dividedBy(2));
    assertThat(given).as("used in between").hasValue(0);
    assertThat(unpacked).hasValue(1);

    pass(ImageRoots.IDLE);
    assertThat(given).hasValue(1);
    assertThat(later).isEmpty();
    roots.find(ROOTFS).close();
    assertThat(unpacked).hasValue(2);
  }

  @Test
  void the_end_gives_up_what_is_not_used_and_the_last_use_the_rest() {
    ImageRoots roots = roots();
    ImageHold hold = roots.find(ROOTFS);
    ImageHold another = hold.another();
    hold.close();
    roots.close();
    assertThat(given).hasValue(0);

    another.close();
    assertThat(given).hasValue(1);

    ImageRoots unused = roots();
    unused.find(ROOTFS).close();
    unused.close();
    assertThat(given).hasValue(2);
    pass(ImageRoots.IDLE);
    assertThat(given).as("once").hasValue(2);
  }

  @Test
  void those_who_ask_at_once_wait_for_one() throws Exception {
    ImageRoots roots = roots();
    CountDownLatch latch = new CountDownLatch(1);
    unpacking = latch;
    List<CompletableFuture<ImageHold>> holds = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      holds.add(CompletableFuture.supplyAsync(() -> roots.find(ROOTFS)));
    }
    latch.countDown();
    for (CompletableFuture<ImageHold> hold : holds) {
      hold.get(20, TimeUnit.SECONDS).close();
    }

    assertThat(unpacked).hasValue(1);
    pass(ImageRoots.IDLE);
    assertThat(given).hasValue(1);
  }

  @Test
  void who_is_interrupted_interrupts_nobody_else() throws Exception {
    ImageRoots roots = roots();
    CountDownLatch latch = new CountDownLatch(1);
    unpacking = latch;
    CompletableFuture<Object> told = new CompletableFuture<>();
    Thread first =
        new Thread(
            () -> {
              try (ImageHold hold = roots.find(ROOTFS)) {
                told.complete(hold);
              } catch (ContainerInterruptedException e) {
                told.complete(Thread.currentThread().isInterrupted());
              }
            });
    first.start();
    begun.await();
    CompletableFuture<ImageHold> second = roots.request(ROOTFS);
    first.interrupt();
    assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo(true);
    latch.countDown();

    second.get(20, TimeUnit.SECONDS).close();
    assertThat(unpacked).hasValue(1);
    assertThat(interrupted).isNotDone();
  }

  @Test
  void the_last_who_gives_up_ends_the_work() throws Exception {
    ImageRoots roots = roots();
    unpacking = new CountDownLatch(1);
    List<CompletableFuture<ImageHold>> holds = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      holds.add(roots.request(ROOTFS));
    }
    begun.await();
    CompletableFuture<ImageHold> last = holds.remove(0);
    holds.forEach(hold -> hold.cancel(false));
    assertThat(interrupted).isNotDone();

    last.cancel(false);
    interrupted.get(20, TimeUnit.SECONDS).join();
    assertThat(unpacked).as("once, in one thread").hasValue(1);

    unpacking = null;
    roots.find(ROOTFS).close();
    assertThat(unpacked).as("another begins anew").hasValue(2);
  }

  @Test
  void the_end_ends_the_work_and_whoever_waits_is_told() throws Exception {
    ImageRoots roots = roots();
    unpacking = new CountDownLatch(1);
    CompletableFuture<ImageHold> hold = roots.request(ROOTFS);
    begun.await();
    roots.close();

    assertThat(interrupted.get(20, TimeUnit.SECONDS).isAlive()).isFalse();
    assertThatThrownBy(hold::get).hasCauseInstanceOf(ContainerGoneException.class);
    assertThatThrownBy(() -> roots.find(ROOTFS)).isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void a_failure_is_told_and_the_next_tries_again() {
    ImageRoots roots = roots();
    failure = new ImageException("the disk is full");
    assertThatThrownBy(() -> roots.find(ROOTFS)).isSameAs(failure);
    assertThat(roots.ready(ROOTFS)).isNull();

    failure = null;
    roots.find(ROOTFS).close();
    assertThat(roots.ready(ROOTFS)).isNotNull();
    assertThat(unpacked).hasValue(2);
  }

  @Test
  void the_registry_is_asked_as_the_policy_says() throws IOException {
    ImageRoots roots = roots();
    roots.find(ROOTFS).close();
    roots.find(ROOTFS.pull(PullPolicy.NEVER)).close();
    assertThat(pulled).hasValue(0);

    roots.find(ROOTFS.pull(PullPolicy.ALWAYS)).close();
    assertThat(pulled).hasValue(1);
    assertThat(unpacked).as("it is the same").hasValue(1);

    LayeredRootfs pinned = ROOTFS.found(roots.find(ROOTFS).digest(), List.of());
    load("two");
    roots.find(pinned.pull(PullPolicy.ALWAYS)).close();
    assertThat(unpacked).as("the digest says which").hasValue(1);
    assertThat(roots.find(ROOTFS).digest()).isNotEqualTo(pinned.imageDigest().orElseThrow());
    assertThat(pulled).hasValue(1);
  }

  @Test
  void what_is_held_is_found_by_its_digest_whatever_names_there_are() {
    ImageRoots roots = roots();
    String digest = roots.find(ROOTFS).digest();
    ImageStore store = ImageStore.open(ImageDirectory.store(directory));
    store.images().forEach(store::remove);

    for (String reference : List.of(digest, "example.org/other@" + digest)) {
      assertThat(roots.ready(LayeredRootfs.image(reference))).as(reference).isNotNull();
    }
    assertThat(roots.ready(ROOTFS)).as("nothing has the name").isNull();
  }

  /** An index that names two images, of which one is here: not this machine's. */
  private Descriptor keepForeign(ImageStore store) throws IOException {
    Descriptor foreign = load("foreign").withPlatform(Platform.parse("linux/riscv64"));
    Descriptor ours =
        Descriptor.of(MediaType.OCI_MANIFEST, new byte[1]).withPlatform(Platform.current());
    try (Lease lease = store.lease()) {
      store.tag(NAME, lease.write(MediaType.OCI_INDEX, Index.of(List.of(ours, foreign)).toBytes()));
    }
    return foreign;
  }

  @Test
  void an_index_without_an_image_for_this_machine_is_pulled() throws IOException {
    ImageStore store = ImageStore.open(ImageDirectory.store(directory));
    keepForeign(store);
    String own = "its image for " + Platform.current();
    ImageRoots roots = roots(() -> load("ours"));

    assertThatThrownBy(() -> roots.find(ROOTFS.pull(PullPolicy.NEVER)))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining(own);
    assertThatThrownBy(() -> roots.image("example.org/a:1", PullPolicy.NEVER))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining(own);
    assertThat(pulled).hasValue(0);

    roots.find(ROOTFS).close();
    assertThat(pulled).hasValue(1);
    keepForeign(store);
    roots.image("example.org/a:1", PullPolicy.MISSING);
    assertThat(pulled).hasValue(2);
  }

  @Test
  void one_image_of_an_index_is_found_by_its_digest() throws IOException {
    Descriptor foreign = keepForeign(ImageStore.open(ImageDirectory.store(directory)));
    String digest = foreign.digest().toString();
    ImageRoots roots = roots();

    for (String name : List.of(digest, "example.org/a@" + digest)) {
      assertThat(roots.image(name, PullPolicy.NEVER).digest()).isEqualTo(digest);
      try (ImageHold hold = roots.find(LayeredRootfs.image(name).pull(PullPolicy.NEVER))) {
        assertThat(hold.digest()).isEqualTo(digest);
      }
    }
  }

  @Test
  void nothing_is_taken_from_where_others_can_write() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThatThrownBy(() -> roots().find(ROOTFS))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("writable by nobody else");
    assertThat(unpacked).hasValue(0);
  }

  @Test
  void an_image_that_is_unpacked_is_found_without_a_pull_and_held_no_longer_than_others()
      throws IOException {
    Files.delete(directory.resolve("root/file"));
    ImageRoots roots = roots(() -> load("two"));

    Image image = roots.unpack("example.org/a:1", PullPolicy.ALWAYS);

    assertThat(image.name()).contains("example.org/a:1");
    assertThat(image.digest())
        .isEqualTo(
            ImageStore.open(ImageDirectory.store(directory))
                .find(NAME)
                .orElseThrow()
                .digest()
                .toString());
    assertThat(pulled).hasValue(1);
    assertThat(unpacked).hasValue(1);
    roots.find(ROOTFS).close();
    assertThat(unpacked).as("is still held").hasValue(1);
    pass(ImageRoots.IDLE.plusSeconds(1));
    assertThat(given).hasValue(1);
    assertThat(roots.unpack(image.digest(), PullPolicy.NEVER).digest()).isEqualTo(image.digest());
    assertThatThrownBy(() -> roots.unpack("example.org/b", PullPolicy.NEVER))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("example.org/b");
  }

  private ImageUnpacker unpacker(ImageRoots roots) {
    return roots.extension(ImageUnpacker.class, this);
  }

  /** A layout with one image, in another directory. */
  private ImageSource another() throws IOException {
    Path layout = directory.resolve("layout");
    Path root = Files.createDirectories(directory.resolve("another"));
    Files.writeString(root.resolve("another"), "file");
    ImageStore other = ImageStore.open(directory.resolve("other"));
    StoredImage image =
        other.load(
            ImageSource.directory(
                root,
                Compression.NONE,
                ImageConfig.of(Platform.current(), ImageConfig.Execution.none())),
            ImageReference.parse("example.org/another"));
    other.save(ImageTarget.layout(layout), image);
    return ImageSource.layout(layout);
  }

  @Test
  void what_is_loaded_is_taken_meanwhile_and_completed_in_the_end() throws IOException {
    ImageRoots roots = roots();
    ImageSource source = another();

    unpacker(roots)
        .unpack(
            (store, sink) -> {
              List<Descriptor> targets =
                  store.load(source, sink).stream().map(StoredImage::target).toList();
              assertThat(taken).singleElement().asString().contains("another");
              assertThat(unpacked).hasValue(0);
              return targets;
            });

    assertThat(unpacked).hasValue(1);
    assertThat(given).as("held by nobody").hasValue(1);
    assertThat(cleared).hasValue(1);
  }

  @Test
  void what_is_taken_of_a_load_that_fails_is_cleared() throws IOException {
    ImageRoots roots = roots();

    assertThatThrownBy(
            () ->
                unpacker(roots)
                    .unpack(
                        (store, sink) -> {
                          throw new ImageException("no such thing", null);
                        }))
        .hasMessage("no such thing");

    assertThat(cleared).hasValue(1);
    assertThat(unpacked).hasValue(0);
  }

  @Test
  void a_load_that_waits_for_its_source_keeps_no_runtime_from_being_closed() throws Exception {
    ImageRoots roots = roots();
    ImageSource source = another();
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread loader =
        new Thread(
            () -> {
              try {
                unpacker(roots)
                    .unpack(
                        (store, sink) -> {
                          loading.countDown();
                          Uninterruptibles.awaitUninterruptibly(goOn);
                          store.load(source, sink);
                          return List.of();
                        });
              } catch (RuntimeException e) {
                ended.complete(e);
              }
            });
    loader.start();
    loading.await();

    roots.close();

    assertThat(cleared).as("before the user namespace is gone").hasPositiveValue();
    goOn.countDown();
    assertThat(ended.get()).isInstanceOf(ContainerGoneException.class);
    assertThat(taken).isEmpty();
    assertThatThrownBy(() -> unpacker(roots).unpack((store, sink) -> List.of()))
        .isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void an_interrupt_ends_what_is_unpacked_in_the_end() throws Exception {
    ImageRoots roots = roots();
    unpacking = new CountDownLatch(1);
    ImageStore images = ImageStore.open(ImageDirectory.store(directory));
    CompletableFuture<Throwable> ended = new CompletableFuture<>();
    Thread loader =
        new Thread(
            () -> {
              try {
                unpacker(roots).unpack((store, sink) -> List.of(images.find(NAME).orElseThrow()));
              } catch (RuntimeException e) {
                ended.complete(e);
              }
            });
    loader.start();
    begun.await();

    loader.interrupt();

    assertThat(ended.get()).isInstanceOf(ContainerInterruptedException.class);
    assertThat(interrupted.isDone()).as("was waited for before it was cleared").isTrue();
    assertThat(cleared).hasValue(1);
  }

  /** Takes its name away, and removes what it is made of. */
  private void remove() {
    ImageStore store = ImageStore.open(ImageDirectory.store(directory));
    store.images().forEach(store::remove);
    store.collect();
  }

  @Test
  void what_others_remove_before_it_is_held_is_pulled_again() throws IOException {
    remove();
    ImageRoots roots =
        roots(
            () -> {
              Descriptor target = load("content " + pulled);
              if (pulled.get() % 2 == 1) {
                remove();
              }
              return target;
            });

    try (ImageHold hold = roots.find(ROOTFS)) {
      assertThat(hold.digest()).isEqualTo(find().digest().toString());
    }
    assertThat(pulled).hasValue(2);

    remove();
    Image image = roots.image("example.org/a:1", PullPolicy.MISSING);
    assertThat(image.digest()).isEqualTo(find().digest().toString());
    assertThat(pulled).hasValue(4);
  }

  @Test
  void what_others_have_begun_to_pull_is_pulled_as_well() throws IOException {
    ImageStore store = ImageStore.open(ImageDirectory.store(directory));
    Manifest manifest = store.manifest(find());
    Descriptor config = manifest.config();
    byte[] bytes = store.config(manifest).toBytes();
    for (boolean hasConfig : new boolean[] {false, true}) {
      remove();
      int before = pulled.get();
      try (Lease others = store.lease()) {
        ImageRoots roots =
            roots(
                () -> {
                  Descriptor target = load("one");
                  if (pulled.get() == before + 1) {
                    remove();
                    others.write(MediaType.OCI_MANIFEST, manifest.toBytes());
                    if (hasConfig) {
                      others.write(config, new ByteArrayInputStream(bytes));
                    }
                  }
                  return target;
                });

        try (ImageHold hold = roots.find(ROOTFS)) {
          assertThat(hold.digest()).isEqualTo(find().digest().toString());
        }
      }
      assertThat(pulled).hasValue(before + 2);
    }
  }

  private Descriptor find() {
    return ImageStore.open(ImageDirectory.store(directory)).find(NAME).orElseThrow();
  }

  @Test
  void what_others_remove_each_time_is_missed_by_its_name() throws IOException {
    remove();
    ImageRoots roots =
        roots(
            () -> {
              Descriptor target = load("content " + pulled); // the same would be held by now
              remove();
              return target;
            });

    assertThatThrownBy(() -> roots.find(ROOTFS))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("example.org/a:1")
        .hasMessageContaining("removed meanwhile");
    assertThat(unpacked).hasValue(0);
  }

  /** Whoever collected what is left of it was killed. */
  @Test
  void an_image_without_a_part_is_missed_by_its_name() throws IOException {
    ImageStore store = ImageStore.open(ImageDirectory.store(directory));
    Digest config = store.manifest(find()).config().digest();
    Files.delete(ImageDirectory.store(directory).resolve("blobs/sha256/" + config.hex()));

    assertThatThrownBy(() -> roots().find(ROOTFS.pull(PullPolicy.NEVER)))
        .isInstanceOf(ImageNotFoundException.class)
        .hasMessageContaining("example.org/a:1")
        .hasMessageContaining(config.toString());
  }
}
