package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Amounts as Docker's tables show them: four digits at most, and a unit. */
final class Amounts {
  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Amounts() {}

  /** Memory, such as {@code 12.5MiB}. */
  static String memory(ByteSize size) {
    return text(size.bytes(), 1_024, 4, BINARY);
  }

  /** What was carried, such as {@code 1.2kB}. */
  static String carried(long bytes) {
    return text(bytes, 1_000, 3, DECIMAL);
  }

  static String percent(double percent) {
    return String.format(Locale.ROOT, "%.2f%%", percent);
  }

  private static String text(long bytes, int step, int digits, String... units) {
    double amount = bytes;
    int unit = 0;
    while (amount >= step && unit < units.length - 1) {
      amount /= step;
      unit++;
    }
    String number =
        new BigDecimal(amount)
            .round(new MathContext(digits, RoundingMode.HALF_EVEN))
            .stripTrailingZeros()
            .toPlainString();
    return number + units[unit];
  }
}
