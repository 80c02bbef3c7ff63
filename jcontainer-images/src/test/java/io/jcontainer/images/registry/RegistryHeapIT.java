package io.jcontainer.images.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.DockerRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.TestCertificate;
import io.jcontainer.images.Compression;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
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

/** However large an image is, 64 MiB of heap are enough to push and to pull it. */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@RequiresHost(Feature.DOCKER_REGISTRY)
class RegistryHeapIT {
  @TempDir private Path parent;

  /** Pushes and pulls an image whose layer is larger than the heap, by HTTP/2 and HTTP/1.1. */
  static final class Main {
    public static void main(String[] args) {
      Path parent = Path.of(args[0]);
      RegistryOptions options =
          RegistryOptions.defaults()
              .withoutDockerConfig()
              .withTls(args[1])
              .withCertificateAuthorities(Path.of(args[3]));
      ImageStore store = ImageStore.open(parent.resolve("store"));
      ImageConfig config = ImageConfig.of(Platform.current(), ImageConfig.Execution.none());
      StoredImage image =
          store.load(
              ImageSource.directory(parent.resolve("root"), Compression.NONE, config),
              ImageReference.parse("large:1"));
      try (Registry registry = Registry.create(options)) {
        for (String host : List.of(args[1], args[2])) {
          ImageReference name = ImageReference.parse(host + "/large:1");
          registry.push(image, name, store);
          ImageStore other = ImageStore.open(parent.resolve("pulled-" + host.hashCode()));
          long[] taken = {0};
          registry.pull(
              name,
              Platform.current(),
              other,
              TransferListener.none(),
              (of, index, layer, tar) ->
                  taken[0] = tar.transferTo(OutputStream.nullOutputStream()));
          assertThat(taken[0]).isGreaterThan(67 << 20);
        }
      }
      System.out.println("done");
    }
  }

  @Test
  void images_of_any_size_are_pushed_and_pulled() throws IOException {
    TestCertificate certificate = TestCertificate.make(parent.resolve("tls"));
    Path root = Files.createDirectory(parent.resolve("root"));
    byte[] chunk = new byte[1 << 20];
    new Random(1).nextBytes(chunk);
    try (OutputStream out = Files.newOutputStream(root.resolve("large"))) {
      for (int i = 0; i < 68; i++) {
        chunk[0] = (byte) i;
        out.write(chunk);
      }
    }

    try (DockerRegistry tls = DockerRegistry.startTls(parent.resolve("1"), certificate);
        DockerRegistry plain = DockerRegistry.start(parent.resolve("2"));
        JvmFork jvm =
            JvmFork.start(
                // SHA-256 is slow without the second compiler.
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=4"),
                Main.class,
                parent.toString(),
                tls.host(),
                plain.host(),
                certificate.certificate().toString())) {
      assertThat(jvm.waitFor(Duration.ofMinutes(4))).as("%s", jvm.stderr()).isZero();
    }
  }
}
