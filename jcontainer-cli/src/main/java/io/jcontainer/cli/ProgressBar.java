package io.jcontainer.cli;

/** How far something has come, as Docker draws it. */
final class ProgressBar {
  private static final int WIDEST = 50;
  private static final int NARROWEST = 10;

  /** What stands beside the bar: an id, a word, and two amounts. */
  private static final int BESIDE = 55;

  private ProgressBar() {}

  /**
   * Such as {@code [====> ] 3.2MB/10MB}.
   *
   * @param current how many bytes have come
   * @param total of how many; 0 if that is not known
   * @param columns of the terminal: a bar that has no room is left out
   */
  static String of(long current, long total, int columns) {
    if (total <= 0) {
      return Amounts.carried(current);
    }
    long done = Math.max(0, Math.min(current, total));
    String amounts = String.format("%8s/%s", Amounts.carried(done), Amounts.carried(total));
    int width = Math.min(WIDEST, columns - BESIDE);
    if (width < NARROWEST) {
      return amounts.strip();
    }
    int filled = (int) ((double) done / total * width);
    return "[" + "=".repeat(filled) + ">" + " ".repeat(width - filled) + "] " + amounts;
  }
}
