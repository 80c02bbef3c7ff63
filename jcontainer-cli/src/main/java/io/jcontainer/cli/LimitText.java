package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.IoLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.function.BiFunction;
import picocli.CommandLine.TypeConversionException;

/** The values of limits as Docker writes them. */
final class LimitText {
  private static final long LEAST_BLKIO = 10;
  private static final long MOST_BLKIO = 1_000;

  private LimitText() {}

  static ByteSize sizeOrUnlimited(String text) {
    return text.equals("-1") ? ByteSize.UNLIMITED : ByteSize.parse(text);
  }

  static IoLimit readBps(String text) {
    return bytes(text, IoLimit::readBps);
  }

  static IoLimit writeBps(String text) {
    return bytes(text, IoLimit::writeBps);
  }

  static IoLimit readIops(String text) {
    return operations(text, IoLimit::readIops);
  }

  static IoLimit writeIops(String text) {
    return operations(text, IoLimit::writeIops);
  }

  private static IoLimit bytes(String text, BiFunction<Path, Long, IoLimit> limit) {
    int colon = colon(text);
    return limit.apply(
        Path.of(text.substring(0, colon)), ByteSize.parse(text.substring(colon + 1)).bytes());
  }

  private static IoLimit operations(String text, BiFunction<Path, Long, IoLimit> limit) {
    int colon = colon(text);
    return limit.apply(Path.of(text.substring(0, colon)), Long.valueOf(text.substring(colon + 1)));
  }

  private static int colon(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      throw new TypeConversionException("'" + text + "' is not a device, a colon and a rate");
    }
    return colon;
  }

  static Map.Entry<String, String> keyAndValue(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new TypeConversionException("'" + text + "' is not a file's name, = and a value");
    }
    return Map.entry(text.substring(0, equals), text.substring(equals + 1));
  }

  static Duration quota(long micros) {
    return micros == -1 ? CgroupLimits.NO_QUOTA : micros(micros);
  }

  static Duration micros(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  /** The OCI's conversion from blkio.weight of cgroup v1. */
  static int ioWeight(long blkio) {
    if (blkio < LEAST_BLKIO || blkio > MOST_BLKIO) {
      throw new InvalidSpecException(
          "limits.ioWeight", "--blkio-weight " + blkio + " is not from 10 to 1000");
    }
    return (int) (1 + (blkio - LEAST_BLKIO) * 9_999 / (MOST_BLKIO - LEAST_BLKIO));
  }
}
