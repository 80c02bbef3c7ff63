package io.jcontainer.benchmarks;

import io.jcontainer.ContainerRuntime;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Measures how fast a program gets what a command writes: in a container, and in none. */
public final class StreamBench {
  private static final String USAGE = "usage: dev/bench-streams [--json] [-n ROUNDS]";

  private StreamBench() {}

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/bench-streams} takes them
   * @throws IOException if a contestant fails
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    BenchOptions options;
    try {
      options = BenchOptions.parse(arguments);
      if (!options.only().isEmpty()
          || options.heap().isPresent()
          || options.threads().isPresent()) {
        throw new UsageException("--only, --heap and --threads are for dev/bench-start");
      }
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      System.exit(2);
      return;
    }
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      List<Contestant> contestants =
          List.of(
              StreamContestant.processBuilder(64 << 10),
              StreamContestant.container(runtime, 64 << 10),
              StreamContestant.processBuilder(8 << 10),
              StreamContestant.container(runtime, 8 << 10));
      List<Row> rows = new RoundRobin(contestants).run(options.rounds());
      if (options.json()) {
        rows.forEach(row -> json(row, System.out));
      } else {
        table(rows, System.out);
      }
    }
  }

  /** GiB a second, of a time in microseconds. */
  private static double rate(double micros) {
    return StreamContestant.BYTES / (micros / 1e6) / (1 << 30);
  }

  private static void json(Row row, PrintStream out) {
    out.println(
        String.format(
            Locale.ROOT,
            "{\"name\":\"%s\",\"median_gib_s\":%.3f,\"max_gib_s\":%.3f,\"n\":%d}",
            row.name(),
            rate(row.median()),
            rate(row.min()),
            row.count()));
  }

  private static void table(List<Row> rows, PrintStream out) throws IOException {
    out.println("From the first byte to the end of the stream, GiB/s; each once a round");
    out.println(Report.host());
    out.println();
    out.println(String.format(Locale.ROOT, "%-26s %9s %9s %6s", "", "median", "max", "n"));
    for (Row row : rows) {
      out.println(
          String.format(
              Locale.ROOT,
              "%-26s %9.2f %9.2f %6d",
              row.name(),
              rate(row.median()),
              rate(row.min()),
              row.count()));
    }
    out.println();
    rows.forEach(
        row -> out.println(String.format(Locale.ROOT, "%-26s %s", row.name(), row.note())));
  }
}
