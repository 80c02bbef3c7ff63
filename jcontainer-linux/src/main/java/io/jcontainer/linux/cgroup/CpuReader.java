package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;

import io.jcontainer.ContainerStats;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Processor time. Version 2 counts it in {@code cpu.stat} of every cgroup, and there also what the
 * quota did where it has the controller; version 1 has two controllers for that, which need not be
 * in one hierarchy, nor both in one of version 1.
 */
final class CpuReader {
  private static final String[] USED = {"usage_usec", "user_usec", "system_usec"};
  private static final String[] HELD_V1 = {"throttled_time", "nr_throttled", "nr_periods"};
  private static final String[] HELD_V2 = {"throttled_usec", "nr_throttled", "nr_periods"};

  /** {@code cpu.stat} of version 2. */
  private final @Nullable CgroupFile stat;

  /** The three of version 1, in nanoseconds, where there is no other. */
  private final @Nullable CgroupFile usage;

  private final @Nullable CgroupFile user;
  private final @Nullable CgroupFile system;

  /** {@code cpu.stat} of the controller cpu. */
  private final @Nullable CgroupFile quota;

  private final boolean quotaV1;
  private final long[] used = new long[USED.length];
  private final long[] held = new long[HELD_V1.length];

  CpuReader(CgroupFileSet files) {
    Optional<CgroupDirectory> two = files.version2();
    Optional<CgroupDirectory> one =
        two.isPresent() ? Optional.empty() : files.directory(Controller.CPUACCT);
    Optional<CgroupDirectory> cpu = files.directory(Controller.CPU);
    stat = two.map(directory -> files.file(directory, "cpu.stat")).orElse(null);
    usage = one.map(directory -> files.file(directory, "cpuacct.usage")).orElse(null);
    user = one.map(directory -> files.file(directory, "cpuacct.usage_user")).orElse(null);
    system = one.map(directory -> files.file(directory, "cpuacct.usage_sys")).orElse(null);
    quotaV1 = cpu.filter(directory -> directory.version() == Version.V1).isPresent();
    quota =
        quotaV1
            ? cpu.map(directory -> files.file(directory, "cpu.stat")).orElse(null)
            : cpu.isPresent() ? stat : null;
  }

  Optional<ContainerStats.Cpu> read(ReadBuffer buffer) {
    long nanosPerUnit;
    if (stat != null) {
      stat.keyed(USED, used, buffer);
      nanosPerUnit = 1000;
    } else {
      used[0] = usage == null ? NONE : usage.number(buffer);
      used[1] = user == null ? NONE : user.number(buffer);
      used[2] = system == null ? NONE : system.number(buffer);
      nanosPerUnit = 1;
    }
    if (used[0] == NONE) {
      return Optional.empty();
    }
    if (quota == null) {
      Arrays.fill(held, NONE);
    } else {
      quota.keyed(quotaV1 ? HELD_V1 : HELD_V2, held, buffer);
    }
    return Optional.of(
        new ContainerStats.Cpu(
            Duration.ofNanos(used[0] * nanosPerUnit),
            time(used[1], nanosPerUnit),
            time(used[2], nanosPerUnit),
            time(held[0], quotaV1 ? 1 : 1000),
            count(held[1]),
            count(held[2])));
  }

  private static Optional<Duration> time(long units, long nanosPerUnit) {
    return units == NONE ? Optional.empty() : Optional.of(Duration.ofNanos(units * nanosPerUnit));
  }

  private static OptionalLong count(long number) {
    return number == NONE ? OptionalLong.empty() : OptionalLong.of(number);
  }
}
