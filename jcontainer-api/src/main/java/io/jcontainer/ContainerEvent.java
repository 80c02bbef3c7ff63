package io.jcontainer;

import java.time.Instant;

/**
 * Something that has happened to a container with limits, as its cgroup tells: memory.events,
 * pids.events, cgroup.events and the pressure files of version 2, and what version 1 has of them.
 *
 * @param kind what
 * @param at when it was noticed
 * @param count how often it has happened since the event before of this kind that the subscriber
 *     got, at least 1: one who is slow gets one event for several
 * @since 0.1.0
 */
public record ContainerEvent(Kind kind, Instant at, long count) {

  /** What may happen. */
  public enum Kind {
    /** The kernel has killed a process of the container, for no memory could be reclaimed. */
    OOM_KILL,
    /** The container has reached {@link CgroupLimits#memory()}, and memory had to be reclaimed. */
    MEMORY_LIMIT,
    /** It was above {@link CgroupLimits#memoryHigh()}, and slowed down; never on version 1. */
    MEMORY_HIGH,
    /** A process or thread was refused because of {@link CgroupLimits#pids()}. */
    PIDS_LIMIT,
    /** It has waited for longer than a {@link PressureTrigger} says. */
    PRESSURE,
    /** All processes of the container stand still. */
    FROZEN,
    /** They go on. */
    THAWED,
    /** The container's last process has ended. */
    EMPTY
  }

  /** As it is logged, such as {@code MEMORY_LIMIT (3 times)}. */
  @Override
  public String toString() {
    return count == 1 ? kind.toString() : kind + " (" + count + " times)";
  }
}
