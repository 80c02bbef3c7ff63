package io.jcontainer.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints what was measured. */
final class Report {
  private final String title;
  private final List<Row> rows;
  private final List<Row> bases;

  /**
   * A report.
   *
   * @param title how it was measured
   * @param rows what was measured
   * @param bases the names of the rows that all are compared with, as far as they are there
   */
  Report(String title, List<Row> rows, List<String> bases) {
    this.title = title;
    this.rows = rows;
    this.bases =
        bases.stream()
            .flatMap(base -> rows.stream().filter(row -> row.name().equals(base)))
            .toList();
  }

  /** An object a line. */
  void json(PrintStream out) {
    for (Row row : rows) {
      out.println(
          String.format(
              Locale.ROOT,
              "{\"name\":\"%s\",\"median_us\":%.1f,\"min_us\":%.1f,\"p95_us\":%.1f,\"n\":%d}",
              row.name(),
              row.median(),
              row.min(),
              row.p95(),
              row.count()));
    }
  }

  /** A line a contestant, with the ratios of its median to the bases', and a legend. */
  void table(PrintStream out) throws IOException {
    out.println("Start to exit, microseconds, and ratios of medians; " + title);
    out.println(host());
    out.println();
    StringBuilder head =
        new StringBuilder(
            String.format(
                Locale.ROOT, "%-26s %3s %9s %9s %9s %6s", "", "by", "median", "min", "p95", "n"));
    bases.forEach(base -> head.append("  /").append(base.name()));
    out.println(head);
    rows.forEach(row -> out.println(line(row)));
    out.println();
    out.println(
        "by: JVM = timed in this JVM; C = by a C program, without a JVM's cost of starting");
    rows.forEach(
        row -> out.println(String.format(Locale.ROOT, "%-26s %s", row.name(), row.note())));
    out.println();
  }

  private String line(Row row) {
    StringBuilder line =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-26s %3s %9.0f %9.0f %9.0f %6d",
                row.name(),
                row.startedBy(),
                row.median(),
                row.min(),
                row.p95(),
                row.count()));
    for (Row base : bases) {
      String ratio = String.format(Locale.ROOT, "%.2f", row.median() / base.median());
      line.append(" ".repeat(base.name().length() + 3 - ratio.length())).append(ratio);
    }
    return line.toString();
  }

  /** The machine and the JVM. */
  static String host() throws IOException {
    return String.format(
        Locale.ROOT,
        "Linux %s, %d CPUs, Java %s, uid %d",
        System.getProperty("os.version"),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        Specs.ownId("uid"));
  }
}
