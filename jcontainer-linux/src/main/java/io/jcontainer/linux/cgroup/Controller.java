package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a cgroup can limit, or count, or do: cgroups(7). In v1 and v2 these may be apart. */
public enum Controller {
  MEMORY,
  CPU,
  /** Of v1 alone; v2 counts the time of every cgroup. */
  CPUACCT,
  CPUSET,
  PIDS,
  /** In v1 it is called blkio. */
  IO,
  HUGETLB,
  /** In v2 it is no controller, but a BPF program of the cgroup. */
  DEVICES,
  /** In v2 every cgroup can be frozen. */
  FREEZER;

  /** What the kernel calls it, also where it is none of a version's controllers. */
  public String name(Version version) {
    return this == IO && version == Version.V1 ? "blkio" : name().toLowerCase(Locale.ROOT);
  }

  /** Those with these names; others are left out. */
  static Set<Controller> of(Version version, Collection<String> names) {
    Set<Controller> controllers = EnumSet.noneOf(Controller.class);
    for (Controller controller : values()) {
      if (names.contains(controller.name(version))) {
        controllers.add(controller);
      }
    }
    return controllers;
  }
}
