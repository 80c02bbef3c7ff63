package io.jcontainer.cli;

import io.jcontainer.ContainerStats;
import java.time.Duration;
import java.util.Optional;

/**
 * One container in a round of {@code stats}.
 *
 * @param before what it had used in the round before, if there was one
 * @param now what it has used; empty if it has no cgroups
 */
record StatsRow(
    String id,
    Optional<String> name,
    Optional<ContainerStats> before,
    Optional<ContainerStats> now) {

  /**
   * Processor time since the round before, of the time that has passed: 100 per cent are one
   * processor.
   */
  Optional<Double> cpuPercent() {
    return before.flatMap(
        earlier ->
            now.flatMap(
                later ->
                    earlier
                        .cpu()
                        .flatMap(
                            first ->
                                later
                                    .cpu()
                                    .map(
                                        second ->
                                            part(
                                                second.usage().minus(first.usage()),
                                                Duration.between(earlier.at(), later.at()))))));
  }

  private static double part(Duration used, Duration passed) {
    return passed.isZero() || passed.isNegative() || used.isNegative()
        ? 0
        : 100.0 * used.toNanos() / passed.toNanos();
  }
}
