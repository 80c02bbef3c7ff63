package io.jcontainer.benchmarks;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.RegistryOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Measures pushes to and pulls from docker-registry(1) on loopback, by us and by skopeo(1). A push
 * goes to a registry that is empty, a pull to a directory that is; both are made before the clock
 * runs.
 */
public final class RegistryBench {
  private static final String USAGE = "usage: dev/bench-registry [--json] [-n ROUNDS]";

  /**
   * Until the compiler has come to its end with what the JDK's client does for a pull, which takes
   * a processor from it as long as that lasts. Pushes wait for the registry.
   */
  private static final int WARM = 40;

  private final Path place;
  private final ImageStore store;
  private final BenchRegistry source;
  private final Registry client;
  private final List<Contestant> contestants = new ArrayList<>();

  private RegistryBench(Path place, BenchRegistry source, Registry client) {
    this.place = place;
    this.store = ImageStore.open(place.resolve("store"));
    this.source = source;
    this.client = client;
  }

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/bench-registry} takes them
   * @throws IOException if a contestant fails
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    BenchOptions options;
    try {
      options = BenchOptions.parse(arguments);
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      System.exit(2);
      return;
    }
    Path place = Files.createTempDirectory("bench-registry");
    try (BenchRegistry source = new BenchRegistry(place.resolve("source"));
        Registry client = Registry.create(RegistryOptions.defaults().withoutDockerConfig())) {
      RegistryBench bench = new RegistryBench(place, source, client);
      bench.add("1 MB", 1, 1 << 20);
      bench.add("20 x 1 MB", 20, 1 << 20);
      bench.add("3 x 30 MB", 3, 30 << 20);
      List<Row> rows = new RoundRobin(bench.contestants).run(options.rounds());
      if (options.json()) {
        rows.forEach(row -> json(row, System.out));
      } else {
        table(rows, System.out);
      }
    } finally {
      Programs.run("rm", "-rf", place.toString());
    }
  }

  private void add(String name, int layers, int size) throws IOException, InterruptedException {
    StoredImage image = image(name, layers, size);
    String path = "bench/" + name.replace(" ", "").toLowerCase(Locale.ROOT);
    ImageReference there = ImageReference.parse(source.host() + "/" + path + ":1");
    client.push(image, there, store);
    Path layout = place.resolve("layout-" + layers);
    store.save(ImageTarget.layout(layout), new StoredImage(Optional.of(there), image.target()));

    contestants.add(
        transfer(
            "pull " + name + ", ours",
            "JVM",
            fresh -> {
              ImageStore empty = ImageStore.open(fresh.resolve("store"));
              return () -> client.pull(there, empty);
            }));
    contestants.add(
        transfer(
            "pull " + name + ", skopeo",
            "skopeo",
            fresh ->
                () ->
                    Programs.run(
                        "skopeo",
                        "--insecure-policy",
                        "copy",
                        "-q",
                        "--src-tls-verify=false",
                        "docker://" + there,
                        "oci:" + fresh.resolve("layout") + ":1")));
    contestants.add(
        push(
            "push " + name + ", ours",
            "JVM",
            host -> client.push(image, ImageReference.parse(host + "/" + path + ":1"), store)));
    contestants.add(
        push(
            "push " + name + ", skopeo",
            "skopeo",
            host ->
                Programs.run(
                    "skopeo",
                    "--insecure-policy",
                    "copy",
                    "-q",
                    "--dest-tls-verify=false",
                    "oci:" + layout + ":1",
                    "docker://" + host + "/" + path + ":1")));
  }

  private Contestant transfer(String name, String by, FreshContestant.Preparation preparation) {
    return new FreshContestant(name, by, name, by.equals("JVM") ? WARM : 1, place, preparation);
  }

  /** Sends an image to a registry. */
  private interface Push {
    void to(String host) throws IOException, InterruptedException;
  }

  private Contestant push(String name, String by, Push push) {
    return new FreshContestant(
        name,
        by,
        name,
        by.equals("JVM") ? WARM / 4 : 1,
        place,
        fresh -> {
          BenchRegistry registry = new BenchRegistry(fresh);
          return new FreshContestant.Work() {
            @Override
            public void run() throws IOException, InterruptedException {
              push.to(registry.host());
            }

            @Override
            public void close() {
              registry.close();
            }
          };
        });
  }

  /** Layers that gzip makes nothing of, as most of what is compressed already. */
  private StoredImage image(String name, int layers, int size) throws IOException {
    Random random = new Random(size + layers);
    try (Lease lease = store.lease()) {
      List<Descriptor> descriptors = new ArrayList<>();
      List<Digest> diffIds = new ArrayList<>();
      for (int i = 0; i < layers; i++) {
        byte[] content = new byte[size];
        random.nextBytes(content);
        descriptors.add(lease.write(MediaType.OCI_LAYER_GZIP, gzip(content)));
        diffIds.add(Digest.of(content));
      }
      ImageConfig config =
          ImageConfig.of(Platform.current(), ImageConfig.Execution.none()).withDiffIds(diffIds);
      Descriptor written = lease.write(MediaType.OCI_CONFIG, config.toBytes());
      Manifest manifest = Manifest.of(written, descriptors);
      StoredImage image =
          new StoredImage(
              Optional.of(
                  ImageReference.parse(
                      "bench.invalid/" + name.replaceAll("\\W", "").toLowerCase(Locale.ROOT))),
              lease.write(MediaType.OCI_MANIFEST, manifest.toBytes()));
      store.keep(image);
      return image;
    }
  }

  private static byte[] gzip(byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(content.length + 1000);
    try (GZIPOutputStream out =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(Deflater.NO_COMPRESSION);
          }
        }) {
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private static void json(Row row, PrintStream out) {
    out.println(
        String.format(
            Locale.ROOT,
            "{\"name\":\"%s\",\"median_ms\":%.2f,\"min_ms\":%.2f,\"n\":%d}",
            row.name(),
            row.median() / 1e3,
            row.min() / 1e3,
            row.count()));
  }

  private static void table(List<Row> rows, PrintStream out) throws IOException {
    out.println("Push and pull over loopback, in ms; each once a round");
    out.println(Report.host());
    out.println();
    out.println(
        String.format(Locale.ROOT, "%-28s %9s %9s %6s %8s", "", "median", "min", "n", "ratio"));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      String ratio = i % 2 == 0 ? "%8.2f".formatted(row.median() / rows.get(i + 1).median()) : "";
      out.println(
          String.format(
              Locale.ROOT,
              "%-28s %9.1f %9.1f %6d %s",
              row.name(),
              row.median() / 1e3,
              row.min() / 1e3,
              row.count(),
              ratio));
    }
  }
}
