package io.jcontainer.benchmarks;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.linux.image.LayerStore;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.probe.HostProbe;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.rootfs.KernelFilesystems;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Measures how long images take: to unpack, and to load and unpack. */
public final class ImageBench {
  private static final String USAGE =
      "usage: dev/bench-images [--json] [-n ROUNDS] [--only NAME,NAME...]";

  /** How many runs of ours are not measured. */
  private static final int WARM = 15;

  private final Path place;
  private final Kernel kernel = new JnaKernel();
  private final HostFacts host = HostProbe.look(kernel, KernelFilesystems.paths());
  private final Launcher launcher;

  private ImageBench(Path place, LauncherBinary binary) {
    this.place = place;
    this.launcher = new Launcher(kernel, binary, host.arch());
  }

  /**
   * Measures and prints.
   *
   * @param arguments the directory to work in, then as {@code dev/bench-images} takes them
   * @throws IOException if a contestant fails
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    BenchOptions options;
    try {
      options =
          BenchOptions.parse(
              List.of(arguments).subList(1, arguments.length).toArray(new String[0]));
      if (options.heap().isPresent() || options.threads().isPresent()) {
        throw new UsageException("--heap and --threads are for dev/bench-start");
      }
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      System.exit(2);
      return;
    }
    Path place = Path.of(arguments[0]);
    Kernel kernel = new JnaKernel();
    HostFacts host = HostProbe.look(kernel, KernelFilesystems.paths());
    if (!host.isRoot()) {
      System.err.println("dev/bench-images: needs root, as its peers do for the owners of files");
      System.exit(1);
    }
    StateDirectory state = StateDirectory.usual(host.uid(), System.getenv());
    try (LauncherBinary binary = LauncherBinary.install(kernel, host.arch(), state)) {
      ImageBench bench = new ImageBench(place, binary);
      String debian = System.getProperty("bench.debian", "");
      BenchImages system =
          debian.isEmpty() ? BenchImages.root(place) : BenchImages.debian(place, Path.of(debian));
      for (BenchImages image : List.of(BenchImages.files(place), system)) {
        bench.measure(image, options);
      }
    }
  }

  private void measure(BenchImages image, BenchOptions options)
      throws IOException, InterruptedException {
    Set<String> only = options.only();
    List<Contestant> contestants = new ArrayList<>();
    for (Contestant each : contestants(image)) {
      if (only.isEmpty() || only.contains(each.name())) {
        contestants.add(each);
      }
    }
    List<Row> rows = new RoundRobin(contestants).run(options.rounds());
    if (options.json()) {
      rows.forEach(row -> json(image, row, System.out));
    } else {
      table(image, rows, System.out);
    }
  }

  private List<Contestant> contestants(BenchImages image) {
    String gzip = image.gzip().toString();
    List<Contestant> all = new ArrayList<>();
    all.add(FreshContestant.shell("gzip-tar", "gzip -dc " + gzip + " | tar -x -C \"$1\"", place));
    all.add(
        new FreshContestant(
            "jcontainer",
            "JVM",
            "LayerStore.unpack of an image in a store, both digests verified, in a warm JVM",
            WARM,
            place,
            directory -> () -> unpack(image.store(), image.stored(), directory)));
    all.add(
        new FreshContestant(
            "jcontainer-load",
            "JVM",
            "ImageStore.load of the archive that podman gets, and LayerStore.unpack",
            WARM,
            place,
            directory ->
                () -> {
                  ImageStore store = ImageStore.open(directory.resolve("store"));
                  StoredImage loaded = store.load(ImageSource.archive(image.archive())).get(0);
                  unpack(store, loaded, directory);
                }));
    String command = System.getProperty("bench.command", "jcontainer");
    // Of "files" nothing can be run: it is unpacked when that is found out.
    String run =
        " run --images \"$1/images\" --pull=never bench/"
            + image.name()
            + ":1 true || test $? = 127";
    all.add(
        FreshContestant.shell(
            "command", "cp -al " + image.place() + " \"$1/images\" && " + command + run, place));
    all.add(
        FreshContestant.shell(
            "command-load",
            command + " load --images \"$1/images\" -i " + image.layout() + " && " + command + run,
            place));
    all.add(
        FreshContestant.shell(
            "command-unpack",
            "cp -al "
                + image.place()
                + " \"$1/images\" && "
                + command
                + " image unpack --images \"$1/images\" bench/"
                + image.name()
                + ":1",
            place));
    all.add(
        FreshContestant.shell(
            "command-load-unpack",
            command + " load --unpack --images \"$1/images\" -i " + image.layout(),
            place));
    all.add(
        FreshContestant.shell(
            "command-archive-unpack",
            command + " load --unpack --images \"$1/images\" -i " + image.archive(),
            place));
    if (isThere("umoci")) {
      all.add(
          FreshContestant.shell(
              "umoci", "umoci unpack --image " + image.layout() + ":1 \"$1/bundle\"", place));
      all.add(
          FreshContestant.shell(
              "umoci-raw",
              "umoci raw unpack --image " + image.layout() + ":1 \"$1/rootfs\"",
              place));
    }
    if (isThere("umoci") && isThere("skopeo")) {
      all.add(
          FreshContestant.shell(
              "skopeo-umoci",
              "skopeo --insecure-policy copy docker-archive:"
                  + image.archive()
                  + " oci:\"$1/layout\":1 && umoci unpack --image \"$1/layout:1\" \"$1/bundle\"",
              place));
    }
    if (isThere("podman")) {
      all.add(
          FreshContestant.shell(
              "podman-load",
              "podman --root \"$1/root\" --runroot \"$1/run\" --storage-driver overlay load -q -i "
                  + image.archive(),
              place));
    }
    return all;
  }

  private static boolean isThere(String program) {
    return Programs.find(program).isPresent();
  }

  private void unpack(ImageStore store, StoredImage image, Path directory) {
    Manifest manifest = store.manifest(image.target(), Platform.current());
    ImageConfig config = store.config(manifest);
    new LayerStore(kernel, launcher, directory.resolve("layers"), null)
        .unpack(store, manifest, config, ImageLimits.defaults())
        .close();
  }

  private static void json(BenchImages image, Row row, PrintStream out) {
    out.println(
        String.format(
            Locale.ROOT,
            "{\"image\":\"%s\",\"name\":\"%s\",\"median_ms\":%.1f,\"min_ms\":%.1f,\"n\":%d}",
            image.name(),
            row.name(),
            row.median() / 1e3,
            row.min() / 1e3,
            row.count()));
  }

  private static void table(BenchImages image, List<Row> rows, PrintStream out) throws IOException {
    out.println(
        String.format(
            Locale.ROOT,
            "Image \"%s\", %d MB compressed: milliseconds, each into a fresh directory",
            image.name(),
            Files.size(image.gzip()) / 1_000_000));
    out.println(Report.host());
    out.println();
    out.print(String.format(Locale.ROOT, "%-18s %9s %9s %4s", "", "median", "min", "n"));
    rows.forEach(row -> out.print("  /" + row.name()));
    out.println();
    for (Row row : rows) {
      StringBuilder line =
          new StringBuilder(
              String.format(
                  Locale.ROOT,
                  "%-18s %9.0f %9.0f %4d",
                  row.name(),
                  row.median() / 1e3,
                  row.min() / 1e3,
                  row.count()));
      for (Row base : rows) {
        String ratio = String.format(Locale.ROOT, "%.2f", row.median() / base.median());
        line.append(" ".repeat(base.name().length() + 3 - ratio.length())).append(ratio);
      }
      out.println(line);
    }
    out.println();
    rows.forEach(
        row -> out.println(String.format(Locale.ROOT, "%-18s %s", row.name(), row.note())));
    out.println();
  }
}
