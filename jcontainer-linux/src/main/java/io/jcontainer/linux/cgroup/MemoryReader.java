package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerStats;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.util.Optional;
import java.util.OptionalLong;

/** Memory: the section "Memory Interface Files" of cgroup-v2.rst, and cgroup-v1/memory.rst. */
final class MemoryReader {
  private static final String[] STAT_V1 = {
    "total_rss",
    "total_cache",
    "total_inactive_file",
    "total_swap",
    "total_pgfault",
    "total_pgmajfault"
  };
  private static final String[] STAT_V2 = {
    "anon", "file", "inactive_file", "kernel", "pgfault", "pgmajfault"
  };
  private static final String[] OOM_KILL = {"oom_kill"};

  /** What v1 shows for no limit: the most that whole pages can be. */
  private static final long NO_LIMIT_V1 = Long.MAX_VALUE & -4096;

  private final boolean v1;
  private final CgroupFile current;
  private final CgroupFile peak;
  private final CgroupFile limit;
  private final CgroupFile stat;
  private final CgroupFile events;

  /** Of v1 the kernel's part, of v2 swap: the other is in the statistics. */
  private final CgroupFile other;

  private final long[] stats = new long[STAT_V1.length];
  private final long[] kills = new long[1];

  MemoryReader(CgroupFileSet files, CgroupDirectory directory) {
    v1 = directory.version() == Version.V1;
    current = files.file(directory, v1 ? "memory.usage_in_bytes" : "memory.current");
    peak = files.file(directory, v1 ? "memory.max_usage_in_bytes" : "memory.peak");
    limit = files.file(directory, v1 ? "memory.limit_in_bytes" : "memory.max");
    stat = files.file(directory, "memory.stat");
    events = files.file(directory, v1 ? "memory.oom_control" : "memory.events");
    other = files.file(directory, v1 ? "memory.kmem.usage_in_bytes" : "memory.swap.current");
  }

  Optional<ContainerStats.Memory> read(ReadBuffer buffer) {
    long used = current.number(buffer);
    if (used == NONE) {
      return Optional.empty();
    }
    stat.keyed(v1 ? STAT_V1 : STAT_V2, stats, buffer);
    events.keyed(OOM_KILL, kills, buffer);
    long most = limit.number(buffer);
    long kernelOrSwap = other.number(buffer);
    return Optional.of(
        new ContainerStats.Memory(
            ByteSize.ofBytes(used),
            size(peak.number(buffer)),
            v1 && most >= NO_LIMIT_V1 ? Optional.empty() : size(most),
            size(stats[0]),
            size(stats[1]),
            size(stats[2]),
            size(v1 ? kernelOrSwap : stats[3]),
            size(v1 ? stats[3] : kernelOrSwap),
            count(stats[4]),
            count(stats[5]),
            count(kills[0])));
  }

  private static Optional<ByteSize> size(long number) {
    return number == NONE ? Optional.empty() : Optional.of(ByteSize.ofBytes(number));
  }

  private static OptionalLong count(long number) {
    return number == NONE ? OptionalLong.empty() : OptionalLong.of(number);
  }
}
