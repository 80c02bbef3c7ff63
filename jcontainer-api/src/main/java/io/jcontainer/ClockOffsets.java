package io.jcontainer;

import java.time.Duration;

/**
 * What a time namespace adds to the host's clocks: time_namespaces(7). The wall clock is not
 * namespaced.
 *
 * @param monotonic added to CLOCK_MONOTONIC; may be negative, but not to before the host's boot
 * @param boottime added to CLOCK_BOOTTIME, the same
 * @since 0.1.0
 */
public record ClockOffsets(Duration monotonic, Duration boottime) {

  /**
   * Adds the same to both clocks.
   *
   * @param offset what to add
   * @return the offsets
   */
  public static ClockOffsets of(Duration offset) {
    return new ClockOffsets(offset, offset);
  }
}
