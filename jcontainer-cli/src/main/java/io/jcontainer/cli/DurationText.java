package io.jcontainer.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations as timeout(1) takes them, and milliseconds. */
final class DurationText {
  private static final Pattern FORM =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)(ms|[smhd]?)");

  private DurationText() {}

  /**
   * Parses a number and at most one unit: ms, s, m, h, d; none means seconds.
   *
   * @throws TypeConversionException if it is of another form, or longer than 292 years
   */
  static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is not a number with at most one of ms, s, m, h, d");
    }
    BigDecimal nanos = new BigDecimal(matcher.group(1)).multiply(nanosPer(matcher.group(2)));
    if (nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new TypeConversionException("'" + text + "' is longer than 292 years");
    }
    return Duration.ofNanos(nanos.longValue());
  }

  /** A duration in seconds, such as {@code 1.5s}. */
  static String of(Duration duration) {
    BigDecimal seconds =
        BigDecimal.valueOf(duration.getSeconds())
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros();
    return seconds.toPlainString() + "s";
  }

  /** A duration in its largest whole unit, such as {@code 3m}. */
  static String rough(Duration duration) {
    if (duration.toDays() > 0) {
      return duration.toDays() + "d";
    }
    if (duration.toHours() > 0) {
      return duration.toHours() + "h";
    }
    return duration.toMinutes() > 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
  }

  private static BigDecimal nanosPer(String unit) {
    Duration one =
        switch (unit) {
          case "ms" -> Duration.ofMillis(1);
          case "m" -> Duration.ofMinutes(1);
          case "h" -> Duration.ofHours(1);
          case "d" -> Duration.ofDays(1);
          default -> Duration.ofSeconds(1);
        };
    return BigDecimal.valueOf(one.toNanos());
  }
}
