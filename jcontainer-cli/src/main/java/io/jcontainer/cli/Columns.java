package io.jcontainer.cli;

import java.util.ArrayList;
import java.util.List;

/** Lines with tabs as a table, as wide as it has to be: what Go's tabwriter makes for Docker. */
final class Columns {
  private static final int NARROWEST = 10;
  private static final int GAP = 3;

  private Columns() {}

  /** The lines in columns, each with its end. */
  static String of(List<String> lines) {
    List<String[]> rows = lines.stream().map(line -> line.split("\t", -1)).toList();
    List<Integer> widths = new ArrayList<>();
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        int width = Math.max(NARROWEST, row[i].length() + GAP);
        if (i == widths.size()) {
          widths.add(width);
        } else {
          widths.set(i, Math.max(widths.get(i), width));
        }
      }
    }
    StringBuilder table = new StringBuilder();
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        table.append(row[i]);
        if (i < row.length - 1) {
          table.append(" ".repeat(widths.get(i) - row[i].length()));
        }
      }
      table.append('\n');
    }
    return table.toString();
  }
}
