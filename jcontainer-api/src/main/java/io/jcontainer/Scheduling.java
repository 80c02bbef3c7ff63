package io.jcontainer;

import java.util.Locale;

/**
 * How the kernel's scheduler treats a process and what it starts: sched(7).
 *
 * @param policy the class
 * @param priority from 1, the lowest, to 99 for {@link Policy#FIFO} and {@link Policy#RR}; 0 for
 *     all others
 * @since 0.1.0
 */
public record Scheduling(Policy policy, int priority) {
  /** The scheduling classes, sched(7). */
  public enum Policy {
    /** The usual one. */
    OTHER,
    /** Real-time: runs until it waits, or something of a higher priority wants to. */
    FIFO,
    /** Real-time: the same, but processes of one priority take turns. */
    RR,
    /** For work that nobody waits for. */
    BATCH,
    /** Only when nothing else wants to run. */
    IDLE;

    /** The kernel's name, such as {@code SCHED_BATCH}. */
    @Override
    public String toString() {
      return "SCHED_" + name().toUpperCase(Locale.ROOT);
    }
  }

  /**
   * Checks that the priority fits the class.
   *
   * @param policy the class
   * @param priority 1 to 99 for real-time, else 0
   * @throws InvalidSpecException if it does not
   */
  public Scheduling {
    boolean realTime = policy == Policy.FIFO || policy == Policy.RR;
    if (realTime ? priority < 1 || priority > 99 : priority != 0) {
      throw new InvalidSpecException(
          "scheduling",
          policy + " takes " + (realTime ? "a priority from 1 to 99" : "none") + ": " + priority);
    }
  }

  /**
   * The usual class.
   *
   * @return SCHED_OTHER
   */
  public static Scheduling other() {
    return new Scheduling(Policy.OTHER, 0);
  }

  /**
   * For work that nobody waits for.
   *
   * @return SCHED_BATCH
   */
  public static Scheduling batch() {
    return new Scheduling(Policy.BATCH, 0);
  }

  /**
   * Only when nothing else wants to run.
   *
   * @return SCHED_IDLE
   */
  public static Scheduling idle() {
    return new Scheduling(Policy.IDLE, 0);
  }

  /**
   * Real-time, first in, first out. Needs a JVM that runs as root, or RLIMIT_RTPRIO.
   *
   * @param priority from 1 to 99
   * @return SCHED_FIFO
   */
  public static Scheduling fifo(int priority) {
    return new Scheduling(Policy.FIFO, priority);
  }

  /**
   * Real-time, in turns. Needs a JVM that runs as root, or RLIMIT_RTPRIO.
   *
   * @param priority from 1 to 99
   * @return SCHED_RR
   */
  public static Scheduling rr(int priority) {
    return new Scheduling(Policy.RR, priority);
  }
}
