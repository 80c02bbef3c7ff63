package io.jcontainer;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that has happened to a container with limits, as its cgroup tells: memory.events,
 * pids.events and cgroup.events of version 2, and what version 1 has of them.
 *
 * @param kind what
 * @param at when it was noticed, to the millisecond
 * @param limit with {@link Kind#LIMIT_HIT} the option of {@link CgroupLimits.Builder} that says
 *     what was reached, such as {@code memory}; else empty
 * @param count how often it has happened since the container was started; 1 where the kernel does
 *     not count
 * @since 0.1.0
 */
public record ContainerEvent(Kind kind, Instant at, Optional<String> limit, long count) {

  /** What may happen. */
  public enum Kind {
    /** The kernel has killed a process of the container, for no memory could be reclaimed. */
    OOM_KILL,
    /** The container has reached a limit, and was held there. */
    LIMIT_HIT,
    /** All processes of the container stand still. */
    FROZEN,
    /** They go on. */
    THAWED,
    /** The container's last process has ended. */
    EMPTY
  }

  /** As it is logged, such as {@code LIMIT_HIT memory (3)}. */
  @Override
  public String toString() {
    return kind + limit.map(name -> " " + name).orElse("") + " (" + count + ")";
  }
}
