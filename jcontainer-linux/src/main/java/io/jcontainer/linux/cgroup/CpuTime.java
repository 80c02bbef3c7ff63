package io.jcontainer.linux.cgroup;

import java.time.Duration;
import java.util.Optional;

/** Times in files of the cpu controller, which are in microseconds. */
final class CpuTime {
  private CpuTime() {}

  static String micros(Duration time) {
    return String.valueOf(time.toNanos() / 1_000);
  }

  /** Whether a time is less than what a file says. */
  static boolean isLess(Duration time, Optional<String> now) {
    return now.isPresent() && time.toNanos() / 1_000 < Long.parseLong(now.get());
  }
}
