package io.jcontainer;

/**
 * A pseudo-terminal of a process, by the size of its window in characters: pty(7). Programs ask for
 * the size to fill their window; nothing is cut off by it. It can change while the process runs:
 * {@link ContainerProcess#resize}.
 *
 * @param rows from 1 to 65,535
 * @param columns from 1 to 65,535
 * @since 0.1.0
 */
public record Terminal(int rows, int columns) {
  /** 24 rows of 80 columns. */
  public static final Terminal DEFAULT = new Terminal(24, 80);

  private static final int MAX = 0xFFFF;

  /**
   * A terminal of this size.
   *
   * @param rows from 1 to 65,535
   * @param columns from 1 to 65,535
   * @throws InvalidSpecException if one is out of range
   */
  public Terminal {
    check(rows, "rows");
    check(columns, "columns");
  }

  private static void check(int size, String what) {
    if (size < 1 || size > MAX) {
      throw new InvalidSpecException("terminal", size + " " + what + " are not from 1 to " + MAX);
    }
  }
}
