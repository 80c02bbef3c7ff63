package io.jcontainer;

import java.time.Duration;

/**
 * How long processes of a container have to wait for something, within a window of time, before
 * that is told: a trigger of the kernel's pressure stall information, psi.rst. It is told at most
 * once in a window.
 *
 * <p>Where the memory controller is one of cgroup v1 there is only memory.pressure_level: then
 * {@code some} stands for its level "medium", {@code full} for "critical", the times mean nothing,
 * and for other resources there is nothing.
 *
 * @param resource what is waited for
 * @param full true to count only the time in which no process could run; false to count that in
 *     which at least one waited
 * @param stall how long, more than 0 and at most {@code window}
 * @param window in what time, from 500 ms to 10 s; for a JVM without CAP_SYS_RESOURCE a multiple of
 *     2 s
 * @since 0.1.0
 */
public record PressureTrigger(Resource resource, boolean full, Duration stall, Duration window) {
  private static final Duration SHORTEST = Duration.ofMillis(500);
  private static final Duration LONGEST = Duration.ofSeconds(10);

  /** What is waited for. */
  public enum Resource {
    /** Memory: until some is reclaimed, or read again. */
    MEMORY,
    /** A processor. */
    CPU,
    /** A disk. */
    IO
  }

  /**
   * Checks the times.
   *
   * @param resource what is waited for
   * @param full whether only the time counts in which no process could run
   * @param stall how long
   * @param window in what time
   * @throws InvalidSpecException if they are out of range
   */
  public PressureTrigger {
    if (window.compareTo(SHORTEST) < 0 || window.compareTo(LONGEST) > 0) {
      throw new InvalidSpecException("window", window + " is not from 500 ms to 10 s");
    }
    if (stall.isNegative() || stall.isZero() || stall.compareTo(window) > 0) {
      throw new InvalidSpecException(
          "stall", stall + " is not more than 0, and at most the window, " + window);
    }
  }

  /**
   * At least one process waits for memory.
   *
   * @param stall how long, more than 0 and at most {@code window}
   * @param window in what time, from 500 ms to 10 s
   * @return the trigger
   * @throws InvalidSpecException if a time is out of range
   */
  public static PressureTrigger memory(Duration stall, Duration window) {
    return new PressureTrigger(Resource.MEMORY, false, stall, window);
  }

  /**
   * At least one process waits for a processor.
   *
   * @param stall how long, more than 0 and at most {@code window}
   * @param window in what time, from 500 ms to 10 s
   * @return the trigger
   * @throws InvalidSpecException if a time is out of range
   */
  public static PressureTrigger cpu(Duration stall, Duration window) {
    return new PressureTrigger(Resource.CPU, false, stall, window);
  }

  /**
   * At least one process waits for a disk.
   *
   * @param stall how long, more than 0 and at most {@code window}
   * @param window in what time, from 500 ms to 10 s
   * @return the trigger
   * @throws InvalidSpecException if a time is out of range
   */
  public static PressureTrigger io(Duration stall, Duration window) {
    return new PressureTrigger(Resource.IO, false, stall, window);
  }

  /**
   * The same for the time in which no process could run.
   *
   * @return a trigger
   */
  public PressureTrigger onlyFull() {
    return new PressureTrigger(resource, true, stall, window);
  }
}
