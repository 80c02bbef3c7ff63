package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What it takes to have many containers alive at once: to start, to keep, and to end them. */
public final class ManyBench {
  private static final int WARM_UP = 300;

  private final ManyOptions options;
  private final List<String> lines = new ArrayList<>();

  private ManyBench(ManyOptions options) {
    this.options = options;
  }

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/bench-many} takes them
   * @throws IOException if the static program cannot be written, or /proc not be read
   */
  public static void main(String... arguments) throws IOException {
    try {
      new ManyBench(ManyOptions.parse(arguments)).run();
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + ManyOptions.USAGE);
      System.exit(2);
    }
  }

  private void run() throws IOException {
    try (BenchDirectory directory = BenchDirectory.create()) {
      ContainerSpec spec =
          options.pipes() ? Specs.pausing(directory) : Specs.pausingSilently(directory);
      ContainerRuntime runtime = ContainerRuntime.create();
      try {
        for (int i = 0; i < WARM_UP; i++) {
          runtime.start(spec).close();
        }
        Holdings before = Holdings.now();
        List<Container> containers = start(runtime, spec, "started, one after the other");
        Holdings alive = Holdings.now();
        time("closed, one after the other", () -> containers.forEach(Container::close));
        containers.clear();
        Holdings after = Holdings.now();
        List<Container> again = start(runtime, spec, "started again");
        time("closed with the runtime", runtime::close);
        again.clear();
        if (options.json()) {
          json(before, alive, after);
        } else {
          table(before, alive, after);
        }
      } finally {
        runtime.close();
      }
    }
  }

  private List<Container> start(ContainerRuntime runtime, ContainerSpec spec, String what) {
    List<Container> containers = new ArrayList<>();
    time(
        what,
        () -> {
          for (int i = 0; i < options.count(); i++) {
            containers.add(runtime.start(spec));
          }
        });
    return containers;
  }

  private void time(String what, Runnable action) {
    long begin = System.nanoTime();
    action.run();
    double millis = (System.nanoTime() - begin) / 1e6;
    lines.add(
        options.json()
            ? String.format(Locale.ROOT, "{\"what\":\"%s\",\"ms\":%.0f}", what, millis)
            : String.format(Locale.ROOT, "%-32s %8.0f ms", what, millis));
  }

  private void json(Holdings before, Holdings alive, Holdings after) {
    lines.forEach(System.out::println);
    for (Holdings.Kind kind : Holdings.Kind.values()) {
      System.out.println(
          String.format(
              Locale.ROOT,
              "{\"what\":\"%s\",\"before\":%.0f,\"each\":%.3f,\"left\":%.0f}",
              kind.title(),
              before.of(kind),
              each(before, alive, holdings -> holdings.of(kind)),
              after.of(kind) - before.of(kind)));
    }
  }

  private void table(Holdings before, Holdings alive, Holdings after) throws IOException {
    System.out.println(
        "%d containers at once, with %s"
            .formatted(options.count(), options.pipes() ? "three pipes each" : "no pipes"));
    System.out.println(
        Report.host()
            + ", heap of at most "
            + (ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getMax() >> 20)
            + " MiB");
    System.out.println();
    lines.forEach(System.out::println);
    System.out.println();
    System.out.println(
        String.format(Locale.ROOT, "%-32s %10s %10s %10s", "", "before", "each", "left"));
    for (Holdings.Kind kind : Holdings.Kind.values()) {
      System.out.println(
          String.format(
              Locale.ROOT,
              "%-32s %10.0f %10.2f %10.0f",
              kind.title(),
              before.of(kind),
              each(before, alive, holdings -> holdings.of(kind)),
              after.of(kind) - before.of(kind)));
    }
  }

  private double each(Holdings before, Holdings alive, ToDoubleFunction<Holdings> value) {
    return (value.applyAsDouble(alive) - value.applyAsDouble(before)) / options.count();
  }
}
