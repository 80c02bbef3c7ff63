package io.jcontainer.linux.request;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a container's processes come into its cgroups, from their first moment on: by descriptors
 * that the launcher gets.
 *
 * @param into of a directory in a hierarchy of v2, for CLONE_INTO_CGROUP
 * @param tasks of the {@code tasks} files of hierarchies of v1, for a "0" from the launcher
 */
public record CgroupPlacement(OptionalInt into, List<Integer> tasks) {
  /** Where the JVM is. */
  public static final CgroupPlacement INHERITED =
      new CgroupPlacement(OptionalInt.empty(), List.of());

  /** Keeps a copy. */
  public CgroupPlacement {
    tasks = List.copyOf(tasks);
  }

  /** How many descriptors these are. */
  public int descriptors() {
    return tasks.size() + (into.isPresent() ? 1 : 0);
  }
}
