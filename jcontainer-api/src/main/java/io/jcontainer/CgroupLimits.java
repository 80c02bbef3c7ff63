package io.jcontainer;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a container may use of memory, processors, processes, disks and devices, and what it gets
 * before others: cgroups(7). Each limit counts for all processes of the container together, from
 * its first moment on.
 *
 * <p>What is absent is not limited, and stays as it is if a running container is given these limits
 * by {@link ContainerHandle#update}. To lift a limit of a running container, give it {@link
 * ByteSize#UNLIMITED}, {@link #UNLIMITED} or {@link #NO_QUOTA}.
 *
 * <p>Names and units are those of cgroup v2, see the kernel's cgroup-v2.rst. Where a controller is
 * one of version 1, the same is said in its way. What cannot be enforced on a host is a {@link
 * HostUnsupportedException} that names the controller, unless {@link #bestEffort()}.
 *
 * @since 0.1.0
 */
public final class CgroupLimits {
  /** No limit, for numbers of processes, and for what is done in a second. */
  public static final long UNLIMITED = Long.MAX_VALUE;

  /** No limit, for {@link #cpuQuota()}. */
  public static final Duration NO_QUOTA = ChronoUnit.FOREVER.getDuration();

  private static final Duration DEFAULT_PERIOD = Duration.ofMillis(100);
  private static final CgroupLimits NONE = builder().build();

  private final @Nullable ByteSize memory;
  private final @Nullable ByteSize memoryHigh;
  private final @Nullable ByteSize memoryLow;
  private final @Nullable ByteSize memorySwap;
  private final @Nullable Duration cpuQuota;
  private final @Nullable Duration cpuPeriod;
  private final @Nullable Integer cpuWeight;
  private final @Nullable Duration cpuBurst;
  private final @Nullable Boolean cpuIdle;
  private final @Nullable String cpuset;
  private final @Nullable String cpusetMems;
  private final @Nullable Long pids;
  private final @Nullable Integer ioWeight;
  private final List<IoLimit> io;
  private final Map<ByteSize, ByteSize> hugetlb;
  private final @Nullable List<DeviceRule> devices;
  private final Map<String, String> unified;
  private final boolean bestEffort;

  private CgroupLimits(Builder builder) {
    memory = builder.memory;
    memoryHigh = builder.memoryHigh;
    memoryLow = builder.memoryLow;
    memorySwap = builder.memorySwap;
    cpuPeriod = builder.cpuPeriod;
    cpuQuota = builder.cpus == null ? builder.cpuQuota : quota(builder.cpus, cpuPeriod());
    cpuWeight = builder.cpuWeight;
    cpuBurst = builder.cpuBurst;
    cpuIdle = builder.cpuIdle;
    cpuset = builder.cpuset;
    cpusetMems = builder.cpusetMems;
    pids = builder.pids;
    ioWeight = builder.ioWeight;
    io = List.copyOf(builder.io);
    hugetlb = Map.copyOf(builder.hugetlb);
    devices = builder.devices == null ? null : List.copyOf(builder.devices);
    unified = Collections.unmodifiableMap(new LinkedHashMap<>(builder.unified));
    bestEffort = builder.bestEffort;
    if (cpuPeriod != null && cpuQuota == null) {
      throw new InvalidSpecException("limits.cpuPeriod", "a period without a quota limits nothing");
    }
    LimitRules.check(this);
  }

  private static Duration quota(double cpus, Duration period) {
    if (!(cpus > 0 && cpus <= LimitRules.MOST_CPUS)) {
      throw new InvalidSpecException(
          "limits.cpus", cpus + " is not more than 0, and at most " + LimitRules.MOST_CPUS);
    }
    return Duration.of(Math.round(cpus * period.toNanos() / 1_000), ChronoUnit.MICROS);
  }

  /**
   * No limits: a container with these has cgroups, so it is counted and can be paused.
   *
   * @return limits of which everything is absent
   */
  public static CgroupLimits none() {
    return NONE;
  }

  /**
   * Starts from no limits.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts from these limits.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.memory = memory;
    builder.memoryHigh = memoryHigh;
    builder.memoryLow = memoryLow;
    builder.memorySwap = memorySwap;
    builder.cpuQuota = cpuQuota;
    builder.cpuPeriod = cpuPeriod;
    builder.cpuWeight = cpuWeight;
    builder.cpuBurst = cpuBurst;
    builder.cpuIdle = cpuIdle;
    builder.cpuset = cpuset;
    builder.cpusetMems = cpusetMems;
    builder.pids = pids;
    builder.ioWeight = ioWeight;
    builder.io.addAll(io);
    builder.hugetlb.putAll(hugetlb);
    builder.devices = devices == null ? null : new ArrayList<>(devices);
    builder.unified.putAll(unified);
    builder.bestEffort = bestEffort;
    return builder;
  }

  /**
   * The most memory, with the page cache and what the kernel needs for the container, without swap:
   * memory.max. Where nothing can be reclaimed any more, the kernel kills a process of the
   * container: {@link ExitStatus#oomKilled()}.
   *
   * @return the limit, or empty for none
   */
  public Optional<ByteSize> memory() {
    return Optional.ofNullable(memory);
  }

  /**
   * Above this the container is slowed down, and its memory reclaimed, but nothing is killed:
   * memory.high. Version 1 has nothing like it.
   *
   * @return the limit, or empty for none
   */
  public Optional<ByteSize> memoryHigh() {
    return Optional.ofNullable(memoryHigh);
  }

  /**
   * Below this its memory is reclaimed only if there is nothing else to reclaim: memory.low, and
   * memory.soft_limit_in_bytes of version 1.
   *
   * @return the amount, or empty for none
   */
  public Optional<ByteSize> memoryLow() {
    return Optional.ofNullable(memoryLow);
  }

  /**
   * The most swap space, beside the memory: memory.swap.max. (Docker's {@code --memory-swap} is the
   * sum of both.) Version 1 takes it only with {@link #memory()}.
   *
   * @return the limit, or empty for none; 0 for no swap
   */
  public Optional<ByteSize> memorySwap() {
    return Optional.ofNullable(memorySwap);
  }

  /**
   * Processor time in each {@link #cpuPeriod()}, of all processors together: cpu.max. Who has used
   * it up waits for the next period.
   *
   * @return the time, or empty for no limit
   */
  public Optional<Duration> cpuQuota() {
    return Optional.ofNullable(cpuQuota);
  }

  /**
   * What {@link #cpuQuota()} is counted in.
   *
   * @return the time; 100 ms by default
   */
  public Duration cpuPeriod() {
    return cpuPeriod == null ? DEFAULT_PERIOD : cpuPeriod;
  }

  /**
   * The container's part of the processors where others want them, too: cpu.weight.
   *
   * @return 1 to 10,000; empty for 100, which everyone has
   */
  public OptionalInt cpuWeight() {
    return cpuWeight == null ? OptionalInt.empty() : OptionalInt.of(cpuWeight);
  }

  /**
   * {@link #cpuWeight()} in the shares of version 1, cpu.shares, where everyone has 1,024.
   *
   * @return 2 to 262,144, or empty for no weight
   */
  public OptionalLong cpuShares() {
    return cpuWeight == null
        ? OptionalLong.empty()
        : OptionalLong.of(CpuShares.fromWeight(cpuWeight));
  }

  /**
   * How much of what was left of earlier quotas may be used beside that of a period: cpu.max.burst.
   *
   * @return the time, at most {@link #cpuQuota()}; empty for none
   */
  public Optional<Duration> cpuBurst() {
    return Optional.ofNullable(cpuBurst);
  }

  /**
   * Whether the container runs only when nothing else wants to: cpu.idle.
   *
   * @return the choice, or empty for that it does not
   */
  public Optional<Boolean> cpuIdle() {
    return Optional.ofNullable(cpuIdle);
  }

  /**
   * On which processors the container runs: cpuset.cpus.
   *
   * @return numbers and ranges, such as {@code 0-2,4}; empty for all that the JVM has
   */
  public Optional<String> cpuset() {
    return Optional.ofNullable(cpuset);
  }

  /**
   * From which memory nodes the container gets memory: cpuset.mems.
   *
   * @return numbers and ranges; empty for all that the JVM has
   */
  public Optional<String> cpusetMems() {
    return Optional.ofNullable(cpusetMems);
  }

  /**
   * The most processes and threads: pids.max. All of the container's count, also its init.
   *
   * @return the number, or empty for no limit
   */
  public OptionalLong pids() {
    return pids == null ? OptionalLong.empty() : OptionalLong.of(pids);
  }

  /**
   * The container's part of the disks where others want them, too: io.weight, and blkio.weight of
   * version 1. Counts for disks with the scheduler BFQ, or that the kernel's io.cost knows.
   *
   * @return 1 to 10,000; empty for 100, which everyone has
   */
  public OptionalInt ioWeight() {
    return ioWeight == null ? OptionalInt.empty() : OptionalInt.of(ioWeight);
  }

  /**
   * What is read and written in a second.
   *
   * @return at most one for each device; none by default
   */
  public List<IoLimit> io() {
    return io;
  }

  /**
   * The most memory in huge pages, for each size of these: hugetlb.SIZE.max.
   *
   * @return the limits by the size of the page; none by default
   */
  public Map<ByteSize, ByteSize> hugetlb() {
    return hugetlb;
  }

  /**
   * The only devices that the container may use. This needs a JVM that runs as root.
   *
   * @return the rules, or empty for all devices of which the container has nodes
   */
  public Optional<List<DeviceRule>> devices() {
    return Optional.ofNullable(devices);
  }

  /**
   * What is written as it is to files of the container's cgroup of version 2.
   *
   * @return the values by the files' names, in the order in which they were added; none by default
   */
  public Map<String, String> unified() {
    return unified;
  }

  /**
   * Whether a limit that this host cannot enforce is left out, and told by {@link
   * ContainerHandle#unenforced()}.
   *
   * @return true if so; false by default: then it is a {@link HostUnsupportedException}
   */
  public boolean bestEffort() {
    return bestEffort;
  }

  private List<Object> parts() {
    return List.of(
        memory(),
        memoryHigh(),
        memoryLow(),
        memorySwap(),
        cpuQuota(),
        cpuPeriod(),
        cpuWeight(),
        cpuBurst(),
        cpuIdle(),
        cpuset(),
        cpusetMems(),
        pids(),
        ioWeight(),
        io,
        hugetlb,
        devices(),
        unified,
        bestEffort);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof CgroupLimits limits && parts().equals(limits.parts()));
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  /** What is limited, by the names of the builder's options. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    memory().ifPresent(value -> add(text, "memory", value));
    memoryHigh().ifPresent(value -> add(text, "memoryHigh", value));
    memoryLow().ifPresent(value -> add(text, "memoryLow", value));
    memorySwap().ifPresent(value -> add(text, "memorySwap", value));
    cpuQuota().ifPresent(value -> add(text, "cpuQuota", value + " in " + cpuPeriod()));
    cpuWeight().ifPresent(value -> add(text, "cpuWeight", value));
    cpuBurst().ifPresent(value -> add(text, "cpuBurst", value));
    cpuIdle().ifPresent(value -> add(text, "cpuIdle", value));
    cpuset().ifPresent(value -> add(text, "cpuset", value));
    cpusetMems().ifPresent(value -> add(text, "cpusetMems", value));
    pids().ifPresent(value -> add(text, "pids", value));
    ioWeight().ifPresent(value -> add(text, "ioWeight", value));
    io.forEach(value -> add(text, "io", value));
    hugetlb.forEach((size, value) -> add(text, "hugetlb", value + " of " + size));
    devices().ifPresent(value -> add(text, "devices", value));
    unified.forEach((key, value) -> add(text, key, value));
    return text.isEmpty() ? "no limits" : text.toString();
  }

  private static void add(StringBuilder text, String name, Object value) {
    text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(value);
  }

  /** Says what is limited. Not for several threads at once. */
  public static final class Builder {
    private @Nullable ByteSize memory;
    private @Nullable ByteSize memoryHigh;
    private @Nullable ByteSize memoryLow;
    private @Nullable ByteSize memorySwap;
    private @Nullable Double cpus;
    private @Nullable Duration cpuQuota;
    private @Nullable Duration cpuPeriod;
    private @Nullable Integer cpuWeight;
    private @Nullable Duration cpuBurst;
    private @Nullable Boolean cpuIdle;
    private @Nullable String cpuset;
    private @Nullable String cpusetMems;
    private @Nullable Long pids;
    private @Nullable Integer ioWeight;
    private final List<IoLimit> io = new ArrayList<>();
    private final Map<ByteSize, ByteSize> hugetlb = new LinkedHashMap<>();
    private @Nullable List<DeviceRule> devices;
    private final Map<String, String> unified = new LinkedHashMap<>();
    private boolean bestEffort;

    private Builder() {}

    /**
     * The most {@linkplain CgroupLimits#memory() memory}.
     *
     * @param most at least 4,096 bytes, a page; the kernel rounds it down to whole pages
     * @return this
     */
    public Builder memory(ByteSize most) {
      memory = most;
      return this;
    }

    /**
     * The most memory, as {@link ByteSize#parse} takes it.
     *
     * @param most such as {@code 64m}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder memory(String most) {
      return memory(size("limits.memory", most));
    }

    /**
     * Above what it is {@linkplain CgroupLimits#memoryHigh() slowed down and reclaimed}.
     *
     * @param above at most the most memory
     * @return this
     */
    public Builder memoryHigh(ByteSize above) {
      memoryHigh = above;
      return this;
    }

    /**
     * Above what it is slowed down, as {@link ByteSize#parse} takes it.
     *
     * @param above such as {@code 48m}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder memoryHigh(String above) {
      return memoryHigh(size("limits.memoryHigh", above));
    }

    /**
     * What is {@linkplain CgroupLimits#memoryLow() reclaimed last}.
     *
     * @param below at most where it is slowed down, and the most memory; 0 for nothing
     * @return this
     */
    public Builder memoryLow(ByteSize below) {
      memoryLow = below;
      return this;
    }

    /**
     * What is reclaimed last, as {@link ByteSize#parse} takes it.
     *
     * @param below such as {@code 16m}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder memoryLow(String below) {
      return memoryLow(size("limits.memoryLow", below));
    }

    /**
     * The most {@linkplain CgroupLimits#memorySwap() swap space}, beside the memory.
     *
     * @param most 0 for none
     * @return this
     */
    public Builder memorySwap(ByteSize most) {
      memorySwap = most;
      return this;
    }

    /**
     * The most swap space, as {@link ByteSize#parse} takes it.
     *
     * @param most such as {@code 16m}
     * @return this
     * @throws InvalidSpecException if it is of another form
     */
    public Builder memorySwap(String most) {
      return memorySwap(size("limits.memorySwap", most));
    }

    /**
     * As much processor time as this many processors have: a {@link #cpuQuota} of so many periods.
     *
     * @param count more than 0; 0.5 for the half of one
     * @return this
     */
    public Builder cpus(double count) {
      cpus = count;
      cpuQuota = null;
      return this;
    }

    /**
     * {@linkplain CgroupLimits#cpuQuota() Processor time in each period}; takes the place of {@link
     * #cpus}.
     *
     * @param most at least 1 ms, and may be more than a period where there are several processors;
     *     the kernel counts whole microseconds
     * @return this
     */
    public Builder cpuQuota(Duration most) {
      cpuQuota = most;
      cpus = null;
      return this;
    }

    /**
     * The {@linkplain CgroupLimits#cpuPeriod() period}, 100 ms by default. Nothing is limited by it
     * alone.
     *
     * @param period from 1 ms to 1 s
     * @return this
     */
    public Builder cpuPeriod(Duration period) {
      cpuPeriod = period;
      return this;
    }

    /**
     * The {@linkplain CgroupLimits#cpuWeight() part of the processors}.
     *
     * @param weight 1 to 10,000; everyone has 100
     * @return this
     */
    public Builder cpuWeight(int weight) {
      cpuWeight = weight;
      return this;
    }

    /**
     * The part of the processors as a weight that stands for these shares of version 1: 1,024 are
     * 100.
     *
     * @param shares 2 to 262,144; everyone has 1,024
     * @return this
     * @throws InvalidSpecException if it is out of range
     */
    public Builder cpuShares(long shares) {
      if (shares < 2 || shares > 262_144) {
        throw new InvalidSpecException("limits.cpuShares", shares + " is not from 2 to 262144");
      }
      return cpuWeight(CpuShares.toWeight(shares));
    }

    /**
     * How much {@linkplain CgroupLimits#cpuBurst() of earlier quotas} may be used later; needs a
     * quota.
     *
     * @param most from 0 to the quota
     * @return this
     */
    public Builder cpuBurst(Duration most) {
      cpuBurst = most;
      return this;
    }

    /**
     * Whether it {@linkplain CgroupLimits#cpuIdle() runs only when nothing else wants to}.
     *
     * @param choice true for that; then it has no weight
     * @return this
     */
    public Builder cpuIdle(boolean choice) {
      cpuIdle = choice;
      return this;
    }

    /**
     * On which {@linkplain CgroupLimits#cpuset() processors} it runs.
     *
     * @param list numbers and ranges with commas between, such as {@code 0-2,4}
     * @return this
     */
    public Builder cpuset(String list) {
      cpuset = list;
      return this;
    }

    /**
     * From which {@linkplain CgroupLimits#cpusetMems() memory nodes} it gets memory.
     *
     * @param list numbers and ranges with commas between, such as {@code 0}
     * @return this
     */
    public Builder cpusetMems(String list) {
      cpusetMems = list;
      return this;
    }

    /**
     * The most {@linkplain CgroupLimits#pids() processes and threads}.
     *
     * @param most at least 1
     * @return this
     */
    public Builder pids(long most) {
      pids = most;
      return this;
    }

    /**
     * The {@linkplain CgroupLimits#ioWeight() part of the disks}.
     *
     * @param weight 1 to 10,000; everyone has 100
     * @return this
     */
    public Builder ioWeight(int weight) {
      ioWeight = weight;
      return this;
    }

    /**
     * Adds limits of {@linkplain CgroupLimits#io() what is read and written}. What several say of
     * the same device is put together.
     *
     * @param more what to limit
     * @return this
     * @throws InvalidSpecException if the same of a device is limited twice
     */
    public Builder io(IoLimit... more) {
      for (IoLimit limit : more) {
        int same = 0;
        while (same < io.size() && !io.get(same).device().equals(limit.device())) {
          same++;
        }
        if (same < io.size()) {
          io.set(same, io.get(same).and(limit));
        } else {
          io.add(limit);
        }
      }
      return this;
    }

    /**
     * The most memory in {@linkplain CgroupLimits#hugetlb() huge pages} of a size.
     *
     * @param pageSize a power of two, such as 2 MiB
     * @param most 0 for none
     * @return this
     */
    public Builder hugetlb(ByteSize pageSize, ByteSize most) {
      hugetlb.put(pageSize, most);
      return this;
    }

    /**
     * The only {@linkplain CgroupLimits#devices() devices} that it may use, in place of those said
     * before. What is not among these cannot be opened, not even {@code /dev/null}: see {@link
     * DeviceRule#usual()}.
     *
     * @param allowed the rules
     * @return this
     */
    public Builder devices(List<DeviceRule> allowed) {
      devices = new ArrayList<>(allowed);
      return this;
    }

    /**
     * Allows devices beside those said before, or, if none were, beside {@link DeviceRule#usual()}.
     *
     * @param more the rules
     * @return this
     */
    public Builder device(DeviceRule... more) {
      if (devices == null) {
        devices = new ArrayList<>(DeviceRule.usual());
      }
      devices.addAll(List.of(more));
      return this;
    }

    /**
     * Writes a value {@linkplain CgroupLimits#unified() as it is} to a file of the container's
     * cgroup of version 2, for what has no option here.
     *
     * @param file its name, such as {@code memory.oom.group}; none that jcontainer writes itself
     * @param value without newline
     * @return this
     */
    public Builder unified(String file, String value) {
      unified.put(file, value);
      return this;
    }

    /**
     * Leaves out what this host cannot enforce, and {@linkplain ContainerHandle#unenforced() tells}
     * it.
     *
     * @return this
     */
    public Builder bestEffort() {
      return bestEffort(true);
    }

    /**
     * Whether what this host {@linkplain CgroupLimits#bestEffort() cannot enforce} is left out.
     *
     * @param choice false by default: it is an error
     * @return this
     */
    public Builder bestEffort(boolean choice) {
      bestEffort = choice;
      return this;
    }

    /**
     * The limits as a value.
     *
     * @return the value
     * @throws InvalidSpecException if one is out of range, or they do not fit together; it names
     *     the option, such as {@code limits.memory}
     */
    public CgroupLimits build() {
      return new CgroupLimits(this);
    }

    private static ByteSize size(String field, String text) {
      try {
        return ByteSize.parse(text);
      } catch (InvalidSpecException e) {
        throw new InvalidSpecException(field, "\"" + text + "\" is not a size such as 64m");
      }
    }
  }
}
