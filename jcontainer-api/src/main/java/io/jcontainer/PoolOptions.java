package io.jcontainer;

import java.time.Duration;

/**
 * How many containers a {@link ContainerPool} keeps parked. Each takes a process with its
 * namespaces and mounts, and two descriptors of the JVM, or three with a terminal.
 *
 * @since 0.1.0
 */
public final class PoolOptions {
  private static final PoolOptions DEFAULTS = new PoolOptions(2, 16, Duration.ofMinutes(1));

  private final int minimum;
  private final int maximum;
  private final Duration idleTime;

  private PoolOptions(int minimum, int maximum, Duration idleTime) {
    this.minimum = minimum;
    this.maximum = maximum;
    this.idleTime = idleTime;
  }

  /**
   * At least 2 parked, at most 16, and those above the minimum for a minute.
   *
   * @return the options
   */
  public static PoolOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Sets how many are kept parked when nothing is started. Raises the maximum if that is lower.
   *
   * @param count from 1 to 1000
   * @return new options
   * @throws InvalidSpecException if it is another number
   */
  public PoolOptions withMinimum(int count) {
    check("minimum", count);
    return new PoolOptions(count, Math.max(count, maximum), idleTime);
  }

  /**
   * Sets how many are parked at most. A pool that was found empty parks more than the minimum from
   * then on. Lowers the minimum if that is higher.
   *
   * @param count from 1 to 1000
   * @return new options
   * @throws InvalidSpecException if it is another number
   */
  public PoolOptions withMaximum(int count) {
    check("maximum", count);
    return new PoolOptions(Math.min(count, minimum), count, idleTime);
  }

  /**
   * Sets how long a container is parked that is one above the minimum.
   *
   * @param time more than zero
   * @return new options
   * @throws InvalidSpecException if it is zero or less
   */
  public PoolOptions withIdleTime(Duration time) {
    if (time.isZero() || time.isNegative()) {
      throw new InvalidSpecException("idleTime", time + " is not more than zero");
    }
    return new PoolOptions(minimum, maximum, time);
  }

  private static void check(String field, int count) {
    if (count < 1 || count > 1000) {
      throw new InvalidSpecException(field, count + " is not between 1 and 1000");
    }
  }

  /**
   * How many are kept parked when nothing is started.
   *
   * @return 1 to 1000; 2 by default
   */
  public int minimum() {
    return minimum;
  }

  /**
   * How many are parked at most.
   *
   * @return 1 to 1000, not below the minimum; 16 by default
   */
  public int maximum() {
    return maximum;
  }

  /**
   * How long a container is parked that is one above the minimum, before it is let go.
   *
   * @return the time; a minute by default
   */
  public Duration idleTime() {
    return idleTime;
  }
}
