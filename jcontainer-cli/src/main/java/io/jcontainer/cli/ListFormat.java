package io.jcontainer.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;

/** The option {@code --format} of verbs that list something, as Docker's have it. */
final class ListFormat {
  private static final String TABLE = "table";
  private static final String JSON = "json";

  private final Map<String, String> heads = new LinkedHashMap<>();
  private final OptionSpec format =
      Options.text(
          "FORMAT",
          "table, json (a line each), or a template with {{.Name}}, behind table with the columns"
              + " between tabs. Default: table.",
          "--format");

  /**
   * The option.
   *
   * @param fields names of fields, and what stands above them in a table, in turn
   */
  ListFormat(String... fields) {
    for (int i = 0; i < fields.length; i += 2) {
      heads.put(fields[i], fields[i + 1]);
    }
  }

  OptionSpec option() {
    return format;
  }

  /** Whether it is a table of the verb's own. */
  boolean isDefault() {
    return Options.<String>get(format).filter(text -> !text.equals(TABLE)).isEmpty();
  }

  /**
   * The lines of what is listed.
   *
   * @param table the template of the table that is meant if nothing else is said
   * @param rows values by field
   */
  String print(String table, List<Map<String, Object>> rows) {
    return print(table, rows, true);
  }

  /** The same; a table has a line with what its columns are only if that is wanted. */
  String print(String table, List<Map<String, Object>> rows, boolean headed) {
    String given = Options.<String>get(format).orElse(TABLE);
    if (given.equals(JSON)) {
      return lines(rows.stream().map(Json::of).toList());
    }
    boolean inColumns = given.equals(TABLE) || given.startsWith(TABLE + " ");
    String text =
        given.equals(TABLE) ? table : inColumns ? given.substring(TABLE.length() + 1) : given;
    Template template = new Template(text);
    List<String> lines = new ArrayList<>();
    if (inColumns && headed) {
      lines.add(template.of(heads));
    }
    rows.forEach(row -> lines.add(template.of(row)));
    return inColumns ? Columns.of(lines) : lines(lines);
  }

  private static String lines(List<String> lines) {
    return lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
  }
}
