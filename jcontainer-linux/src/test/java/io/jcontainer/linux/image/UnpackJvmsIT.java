package io.jcontainer.linux.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnMounts;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.Manifest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** JVMs that unpack the same image at once, that are killed, and whose disk is full. */
@Tag("once")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class UnpackJvmsIT {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final int FILES = 200;

  @TempDir Path parent;

  /** Two layers of many files. */
  private static Manifest image(UnpackingFixture fixture) {
    RawTar lower = new RawTar();
    RawTar upper = new RawTar();
    for (int i = 0; i < FILES; i++) {
      lower.file("lower/d" + i % 7 + "/f" + i, "content " + i);
      upper.file("upper/d" + i % 7 + "/f" + i, "content " + i);
    }
    return fixture.image(lower.bytes(), upper.bytes());
  }

  private static void check(UnpackedImage image) throws Exception {
    for (String name : List.of("lower", "upper")) {
      Path root = image.layers().get(name.equals("lower") ? 0 : 1).resolve(name);
      for (int i = 0; i < FILES; i++) {
        assertThat(Files.readString(root.resolve("d" + i % 7 + "/f" + i)))
            .isEqualTo("content " + i);
      }
    }
  }

  /** Unpacks, and says when it begins and has ended; with more arguments without an end. */
  static final class Worker {
    public static void main(String[] args) throws Exception {
      try (UnpackingFixture fixture = new UnpackingFixture(Path.of(args[0]))) {
        do {
          Manifest manifest = image(fixture);
          System.out.println("begins");
          try (UnpackedImage image = fixture.unpack(manifest)) {
            check(image);
          }
          System.out.println("done");
          if (args.length > 1) {
            fixture.images.images().forEach(fixture.images::remove);
            fixture.layers.prune(fixture.images);
          }
        } while (args.length > 1);
      }
    }
  }

  @Test
  void jvms_that_unpack_the_same_image_at_once_share_it() throws Exception {
    List<JvmFork> jvms = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        jvms.add(JvmFork.start(Worker.class, parent.toString()));
      }
      for (JvmFork jvm : jvms) {
        assertThat(jvm.waitFor(PATIENCE)).as("%s", jvm.stderr()).isZero();
      }
    } finally {
      jvms.forEach(JvmFork::close);
    }
    try (UnpackingFixture fixture = new UnpackingFixture(parent)) {
      assertThat(fixture.places()).hasSize(2).allMatch(name -> name.matches("[0-9a-f]{64}"));
    }
  }

  @Test
  void nothing_half_unpacked_is_used_whenever_a_jvm_is_killed() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 3; i++) {
      try (JvmFork jvm = JvmFork.start(Worker.class, parent.toString(), "again")) {
        for (int round = random.nextInt(3); round >= 0; round--) {
          assertThat(jvm.readLine(PATIENCE)).isEqualTo("begins");
          if (round > 0) {
            assertThat(jvm.readLine(PATIENCE)).isEqualTo("done");
          }
        }
        TimeUnit.MILLISECONDS.sleep(random.nextInt(60)); // somewhere on its way
        jvm.kill9();
      }
      try (UnpackingFixture fixture = new UnpackingFixture(parent)) {
        try (UnpackedImage image = fixture.unpack(image(fixture))) {
          check(image);
        }
        fixture.images.images().forEach(fixture.images::remove);
        fixture.layers.prune(fixture.images);
        assertThat(fixture.places()).as("seed %d, kill %d", seed, i).isEmpty();
      }
    }
  }

  /** Fills a small file system. */
  static final class Filler {
    public static void main(String[] args) throws Exception {
      Path disk = Path.of(args[0]);
      try (UnpackingFixture fixture = new UnpackingFixture(disk)) {
        RawTar large = new RawTar();
        for (int i = 0; i < 40; i++) {
          large.file("d/f" + i, "x".repeat(20_000));
        }
        Manifest image = fixture.image(large.bytes());
        Path filler = disk.resolve("filler");
        Files.write(filler, new byte[600_000]);
        Map<String, String> before = UnpackingFixture.tree(filler);
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(() -> fixture.unpack(image))
              .isInstanceOf(ImageException.class)
              .hasMessageContaining("\"d/f")
              .hasMessageContaining("No space left on device")
              .hasMessageContaining("make room");
          assertThat(fixture.places()).isEmpty();
        }
        assertThat(UnpackingFixture.tree(filler)).isEqualTo(before);
        Files.delete(filler);
        fixture.unpack(image).close();
        assertThat(fixture.places()).hasSize(1);
      }
      System.out.println("all is well");
    }
  }

  @Test
  @RequiresHost(Feature.USER_NAMESPACES)
  void a_full_disk_is_an_error_and_leaves_nothing() throws Exception {
    Path disk = Files.createDirectory(parent.resolve("disk"));

    assertThat(OwnMounts.smallDisk(disk, "2m", Filler.class)).endsWith("all is well\n");
  }
}
