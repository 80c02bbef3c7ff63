package io.jcontainer.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures, side by side in one run, what it takes from the start of a program that does nothing to
 * the moment the caller knows its end: bare, in a container of ours, and in those of others.
 *
 * <p>Exits with 1 if a contestant of ours could not take part; a peer may be missing.
 */
public final class StartBench {
  private static final List<String> BASES =
      List.of("process-builder", "jcontainer", "bwrap", "crun", "crun-no-cgroup", "crun-limits");

  private final BenchOptions options;

  private StartBench(BenchOptions options) {
    this.options = options;
  }

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/bench-start} takes them
   * @throws IOException if a contestant fails that has worked before
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    try {
      System.exit(new StartBench(BenchOptions.parse(arguments)).run() ? 0 : 1);
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + BenchOptions.USAGE);
      System.exit(2);
    }
  }

  private boolean run() throws IOException, InterruptedException {
    Field field = new Field(options.only());
    try (BenchDirectory directory = BenchDirectory.create();
        Ours ours = new Ours(directory);
        Peers peers = new Peers(directory)) {
      ours.enter(field);
      peers.enter(field);
      field.checkNames();
      field.leftOut().forEach((name, why) -> System.err.println(name + ": left out: " + why));
      if (options.threads().isPresent()) {
        printRates(field.contestants(), options.threads().getAsInt());
        return field.leftOut().keySet().stream().noneMatch(name -> name.startsWith("jcontainer"));
      }
      print(
          "each once a round, in a new order each round",
          new RoundRobin(field.contestants()).run(options.rounds()),
          BASES);
      if (options.heap().isPresent()) {
        String heap = options.heap().get();
        print(
            "two JVMs in turns, in blocks of " + HeapBench.BLOCK,
            HeapBench.run(directory, heap, options.rounds()),
            List.of(
                HeapBench.name("process-builder", HeapBench.SMALL),
                HeapBench.name("jcontainer", HeapBench.SMALL)));
      }
    }
    return field.leftOut().keySet().stream().noneMatch(name -> name.startsWith("jcontainer"));
  }

  private void printRates(List<Contestant> contestants, int threads)
      throws IOException, InterruptedException {
    List<Contestant> batches = new ArrayList<>();
    for (Contestant one : contestants) {
      batches.add(new Batch(one, threads));
    }
    RateReport report =
        new RateReport(
            threads + " at once, in batches of " + Batch.COUNT + ", in a new order each round",
            new RoundRobin(batches).run(options.rounds()),
            BASES);
    if (options.json()) {
      report.json(System.out);
    } else {
      report.table(System.out);
    }
  }

  private void print(String title, List<Row> rows, List<String> bases) throws IOException {
    Report report = new Report(title, rows, bases);
    if (options.json()) {
      report.json(System.out);
    } else {
      report.table(System.out);
    }
  }
}
