package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnMounts;
import io.jcontainer.fixtures.RequiresHost;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that other JVMs use too, some of which are killed, and one whose disk is full. */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ImageStoreIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path parent;

  /** Writes, names, removes and collects, for ever or for some rounds. */
  static final class Worker {
    public static void main(String[] args) throws IOException {
      ImageStore store = ImageStore.open(Path.of(args[0]));
      Random random = new Random(Long.parseLong(args[1]));
      int rounds = Integer.parseInt(args[2]);
      for (int round = 0; round < rounds; round++) {
        work(store, random);
      }
      System.out.println("done");
    }

    private static void work(ImageStore store, Random random) throws IOException {
      ImageReference name = ImageReference.parse("image:" + random.nextInt(4));
      try (Lease lease = store.lease()) {
        System.out.println("writes");
        // The same few layers again and again: one of them may just be being collected.
        byte[] shared = Samples.bytes(random.nextInt(5), 2_000_000);
        Descriptor image = Samples.write(lease, shared, Samples.bytes(random.nextLong(), 5_000));
        System.out.println("names");
        store.tag(name, image);
        for (Descriptor layer : store.manifest(image, Samples.PLATFORM).layers()) {
          try (InputStream in = store.read(layer)) {
            in.transferTo(OutputStream.nullOutputStream());
          }
        }
      }
      if (random.nextInt(3) == 0) {
        System.out.println("removes");
        List<StoredImage> images = store.images();
        if (!images.isEmpty()) {
          store.remove(images.get(random.nextInt(images.size())));
        }
      }
      if (random.nextInt(2) == 0) {
        System.out.println("collects");
        store.collect();
      }
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void a_store_is_consistent_whenever_a_jvm_is_killed() throws IOException {
    Path directory = parent.resolve("store");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int kills = Integer.getInteger("jcontainer.kills", 5);
    for (int i = 0; i < kills; i++) {
      try (JvmFork jvm =
          JvmFork.start(
              Worker.class,
              directory.toString(),
              Long.toString(random.nextLong()),
              Integer.toString(Integer.MAX_VALUE))) {
        int lines = 1 + random.nextInt(60);
        for (int line = 0; line < lines; line++) {
          jvm.readLine(PATIENCE);
        }
        jvm.kill9();
      }
      ImageStore store = ImageStore.open(directory);
      assertThat(store.check().problems()).as("seed %d, kill %d", seed, i).isEmpty();
      store.collect();
      assertThat(store.check().problems()).as("seed %d, kill %d", seed, i).isEmpty();
      assertThat(children(directory.resolve("leases"))).isEmpty();
      assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
      assertThat(store.usage().reclaimable()).isEqualTo(ByteSize.ofBytes(0));
    }
  }

  @Test
  void a_jvm_that_is_killed_lets_go_of_what_it_held_and_one_that_lives_does_not()
      throws IOException {
    Path directory = parent.resolve("store");
    ImageStore store = ImageStore.open(directory);
    try (JvmFork jvm = JvmFork.start(Holder.class, directory.toString())) {
      assertThat(jvm.readLine(PATIENCE)).isEqualTo("holds");

      assertThat(store.collect()).isEqualTo(new Collected(0, ByteSize.ofBytes(0), 0));
      assertThat(store.usage().underWay().bytes()).isPositive();
      jvm.kill9();
    }

    Collected collected = store.collect();
    assertThat(collected.blobs()).isEqualTo(3);
    assertThat(collected.leases()).isEqualTo(1);
    assertThat(store.usage().blobs()).isZero();
  }

  /** Holds an image without a name, and has begun with another, until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws IOException {
      ImageStore store = ImageStore.open(Path.of(args[0]));
      Lease lease = store.lease();
      Samples.write(lease, Samples.bytes(1, 1000));
      // Other leases of the same JVM come and go, and it collects itself.
      store.lease().close();
      store.collect();
      byte[] layer = Samples.bytes(2, 1_000_000);
      InputStream first = new ByteArrayInputStream(layer, 0, 900_000);
      lease.write(
          Descriptor.of(MediaType.OCI_LAYER, layer),
          Samples.stream(
              (buffer, offset, length) -> {
                int read = first.read(buffer, offset, length);
                if (read < 0) {
                  System.out.println("holds");
                  return System.in.read(); // never comes
                }
                return read;
              }));
    }
  }

  @Test
  void jvms_that_write_and_collect_at_once_lose_nothing() throws IOException {
    Path directory = parent.resolve("store");
    List<JvmFork> jvms = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        jvms.add(JvmFork.start(Worker.class, directory.toString(), Integer.toString(i), "40"));
      }
      for (JvmFork jvm : jvms) {
        assertThat(jvm.waitFor(Duration.ofMinutes(3))).as("%s", jvm.stderr()).isZero();
      }
    } finally {
      jvms.forEach(JvmFork::close);
    }
    ImageStore store = ImageStore.open(directory);
    assertThat(store.check().problems()).isEmpty();
    store.collect();
    assertThat(children(directory.resolve("leases"))).isEmpty();
  }

  /** Fills a small file system. */
  static final class Filler {
    public static void main(String[] args) {
      ImageStore store = ImageStore.open(Path.of(args[0], "store"));
      StoredImage first = Samples.keep(store, "image:first", Samples.bytes(0, 200_000));
      for (int i = 1; i <= 3; i++) {
        byte[] large = Samples.bytes(i, 1_500_000);
        assertThatThrownBy(() -> Samples.keep(store, "image:large", large))
            .isInstanceOf(ImageException.class)
            .hasMessageContaining("No space left on device")
            .hasMessageContaining("make room");
        assertThat(store.check().problems()).isEmpty();
        assertThat(store.images()).containsExactly(first);
        assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
      }
      Samples.keep(store, "image:second", Samples.bytes(4, 400_000));
      assertThatThrownBy(
              () -> {
                for (int i = 5; i < 5000; i++) { // until not even a name fits
                  Samples.keep(store, "image:" + i, Samples.bytes(i, 1));
                }
              })
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("No space left on device");
      assertThat(store.check().problems()).isEmpty();
      for (StoredImage image : store.images()) {
        store.remove(image);
      }
      assertThat(store.collect().blobs()).isPositive();
      Samples.keep(store, "image:large", Samples.bytes(6, 700_000));
      assertThat(store.check().problems()).isEmpty();
      System.out.println("all is well");
    }
  }

  @Test
  @RequiresHost(Feature.USER_NAMESPACES)
  void a_full_disk_is_an_error_and_the_store_is_as_it_was() throws Exception {
    Path disk = Files.createDirectory(parent.resolve("disk"));

    assertThat(OwnMounts.smallDisk(disk, "1m", Filler.class)).endsWith("all is well\n");
  }
}
