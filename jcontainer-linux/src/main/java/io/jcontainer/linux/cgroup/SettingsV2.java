package io.jcontainer.linux.cgroup;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.IoLimit;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** Of version 2: cgroup-v2.rst of the kernel. */
final class SettingsV2 extends Settings {
  private static final String BURST = "cpu.max.burst";

  SettingsV2(CgroupLimits limits, LimitFacts facts) {
    super(limits, facts);
  }

  /** What slows it down comes first, so that less is left to kill for. */
  @Override
  void memory() {
    memory("memory.swap.max", "limits.memorySwap", limits.memorySwap());
    memory("memory.low", "limits.memoryLow", limits.memoryLow());
    memory("memory.high", "limits.memoryHigh", limits.memoryHigh());
    memory("memory.max", "limits.memory", limits.memory());
  }

  private void memory(String file, String field, Optional<ByteSize> wanted) {
    wanted.ifPresent(size -> add(Controller.MEMORY, file, orMax(size), field));
  }

  @Override
  void cpu() {
    idle();
    if (limits.cpuWeight().isPresent()) {
      String weight = String.valueOf(limits.cpuWeight().getAsInt());
      add(Controller.CPU, "cpu.weight", weight, "limits.cpuWeight");
    }
    quotaAndBurst(BURST);
  }

  @Override
  void quota(Duration quota) {
    String period = CpuTime.micros(limits.cpuPeriod());
    String most = quota.equals(CgroupLimits.NO_QUOTA) ? "max" : CpuTime.micros(quota);
    add(Controller.CPU, "cpu.max", most + " " + period, "limits.cpuQuota");
  }

  @Override
  String effective(String file) {
    return file + ".effective";
  }

  @Override
  void io() {
    if (limits.ioWeight().isPresent()) {
      weight(limits.ioWeight().getAsInt());
    }
    for (IoLimit limit : limits.io()) {
      String value =
          facts.disk(limit.device())
              + rate(" rbps=", limit.readBps())
              + rate(" wbps=", limit.writeBps())
              + rate(" riops=", limit.readIops())
              + rate(" wiops=", limit.writeIops());
      add(Controller.IO, "io.max", value, "limits.io");
    }
  }

  /** Each counts for some disks: those that io.cost knows, and those whose scheduler is BFQ. */
  private void weight(int weight) {
    boolean cost = facts.has(Controller.IO, "io.weight");
    boolean bfq = facts.has(Controller.IO, "io.bfq.weight");
    if (cost) {
      add(Controller.IO, "io.weight", String.valueOf(weight), "limits.ioWeight");
    }
    if (bfq) {
      String scaled = String.valueOf(scaled(weight, 1, 100, 1_000));
      add(Controller.IO, "io.bfq.weight", scaled, "limits.ioWeight");
    }
    if (!cost && !bfq) {
      refuse(
          "limits.ioWeight",
          "the kernel has neither io.weight nor io.bfq.weight",
          "It needs CONFIG_BLK_CGROUP_IOCOST, or the scheduler BFQ: modprobe bfq");
    }
  }

  private static String rate(String key, OptionalLong rate) {
    if (rate.isEmpty()) {
      return "";
    }
    return key + (rate.getAsLong() == CgroupLimits.UNLIMITED ? "max" : rate.getAsLong());
  }

  @Override
  void hugetlb() {
    hugetlb(".max", Settings::orMax);
  }

  /** They are no file, but a program: {@link DevicePrograms}. */
  @Override
  void devices() {}

  @Override
  void raw(Controller controller, String file, String value) {
    add(controller, file, value, "limits.unified");
  }
}
