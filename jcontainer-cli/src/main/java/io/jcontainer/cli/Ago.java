package io.jcontainer.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How long ago something was, as Docker tells it. */
final class Ago {
  private Ago() {}

  /** Such as {@code 2 weeks ago}; {@code N/A} if it is not known. */
  static String of(Optional<Instant> then, Instant now) {
    return then.map(time -> of(Duration.between(time, now)) + " ago").orElse("N/A");
  }

  /** A duration in the unit that it is thought of in. */
  static String of(Duration duration) {
    long seconds = duration.toSeconds();
    long minutes = duration.toMinutes();
    long hours = (seconds + 1_800) / 3_600;
    if (seconds < 1) {
      return "Less than a second";
    }
    if (minutes < 1) {
      return seconds == 1 ? "1 second" : seconds + " seconds";
    }
    if (minutes < 60) {
      return minutes == 1 ? "About a minute" : minutes + " minutes";
    }
    if (hours < 48) {
      return hours == 1 ? "About an hour" : hours + " hours";
    }
    long days = hours / 24;
    if (days < 14) {
      return days + " days";
    }
    if (days < 60) {
      return days / 7 + " weeks";
    }
    return days < 730 ? days / 30 + " months" : days / 365 + " years";
  }
}
