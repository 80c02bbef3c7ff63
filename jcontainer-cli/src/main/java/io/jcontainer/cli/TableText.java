package io.jcontainer.cli;

/** Text of others in a line of a table. */
final class TableText {
  private TableText() {}

  /** Not longer than that, and nothing in it that a terminal would take for a command. */
  static String shown(String text, int most) {
    String printable = printable(text);
    return printable.length() <= most ? printable : printable.substring(0, most - 3) + "...";
  }

  static String printable(String text) {
    return text.replaceAll("\\p{C}", "?");
  }
}
