package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnMounts;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pulls by JVMs that are killed, that pull at the same time, and whose disk is full. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class PullIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @TempDir private Path parent;
  private final FakeRegistry fake = FakeRegistry.start();

  @AfterEach
  void stop() {
    fake.close();
  }

  private static Registry client() {
    return Registry.create(RegistryOptions.defaults().withoutDockerConfig());
  }

  /** Pulls, and tells of each step. */
  static final class Puller {
    public static void main(String[] args) {
      ImageStore store = ImageStore.open(Path.of(args[0]));
      try (Registry registry = client()) {
        registry.pull(
            ImageReference.parse(args[1]),
            FakeImage.AMD64,
            store,
            event -> System.out.println(event.step()));
      }
      System.out.println("pulled");
    }
  }

  @Test
  void a_store_is_consistent_whenever_a_jvm_that_pulls_is_killed() {
    FakeImage image = FakeImage.random(FakeImage.AMD64, 1, 4, 2 << 20);
    image.putInto(fake, "a", "1");
    Path directory = parent.resolve("store");
    String name = fake.host() + "/a:1";
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int kills = Integer.getInteger("jcontainer.kills", 4);
    for (int i = 0; i < kills; i++) {
      try (JvmFork jvm = JvmFork.start(Puller.class, directory.toString(), name)) {
        int lines = 1 + random.nextInt(45);
        for (int line = 0; line < lines; line++) {
          if (jvm.readLine(PATIENCE).equals("pulled")) {
            break;
          }
        }
        jvm.kill9();
      }
      ImageStore store = ImageStore.open(directory);
      assertThat(store.check().problems()).as("seed %d, kill %d", seed, i).isEmpty();
      if (store.images().isEmpty()) {
        store.collect();
        assertThat(store.usage().blobs()).as("seed %d, kill %d", seed, i).isZero();
      }
      assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
    }
    ImageStore store = ImageStore.open(directory);
    try (Registry registry = client()) {
      registry.pull(ImageReference.parse(name), FakeImage.AMD64, store, TransferListener.none());
    }
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.images()).hasSize(1);
  }

  @Test
  void jvms_that_pull_the_same_image_at_once_both_have_it() {
    FakeImage image = FakeImage.random(FakeImage.AMD64, 1, 4, 2 << 20);
    image.putInto(fake, "a", "1");
    Path directory = parent.resolve("store");
    List<JvmFork> jvms = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        jvms.add(JvmFork.start(Puller.class, directory.toString(), fake.host() + "/a:1"));
      }
      for (JvmFork jvm : jvms) {
        assertThat(jvm.waitFor(PATIENCE)).as("%s", jvm.stderr()).isZero();
      }
    } finally {
      jvms.forEach(JvmFork::close);
    }
    ImageStore store = ImageStore.open(directory);
    assertThat(store.check().problems()).isEmpty();
    assertThat(store.find(ImageReference.parse(fake.host() + "/a:1"))).contains(image.descriptor());
    assertThat(store.collect().blobs()).isZero();
  }

  /** Pulls what does not fit onto a small file system, and then what does. */
  static final class Filler {
    public static void main(String[] args) {
      ImageStore store = ImageStore.open(Path.of(args[0], "store"));
      try (FakeRegistry fake = FakeRegistry.start();
          Registry registry = client()) {
        FakeImage.random(FakeImage.AMD64, 1, 3, 900_000).putInto(fake, "large", "1");
        FakeImage.random(FakeImage.AMD64, 2, 2, 100_000).putInto(fake, "small", "1");
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(
                  () -> registry.pull(ImageReference.parse(fake.host() + "/large:1"), store))
              .isInstanceOf(ImageException.class)
              .hasMessageContaining("No space left on device")
              .hasMessageContaining("make room");
          assertThat(store.images()).isEmpty();
          assertThat(store.check().problems()).isEmpty();
          assertThat(store.usage().underWay()).isEqualTo(ByteSize.ofBytes(0));
        }
        store.collect();
        registry.pull(ImageReference.parse(fake.host() + "/small:1"), store);
        assertThat(store.check().problems()).isEmpty();
      }
      System.out.println("all is well");
    }
  }

  @Test
  @RequiresHost(Feature.USER_NAMESPACES)
  void a_full_disk_is_an_error_and_the_store_is_as_it_was() throws IOException {
    Path disk = Files.createDirectory(parent.resolve("disk"));

    assertThat(OwnMounts.smallDisk(disk, "1m", Filler.class)).endsWith("all is well\n");
  }
}
