package io.jcontainer.linux.request;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a process comes into the cgroups of its container, and what these are to the container: by
 * descriptors that the launcher gets.
 *
 * @param into of a directory in a hierarchy of v2, for CLONE_INTO_CGROUP
 * @param files that take a "0" from whoever is to be in: {@code tasks} of a hierarchy of v1, and
 *     {@code cgroup.procs} of v2 where CLONE_INTO_CGROUP cannot be
 * @param view what the container is shown of them
 */
public record CgroupPlacement(OptionalInt into, List<Integer> files, CgroupView view) {
  /** Where the JVM is. */
  public static final CgroupPlacement INHERITED =
      new CgroupPlacement(OptionalInt.empty(), List.of(), CgroupView.NOTHING);

  /** Keeps a copy. */
  public CgroupPlacement {
    files = List.copyOf(files);
  }

  /** Whether the container has cgroups of its own. */
  public boolean isOwn() {
    return descriptors() > 0;
  }

  /** How many descriptors these are. */
  public int descriptors() {
    return files.size() + (into.isPresent() ? 1 : 0);
  }
}
