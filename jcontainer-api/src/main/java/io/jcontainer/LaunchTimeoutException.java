package io.jcontainer;

import java.time.Duration;

/**
 * A launch has waited for its turn as long as it may, see {@link RuntimeOptions#withLaunchTimeout}.
 * Nothing was made for it.
 *
 * @since 0.1.0
 */
public final class LaunchTimeoutException extends ContainerException {
  private static final long serialVersionUID = 1;

  /** How many others waited. */
  private final int waiting;

  /** How many launches were under way. */
  private final int underWay;

  /**
   * Says how it stands.
   *
   * @param longest how long a launch may wait
   * @param waiting how many others still wait
   * @param underWay how many are under way
   */
  public LaunchTimeoutException(Duration longest, int waiting, int underWay) {
    super(
        ("waited %s for a turn to launch: %d launches are under way, %d others wait; start fewer at"
                + " once, or see RuntimeOptions.withLaunchesAtOnce and withLaunchTimeout")
            .formatted(longest, underWay, waiting));
    this.waiting = waiting;
    this.underWay = underWay;
  }

  /**
   * How many others waited when it gave up.
   *
   * @return zero or more
   */
  public int waiting() {
    return waiting;
  }

  /**
   * How many launches were under way then.
   *
   * @return as many as may be at once, or a few less at the very moment when one ends
   */
  public int underWay() {
    return underWay;
  }
}
