package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.RegistryOptions;
import io.jcontainer.images.tar.TarAttributes;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever an image is like, 64 MiB of heap are enough to unpack, run, commit, push and pull it.
 */
@Tag("once")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
class SmallHeapIT {
  private static final int LARGE = 80 << 20;
  private static final int MANY = 20_000;

  /** What it runs. */
  static final class Main {
    private final Path place;
    private final TestImages images;
    private final ImageStore store;
    private final String registry;

    private Main(Path place, String registry) {
      this.place = place;
      this.images = new TestImages(place.resolve("images"));
      this.store = images.store();
      this.registry = registry;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
      Main main = new Main(Path.of(args[0]), args[1]);
      Path base = Path.of(args[2]);
      main.usual("large", base, tar -> tar.put(file("large", LARGE, Map.of()), zeros(LARGE)));
      main.usual("many", base, Main::many);
      main.usual("attributes", base, Main::attributes);
      main.layers(base);
      main.documents();
    }

    private interface Filling {
      void fill(TarWriter tar) throws IOException;
    }

    private static InputStream zeros(long size) {
      return new InputStream() {
        private long left = size;

        @Override
        public int read() {
          return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
          int read = (int) Math.min(left, length);
          left -= read;
          return read == 0 ? -1 : read;
        }
      };
    }

    private static TarEntry file(String name, long size, Map<String, String> attributes) {
      return new TarEntry(
          name,
          TarEntry.FILE,
          size,
          0644,
          "",
          new TarAttributes(0, 0, 1, 0, 0, 0, attributes),
          null);
    }

    /** Names of 200 bytes in one directory, each a file, removed below or of a deep directory. */
    private static void many(TarWriter tar) throws IOException {
      String long200 = "n".repeat(190);
      for (int i = 0; i < MANY; i++) {
        tar.put(file("d/" + long200 + i, 0, Map.of()));
        tar.put(file("d/.wh." + i + "x".repeat(190), 0, Map.of()));
      }
      tar.put(file("e/".repeat(900) + "f", 0, Map.of()));
    }

    /** The longest names and values that an archive and a file system take. */
    private static void attributes(TarWriter tar) throws IOException {
      for (int i = 0; i < 500; i++) {
        tar.put(file("a" + i, 0, Map.of("user.large", "v".repeat(3000))));
        tar.put(file(("l".repeat(250) + "/").repeat(15) + i, 0, Map.of()));
        tar.put(file("h" + i, 0, Map.of("ignored." + "k".repeat(500_000), "v".repeat(400_000))));
      }
    }

    /** Unpacks, runs, changes, commits, exports, pushes and pulls. */
    private void usual(String name, Path base, Filling filling) throws IOException {
      Path tar = place.resolve(name + ".tar");
      try (OutputStream out = Files.newOutputStream(tar);
          TarWriter writer = new TarWriter(out)) {
        filling.fill(writer);
      }
      ImageConfig config = ImageConfig.of(Platform.current(), ImageConfig.Execution.none());
      ImageReference reference = ImageReference.parse(name + ":top");
      StoredImage top = store.load(ImageSource.rootfs(tar, config), reference);
      images.put(name + ":base", ImageConfig.Execution.none(), base);
      put(name + ":1", List.of(of(name + ":base"), of(name + ":top")));
      store.remove(top);
      work(name);
    }

    private Manifest of(String name) {
      Descriptor target = store.find(ImageReference.parse(name)).orElseThrow();
      return store.manifest(target, Platform.current());
    }

    private void put(String name, List<Manifest> parts) {
      List<Descriptor> layers = new ArrayList<>();
      List<Digest> diffIds = new ArrayList<>();
      for (Manifest part : parts) {
        layers.addAll(part.layers());
        diffIds.addAll(store.config(part).diffIds());
      }
      ImageConfig config =
          ImageConfig.of(Platform.current(), ImageConfig.Execution.none()).withDiffIds(diffIds);
      try (Lease lease = store.lease()) {
        layers.forEach(lease::hold);
        Descriptor written = lease.write(MediaType.OCI_CONFIG, config.toBytes());
        store.tag(
            ImageReference.parse(name),
            lease.write(MediaType.OCI_MANIFEST, Manifest.of(written, layers).toBytes()));
      }
    }

    private void work(String name) throws IOException {
      String script = "mkdir /n; for i in $(seq 2000); do echo >/n/$i; done; rm -rf /d";
      try (ContainerRuntime runtime = images.runtime()) {
        LayeredRootfs rootfs = LayeredRootfs.image(name + ":1").inspectable();
        try (Container container =
            runtime.start(
                ContainerSpec.builder().rootfs(rootfs).command("/bin/sh", "-c", script).build())) {
          assertThat(container.waitFor().isSuccess()).as(container.stderr().readText()).isTrue();
          assertThat(container.changes()).hasSizeGreaterThan(2000);
          container.diff(OutputStream.nullOutputStream());
          container.export(OutputStream.nullOutputStream());
          Image made = container.commit(CommitOptions.of(name + ":2"));
          assertThat(made.digest()).isNotEmpty();
        }
      }
      pushAndPull(name + ":2");
      System.out.println(name);
    }

    private void pushAndPull(String name) {
      StoredImage image =
          new StoredImage(Optional.empty(), store.find(ImageReference.parse(name)).orElseThrow());
      ImageReference there = ImageReference.parse(registry + "/" + name);
      ImageStore other = ImageStore.open(place.resolve("other-" + name.replace(':', '-')));
      try (Registry client = Registry.create(RegistryOptions.defaults().withoutDockerConfig())) {
        client.push(image, there, store);
        client.pull(there, other);
      }
    }

    /** As many layers as an overlay can have. */
    private void layers(Path base) throws IOException {
      images.put("layers:base", ImageConfig.Execution.none(), base);
      List<Manifest> parts = new ArrayList<>();
      parts.add(of("layers:base"));
      for (int i = 1; i < 499; i++) {
        Path part = Files.createDirectories(place.resolve("part"));
        Files.writeString(part.resolve("f"), Integer.toString(i));
        images.put("layers:part", ImageConfig.Execution.none(), part);
        parts.add(of("layers:part"));
      }
      put("layers:1", parts);
      try (ContainerRuntime runtime = images.runtime()) {
        LayeredRootfs rootfs = LayeredRootfs.image("layers:1").inspectable();
        try (Container container =
            runtime.start(
                ContainerSpec.builder()
                    .rootfs(rootfs)
                    .command("/bin/sh", "-c", "cat /f")
                    .build())) {
          assertThat(container.stdout().readText()).isEqualTo("498");
          container.export(OutputStream.nullOutputStream());
        }
      }
      pushAndPull("layers:1");
      System.out.println("layers");
    }

    /** Configurations, which are in the store, and an index as large as they may be. */
    private void documents() throws IOException, InterruptedException {
      pushAndPull("strings:1");
      pushAndPull("objects:1");
      index();
      System.out.println("documents");
    }

    /** An index of very many images, of which only one is there. */
    private void index() throws IOException, InterruptedException {
      List<Descriptor> manifests = new ArrayList<>();
      for (int i = 0; i < 10_000; i++) {
        manifests.add(
            Descriptor.of(MediaType.OCI_MANIFEST, ("other " + i).getBytes(UTF_8))
                .withPlatform(Platform.parse("plan9/mips")));
      }
      Descriptor image = store.find(ImageReference.parse("layers:1")).orElseThrow();
      manifests.add(image.withPlatform(Platform.current()));
      ImageReference there = ImageReference.parse(registry + "/layers:index");
      URI address = URI.create("http://" + registry + "/v2/layers/manifests/index");
      HttpRequest put =
          HttpRequest.newBuilder(address)
              .header("Content-Type", MediaType.OCI_INDEX.toString())
              .PUT(HttpRequest.BodyPublishers.ofByteArray(Index.of(manifests).toBytes()))
              .build();
      assertThat(HttpClient.newHttpClient().send(put, BodyHandlers.discarding()).statusCode())
          .isEqualTo(201);
      ImageStore other = ImageStore.open(place.resolve("other-index"));
      try (Registry client = Registry.create(RegistryOptions.defaults().withoutDockerConfig())) {
        Descriptor pulled = client.pull(there, other).target();
        assertThat(other.manifest(pulled, Platform.current()).layers()).hasSize(499);
      }
    }
  }

  @Test
  void images_of_any_kind_are_unpacked_run_committed_pushed_and_pulled(
      @HostRootedTempDir Path place) throws IOException {
    Path base = RootfsFixtures.busyboxRoot(place.resolve("base"));
    putDocuments(new TestImages(Files.createDirectory(place.resolve("images"))).store());
    try (FakeRegistry registry = FakeRegistry.start();
        JvmFork jvm =
            JvmFork.start(
                // SHA-256 is slow without the second compiler.
                List.of("-Xmx64m", "-XX:TieredStopAtLevel=4"),
                Main.class,
                place.toString(),
                registry.host(),
                base.toString())) {
      assertThat(jvm.waitFor(Duration.ofMinutes(4))).as("%s", jvm.stderr()).isZero();
    }
  }

  /** As large as they may be; put together here, where there is room for all of their copies. */
  private static void putDocuments(ImageStore store) {
    String string = "\"" + "y".repeat(1 << 20) + "\",";
    putConfig(store, "strings:1", "[" + string.repeat(7) + "0]");
    String objects =
        IntStream.range(0, 190_000).mapToObj(i -> "\"" + i + "\":{},").collect(joining());
    putConfig(store, "objects:1", "{" + objects + "\"\":0}");
  }

  private static void putConfig(ImageStore store, String name, String content) {
    byte[] small = ImageConfig.of(Platform.current(), ImageConfig.Execution.none()).toBytes();
    String json = "{\"x\":" + content + "," + new String(small, UTF_8).substring(1);
    try (Lease lease = store.lease()) {
      Descriptor config = lease.write(MediaType.OCI_CONFIG, json.getBytes(UTF_8));
      store.tag(
          ImageReference.parse(name),
          lease.write(MediaType.OCI_MANIFEST, Manifest.of(config, List.of()).toBytes()));
    }
  }
}
