package io.jcontainer.linux.cgroup;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.IoLimit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Of version 1: cgroup-v1 of the kernel's documentation. */
final class SettingsV1 extends Settings {
  private static final String BOOT_V2 =
      "Boot with cgroups v2: systemd.unified_cgroup_hierarchy=1 on the kernel's command line";

  private static final long NO_LIMIT = Long.MAX_VALUE;

  private static final String MEMORY = "memory.limit_in_bytes";
  private static final String MEMORY_AND_SWAP = "memory.memsw.limit_in_bytes";
  private static final String SWAP_LIMIT = "limits.memorySwap";
  private static final String QUOTA = "cpu.cfs_quota_us";
  private static final String PERIOD = "cpu.cfs_period_us";
  private static final String BURST = "cpu.cfs_burst_us";
  private static final String DEVICES = "limits.devices";

  SettingsV1(CgroupLimits limits, LimitFacts facts) {
    super(limits, facts);
  }

  @Override
  void memory() {
    if (limits.memoryHigh().isPresent() && !limits.memoryHigh().get().equals(ByteSize.UNLIMITED)) {
      refuse(
          "limits.memoryHigh",
          "cgroups v1 has nothing like it, and here the controller memory is one of v1",
          "Use limits.memory, at which the container's memory is reclaimed as well. " + BOOT_V2);
    }
    // Reclaimed first is what is above it. By default nothing is: 0 would say that everything is.
    limits
        .memoryLow()
        .map(low -> low.bytes() == 0 ? ByteSize.UNLIMITED : low)
        .ifPresent(
            low ->
                add(
                    Controller.MEMORY,
                    "memory.soft_limit_in_bytes",
                    orMinus1(low.bytes()),
                    "limits.memoryLow"));
    if (limits.memory().isPresent() || limits.memorySwap().isPresent()) {
      memoryAndSwap();
    }
  }

  /**
   * The two limits are of memory, and of memory and swap together, which must never be less: so the
   * second is raised before the first, and lowered behind it. What is not named stays, also the
   * difference if only the memory's limit changes.
   */
  private void memoryAndSwap() {
    long bothNow = number(MEMORY_AND_SWAP);
    long memory = limits.memory().map(ByteSize::bytes).orElseGet(() -> number(MEMORY));
    long swap = limits.memorySwap().map(ByteSize::bytes).orElseGet(() -> swap(bothNow));
    if (memory == NO_LIMIT && swap != NO_LIMIT) {
      refuse(
          limits.memorySwap().isPresent() ? "limits.memorySwap" : "limits.memory",
          "cgroups v1 limits swap only together with memory, which is not limited",
          "Limit both, or none: limits.memory and limits.memorySwap");
      return;
    }
    long both = swap == NO_LIMIT ? NO_LIMIT : sum(memory, swap);
    boolean raised = both > bothNow;
    boolean changed = limits.memorySwap().isPresent() || both != bothNow;
    if (changed && raised) {
      add(Controller.MEMORY, MEMORY_AND_SWAP, orMinus1(both), SWAP_LIMIT);
    }
    limits
        .memory()
        .ifPresent(most -> add(Controller.MEMORY, MEMORY, orMinus1(most.bytes()), "limits.memory"));
    if (changed && !raised) {
      add(Controller.MEMORY, MEMORY_AND_SWAP, orMinus1(both), SWAP_LIMIT);
    }
  }

  private long swap(long bothNow) {
    return bothNow == NO_LIMIT ? NO_LIMIT : Math.max(0, bothNow - number(MEMORY));
  }

  private static long sum(long memory, long swap) {
    return memory > NO_LIMIT - swap ? NO_LIMIT : memory + swap;
  }

  /** A limit as it is now. None is the highest number of whole pages. */
  private long number(String file) {
    long number = facts.read(Controller.MEMORY, file).map(Long::parseLong).orElse(NO_LIMIT);
    return number > NO_LIMIT / 2 ? NO_LIMIT : number;
  }

  private static String orMinus1(long number) {
    return number == NO_LIMIT ? "-1" : String.valueOf(number);
  }

  @Override
  void cpu() {
    idle();
    if (limits.cpuShares().isPresent()) {
      String shares = String.valueOf(limits.cpuShares().getAsLong());
      add(Controller.CPU, "cpu.shares", shares, "limits.cpuWeight");
    }
    quotaAndBurst(BURST);
  }

  /**
   * Quota and period are written one after the other. Between them there must not be more time than
   * with the old ones or the new ones, for the cgroup above may not allow it: so a longer period
   * comes before the quota, and a shorter one behind it.
   */
  @Override
  void quota(Duration quota) {
    if (quota.equals(CgroupLimits.NO_QUOTA)) {
      add(Controller.CPU, QUOTA, "-1", "limits.cpuQuota");
      return;
    }
    Duration period = limits.cpuPeriod();
    Optional<String> now = facts.read(Controller.CPU, PERIOD);
    boolean same = now.equals(Optional.of(CpuTime.micros(period)));
    boolean shorter = CpuTime.isLess(period, now);
    if (!same && !shorter) {
      add(Controller.CPU, PERIOD, CpuTime.micros(period), "limits.cpuPeriod");
    }
    add(Controller.CPU, QUOTA, CpuTime.micros(quota), "limits.cpuQuota");
    if (shorter) {
      add(Controller.CPU, PERIOD, CpuTime.micros(period), "limits.cpuPeriod");
    }
  }

  @Override
  String effective(String file) {
    // Without the mount option cpuset_v2_mode what a cgroup says is what it has.
    return file;
  }

  /** blkio.weight is that of the scheduler CFQ, which Linux has had until 4.20; BFQ has its own. */
  @Override
  void io() {
    if (limits.ioWeight().isPresent()) {
      weight(limits.ioWeight().getAsInt());
    }
    for (IoLimit limit : limits.io()) {
      String disk = facts.disk(limit.device());
      throttle("read_bps", disk, limit.readBps());
      throttle("write_bps", disk, limit.writeBps());
      throttle("read_iops", disk, limit.readIops());
      throttle("write_iops", disk, limit.writeIops());
    }
  }

  private void weight(int weight) {
    if (facts.has(Controller.IO, "blkio.bfq.weight")) {
      String scaled = String.valueOf(scaled(weight, 1, 100, 1_000));
      add(Controller.IO, "blkio.bfq.weight", scaled, "limits.ioWeight");
    } else if (facts.has(Controller.IO, "blkio.weight")) {
      String scaled = String.valueOf(scaled(weight, 10, 500, 1_000));
      add(Controller.IO, "blkio.weight", scaled, "limits.ioWeight");
    } else {
      refuse(
          "limits.ioWeight",
          "the kernel has neither blkio.bfq.weight nor blkio.weight",
          "It needs the scheduler BFQ, with CONFIG_BFQ_GROUP_IOSCHED: modprobe bfq");
    }
  }

  /** 0 takes the limit away. */
  private void throttle(String what, String disk, OptionalLong rate) {
    if (rate.isPresent()) {
      long most = rate.getAsLong() == CgroupLimits.UNLIMITED ? 0 : rate.getAsLong();
      String file = "blkio.throttle." + what + "_device";
      add(Controller.IO, file, disk + " " + most, "limits.io");
    }
  }

  @Override
  void hugetlb() {
    hugetlb(".limit_in_bytes", most -> orMinus1(most.bytes()));
  }

  /**
   * A new cgroup allows what the one above allows, so all is denied first. In one that is limited
   * already only the difference is written: nothing that stays allowed is ever denied meanwhile.
   */
  @Override
  void devices() {
    if (limits.devices().isEmpty()) {
      return;
    }
    List<DeviceRule> wanted = DeviceRules.merged(limits.devices().get());
    List<DeviceRule> now = devicesNow();
    if (now.stream().anyMatch(rule -> rule.type() == DeviceRule.Type.ALL)) {
      add(Controller.DEVICES, "devices.deny", "a", DEVICES);
      wanted.forEach(rule -> add(Controller.DEVICES, "devices.allow", rule.toString(), DEVICES));
      return;
    }
    DeviceRules.without(wanted, now)
        .forEach(rule -> add(Controller.DEVICES, "devices.allow", rule.toString(), DEVICES));
    DeviceRules.without(now, wanted)
        .forEach(rule -> add(Controller.DEVICES, "devices.deny", rule.toString(), DEVICES));
  }

  private List<DeviceRule> devicesNow() {
    return facts
        .read(Controller.DEVICES, "devices.list")
        .map(text -> text.lines().map(DeviceRule::parse).toList())
        .orElse(List.of(DeviceRule.parse("a *:* rwm")));
  }

  @Override
  void raw(Controller controller, String file, String value) {
    refuse(
        "limits.unified",
        "%s is a file of cgroups v2, and here the controller %s is one of v1"
            .formatted(file, controller.name(CgroupDirectory.Version.V1)),
        BOOT_V2);
  }
}
