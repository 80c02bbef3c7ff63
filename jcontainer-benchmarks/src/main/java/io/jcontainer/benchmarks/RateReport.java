package io.jcontainer.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * Prints how many there were in a second.
 *
 * @param title how it was measured
 * @param rows the times of batches
 * @param bases the names of the rows that all are compared with, as far as they are there
 */
record RateReport(String title, List<Row> rows, List<String> bases) {

  /** Of a batch that has taken so many microseconds. */
  private static double rate(double micros) {
    return Batch.COUNT / (micros / 1e6);
  }

  /** An object a line. */
  void json(PrintStream out) {
    for (Row row : rows) {
      out.println(
          String.format(
              Locale.ROOT,
              "{\"name\":\"%s\",\"median_per_s\":%.1f,\"max_per_s\":%.1f,\"n\":%d}",
              row.name(),
              rate(row.median()),
              rate(row.min()),
              row.count()));
    }
  }

  /** A line a contestant, with the ratios of its median to the bases', and a legend. */
  void table(PrintStream out) throws IOException {
    List<Row> present =
        bases.stream()
            .flatMap(base -> rows.stream().filter(row -> row.name().equals(base)))
            .toList();
    out.println("Starts a second, and ratios of medians; " + title);
    out.println(Report.host());
    out.println();
    StringBuilder head =
        new StringBuilder(
            String.format(Locale.ROOT, "%-26s %3s %9s %9s %6s", "", "by", "median", "max", "n"));
    present.forEach(base -> head.append("  /").append(base.name()));
    out.println(head);
    for (Row row : rows) {
      StringBuilder line =
          new StringBuilder(
              String.format(
                  Locale.ROOT,
                  "%-26s %3s %9.0f %9.0f %6d",
                  row.name(),
                  row.startedBy(),
                  rate(row.median()),
                  rate(row.min()),
                  row.count()));
      for (Row base : present) {
        String ratio = String.format(Locale.ROOT, "%.2f", base.median() / row.median());
        line.append(" ".repeat(base.name().length() + 3 - ratio.length())).append(ratio);
      }
      out.println(line);
    }
    out.println();
    out.println("by: JVM = by threads of this JVM; C = by a C program");
    rows.forEach(
        row -> out.println(String.format(Locale.ROOT, "%-26s %s", row.name(), row.note())));
  }
}
