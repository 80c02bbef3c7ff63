package io.jcontainer;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of memory or disk.
 *
 * @param bytes the amount, at least 0
 * @since 0.1.0
 */
public record ByteSize(long bytes) {
  /** No limit, where a size is the most of something: the kernel takes it for that, too. */
  public static final ByteSize UNLIMITED = new ByteSize(Long.MAX_VALUE);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,19})([bkmgtBKMGT]?)");
  private static final String UNITS = "bkmgt";

  /**
   * Checks the range.
   *
   * @param bytes the amount, at least 0
   */
  public ByteSize {
    if (bytes < 0) {
      throw new IllegalArgumentException("a size cannot be negative: " + bytes);
    }
  }

  /**
   * An amount in bytes.
   *
   * @param bytes at least 0
   * @return the size
   */
  public static ByteSize ofBytes(long bytes) {
    return new ByteSize(bytes);
  }

  /**
   * An amount in units of 1,048,576 bytes.
   *
   * @param mebibytes at least 0
   * @return the size
   */
  public static ByteSize ofMebibytes(long mebibytes) {
    return new ByteSize(Math.multiplyExact(mebibytes, 1L << 20));
  }

  /**
   * Parses what Docker's flags take: a whole number and at most one of the letters b, k, m, g, t,
   * in either case, which stand for powers of 1,024; no letter means bytes.
   *
   * @param text such as {@code 64m}
   * @return the size
   * @throws InvalidSpecException if it is of another form, or above 2^63-1 bytes
   */
  public static ByteSize parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidSpecException(
          "size", "\"" + text + "\" is not a whole number with at most one of b, k, m, g, t");
    }
    int power = Math.max(0, UNITS.indexOf(matcher.group(2).toLowerCase(Locale.ROOT)));
    try {
      return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power)));
    } catch (ArithmeticException | NumberFormatException e) {
      throw new InvalidSpecException("size", "\"" + text + "\" is more than 2^63-1 bytes");
    }
  }

  @Override
  public String toString() {
    int power = 0;
    long amount = bytes;
    while (power < UNITS.length() - 1 && amount >= 1024 && amount % 1024 == 0) {
      amount /= 1024;
      power++;
    }
    return amount + (power == 0 ? "" : UNITS.substring(power, power + 1));
  }
}
