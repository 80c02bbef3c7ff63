package io.jcontainer.linux.cgroup;

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
  FREEZER
}
