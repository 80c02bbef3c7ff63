package io.jcontainer;

import java.util.List;
import java.util.Locale;

/**
 * A signal by its number on Linux: signal(7). The numbers are those of x86_64 and aarch64.
 *
 * @param number 1 to 64
 * @since 0.1.0
 */
public record Signal(int number) {
  /** By number, from 1 on. */
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private static final int FIRST_REALTIME = 34; // the C libraries keep 32 and 33 for themselves
  private static final int LAST = 64;

  /** The terminal has gone; many servers read their configuration again. */
  public static final Signal HUP = new Signal(1);

  /** Ctrl-C. */
  public static final Signal INT = new Signal(2);

  /** Ctrl-\. */
  public static final Signal QUIT = new Signal(3);

  /** Ends a process, whatever it does about it. */
  public static final Signal KILL = new Signal(9);

  /** For a program's own purposes. */
  public static final Signal USR1 = new Signal(10);

  /** For a program's own purposes. */
  public static final Signal USR2 = new Signal(12);

  /** Asks a process to end. */
  public static final Signal TERM = new Signal(15);

  /** Lets a stopped process go on. */
  public static final Signal CONT = new Signal(18);

  /** Stops a process, whatever it does about it. */
  public static final Signal STOP = new Signal(19);

  /** The size of the terminal has changed. */
  public static final Signal WINCH = new Signal(28);

  /**
   * Checks the range.
   *
   * @param number 1 to 64
   */
  public Signal {
    if (number < 1 || number > LAST) {
      throw new InvalidSpecException("signal", number + " is not a signal's number, 1 to 64");
    }
  }

  /**
   * Reads a name or number: {@code TERM}, {@code SIGTERM}, {@code 15}, {@code RTMIN+1}, {@code
   * RTMAX-1}; upper or lower case.
   *
   * @param text what to read
   * @return the signal
   * @throws InvalidSpecException if it is none
   */
  public static Signal parse(String text) {
    String name = text.toUpperCase(Locale.ROOT);
    if (name.startsWith("SIG")) {
      name = name.substring(3);
    }
    int index = NAMES.indexOf(name);
    if (index >= 0) {
      return new Signal(index + 1);
    }
    if (text.matches("[0-9]{1,2}")) {
      return new Signal(Integer.parseInt(text));
    }
    if (name.matches("RTMIN(\\+[0-9]{1,2})?")) {
      return realtime(text, FIRST_REALTIME + offset(name));
    }
    if (name.matches("RTMAX(-[0-9]{1,2})?")) {
      return realtime(text, LAST - offset(name));
    }
    throw new InvalidSpecException("signal", "there is no signal \"" + text + "\"");
  }

  private static int offset(String name) {
    return name.length() > 6 ? Integer.parseInt(name.substring(6)) : 0;
  }

  private static Signal realtime(String text, int number) {
    if (number < FIRST_REALTIME || number > LAST) {
      throw new InvalidSpecException("signal", "there is no signal \"" + text + "\"");
    }
    return new Signal(number);
  }

  /** The usual name, such as {@code SIGTERM}. */
  @Override
  public String toString() {
    if (number <= NAMES.size()) {
      return "SIG" + NAMES.get(number - 1);
    }
    return number >= FIRST_REALTIME ? "SIGRTMIN+" + (number - FIRST_REALTIME) : "signal " + number;
  }
}
