package io.jcontainer;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What limits must fulfil on whatever host; the first thing that they do not is thrown. */
final class LimitRules {
  /** More than any kernel can be built for: CONFIG_NR_CPUS is at most 8,192. */
  static final int MOST_CPUS = 8_192;

  /** The smallest page. The kernel rounds down to whole pages, so less is nothing at all. */
  private static final long PAGE = 4096;

  /** What the kernel's bandwidth control takes: min_cfs_quota_period, max_cfs_quota_period. */
  private static final Duration SHORTEST = Duration.ofMillis(1);

  private static final Duration LONGEST_PERIOD = Duration.ofSeconds(1);

  /** MAX_BW of the kernel: 44 bits of microseconds. */
  private static final Duration LONGEST_QUOTA = Duration.ofNanos(((1L << 44) - 1) * 1_000);

  private static final Pattern SET =
      Pattern.compile("[0-9]{1,5}(-[0-9]{1,5})?(,[0-9]{1,5}(-[0-9]{1,5})?)*");
  private static final Pattern RANGE = Pattern.compile("([0-9]+)-([0-9]+)");
  private static final Pattern FILE = Pattern.compile("[a-zA-Z0-9_]+(\\.[a-zA-Z0-9_-]+)+");

  /** By these jcontainer places, freezes and ends containers. */
  private static final Set<String> OURS =
      Set.of(
          "cgroup.procs",
          "cgroup.threads",
          "cgroup.type",
          "cgroup.subtree_control",
          "cgroup.freeze",
          "cgroup.kill");

  private LimitRules() {}

  static void check(CgroupLimits limits) {
    memory(limits);
    cpu(limits);
    limits.cpuset().ifPresent(set -> set("limits.cpuset", set));
    limits.cpusetMems().ifPresent(set -> set("limits.cpusetMems", set));
    if (limits.pids().orElse(1) < 1) {
      throw new InvalidSpecException("limits.pids", limits.pids().getAsLong() + " is less than 1");
    }
    weight("limits.ioWeight", limits.ioWeight());
    limits.hugetlb().keySet().forEach(LimitRules::pageSize);
    limits.unified().forEach((file, value) -> unified(limits, file, value));
  }

  private static void memory(CgroupLimits limits) {
    limits.memory().ifPresent(LimitRules::page);
    ordered("memoryLow", limits.memoryLow(), "memoryHigh", limits.memoryHigh());
    ordered("memoryLow", limits.memoryLow(), "memory", limits.memory());
    ordered("memoryHigh", limits.memoryHigh(), "memory", limits.memory());
  }

  private static void page(ByteSize memory) {
    if (memory.bytes() < PAGE) {
      throw new InvalidSpecException(
          "limits.memory", memory.bytes() + " bytes are less than one page of memory, " + PAGE);
    }
  }

  private static void ordered(
      String lower, Optional<ByteSize> low, String higher, Optional<ByteSize> high) {
    if (low.isPresent() && high.isPresent() && low.get().bytes() > high.get().bytes()) {
      throw new InvalidSpecException(
          "limits." + lower, low.get() + " is more than " + higher + ", " + high.get());
    }
  }

  private static void cpu(CgroupLimits limits) {
    weight("limits.cpuWeight", limits.cpuWeight());
    if (limits.cpuWeight().isPresent() && limits.cpuIdle().orElse(false)) {
      throw new InvalidSpecException(
          "limits.cpuIdle", "what runs only when nothing else wants to has no weight");
    }
    Duration period = limits.cpuPeriod();
    if (period.compareTo(SHORTEST) < 0 || period.compareTo(LONGEST_PERIOD) > 0) {
      throw new InvalidSpecException("limits.cpuPeriod", period + " is not from 1 ms to 1 s");
    }
    limits.cpuQuota().ifPresent(LimitRules::quota);
    limits.cpuBurst().ifPresent(burst -> burst(limits, burst));
  }

  private static void quota(Duration quota) {
    if (quota.compareTo(SHORTEST) < 0) {
      throw new InvalidSpecException("limits.cpuQuota", quota + " is less than 1 ms");
    }
    if (quota.compareTo(LONGEST_QUOTA) > 0 && !quota.equals(CgroupLimits.NO_QUOTA)) {
      throw new InvalidSpecException("limits.cpuQuota", quota + " is more than 2^44 microseconds");
    }
  }

  private static void burst(CgroupLimits limits, Duration burst) {
    Duration quota = limits.cpuQuota().orElse(CgroupLimits.NO_QUOTA);
    if (quota.equals(CgroupLimits.NO_QUOTA)) {
      throw new InvalidSpecException("limits.cpuBurst", "only a quota leaves something for later");
    }
    if (burst.isNegative() || burst.compareTo(quota) > 0) {
      throw new InvalidSpecException(
          "limits.cpuBurst", burst + " is not from 0 to the quota, " + quota);
    }
  }

  private static void weight(String field, OptionalInt weight) {
    if (weight.isPresent() && (weight.getAsInt() < 1 || weight.getAsInt() > 10_000)) {
      throw new InvalidSpecException(field, weight.getAsInt() + " is not from 1 to 10000");
    }
  }

  private static void set(String field, String set) {
    if (!SET.matcher(set).matches()) {
      throw new InvalidSpecException(
          field, "\"" + set + "\" is not a list of numbers and ranges such as 0-2,4");
    }
    Matcher range = RANGE.matcher(set);
    while (range.find()) {
      if (Integer.parseInt(range.group(1)) > Integer.parseInt(range.group(2))) {
        throw new InvalidSpecException(
            field, "the range " + range.group() + " in \"" + set + "\" goes backwards");
      }
    }
  }

  private static void pageSize(ByteSize size) {
    if (size.bytes() <= PAGE || Long.bitCount(size.bytes()) != 1) {
      throw new InvalidSpecException(
          "limits.hugetlb",
          size + " is no size of huge pages: these are powers of two, such as 2m");
    }
  }

  private static void unified(CgroupLimits limits, String file, String value) {
    if (!FILE.matcher(file).matches()) {
      throw unified(
          "\""
              + file.replaceAll("\\p{Cntrl}", "?")
              + "\" is no name of a file of a cgroup: a"
              + " controller's name, a dot, and more");
    }
    ProcessRules.encodable("limits.unified", value);
    if (value.indexOf('\n') >= 0) {
      throw unified("a newline in the value of " + file + ", which the kernel takes one line of");
    }
    if (OURS.contains(file)) {
      throw unified(file + " is written by jcontainer itself");
    }
    String option = options(limits).get(file);
    if (option != null) {
      throw unified(file + " is what limits." + option + " sets: give one of them");
    }
  }

  /** The files that are written for what is set, and by what. */
  private static Map<String, String> options(CgroupLimits limits) {
    Map<String, String> files = new HashMap<>();
    limits.memory().ifPresent(is -> files.put("memory.max", "memory"));
    limits.memoryHigh().ifPresent(is -> files.put("memory.high", "memoryHigh"));
    limits.memoryLow().ifPresent(is -> files.put("memory.low", "memoryLow"));
    limits.memorySwap().ifPresent(is -> files.put("memory.swap.max", "memorySwap"));
    limits.cpuQuota().ifPresent(is -> files.put("cpu.max", "cpuQuota"));
    limits.cpuBurst().ifPresent(is -> files.put("cpu.max.burst", "cpuBurst"));
    limits.cpuWeight().ifPresent(is -> files.put("cpu.weight", "cpuWeight"));
    limits.cpuIdle().ifPresent(is -> files.put("cpu.idle", "cpuIdle"));
    limits.cpuset().ifPresent(is -> files.put("cpuset.cpus", "cpuset"));
    limits.cpusetMems().ifPresent(is -> files.put("cpuset.mems", "cpusetMems"));
    limits.pids().ifPresent(is -> files.put("pids.max", "pids"));
    limits.ioWeight().ifPresent(is -> files.put("io.weight", "ioWeight"));
    if (!limits.io().isEmpty()) {
      files.put("io.max", "io");
    }
    return files;
  }

  private static InvalidSpecException unified(String problem) {
    return new InvalidSpecException("limits.unified", problem);
  }
}
