package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ImageLimits;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** However large an image is, 64 MiB of heap are enough for it. */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SmallHeapIT {
  @TempDir private Path parent;

  /** Loads, saves and reads an image whose layer is larger than the heap. */
  static final class Main {
    public static void main(String[] args) throws IOException {
      Path parent = Path.of(args[0]);
      ImageStore store = ImageStore.open(parent.resolve("store"));
      for (Compression compression : Compression.values()) {
        StoredImage image =
            store.load(
                ImageSource.directory(parent.resolve("root"), compression, Archives.CONFIG),
                ImageReference.parse("large:" + compression));
        Path archive = parent.resolve("large.tar");
        store.save(ImageTarget.archive(archive), image);
        ImageStore other = ImageStore.open(parent.resolve("other-" + compression));
        assertThat(other.load(ImageSource.archive(archive))).containsExactly(image);
        Manifest manifest = other.manifest(image.target(), Samples.PLATFORM);
        try (InputStream layer =
            other.readLayer(
                manifest.layers().get(0),
                other.config(manifest).diffIds().get(0),
                ImageLimits.defaults())) {
          assertThat(layer.transferTo(OutputStream.nullOutputStream())).isGreaterThan(90 << 20);
        }
      }
      hostile(store, parent);
      System.out.println("done");
    }

    /** What would need memory if it were believed. */
    private static void hostile(ImageStore store, Path parent) throws IOException {
      Path archive = parent.resolve("hostile.tar");
      try (OutputStream out = Files.newOutputStream(archive);
          TarWriter tar = new TarWriter(out)) {
        byte[] name = new byte[40 << 20];
        tar.put(new TarEntry("x", 'L', name.length, 0, ""), new ByteArrayInputStream(name));
      }
      try {
        store.load(ImageSource.archive(archive));
        throw new AssertionError("was loaded");
      } catch (InvalidImageException e) {
        assertThat(e).hasMessageContaining("41943040 bytes");
      }
    }
  }

  @Test
  void images_of_any_size_are_loaded_saved_and_read() throws IOException {
    Path root = Files.createDirectory(parent.resolve("root"));
    byte[] chunk = new byte[1 << 20];
    Random random = new Random(1);
    try (OutputStream out = Files.newOutputStream(root.resolve("large"))) {
      for (int i = 0; i < 90; i++) {
        if (i % 8 == 0) {
          random.nextBytes(chunk);
        }
        out.write(chunk);
      }
    }

    try (JvmFork jvm = JvmFork.start(List.of("-Xmx64m"), Main.class, parent.toString())) {
      assertThat(jvm.waitFor(Duration.ofMinutes(4))).as("%s", jvm.stderr()).isZero();
    }
  }
}
