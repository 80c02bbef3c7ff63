package io.jcontainer.cli;

import static io.jcontainer.cli.Options.given;
import static io.jcontainer.cli.Options.text;
import static io.jcontainer.cli.Options.use;
import static io.jcontainer.cli.Options.useEach;
import static io.jcontainer.cli.Options.value;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.IoLimit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What {@code run} and {@code update} limit, with Docker's names and, for raw keys, podman's; and
 * the limits that they make.
 */
final class LimitOptions {
  private final OptionSpec memory =
      size("The most memory. Beyond it, processes are killed.", "-m", "--memory");
  private final OptionSpec reservation =
      size("Memory below this is reclaimed last.", "--memory-reservation");
  private final OptionSpec swap =
      value(
          ByteSize.class,
          LimitText::sizeOrUnlimited,
          "SIZE",
          "The most memory and swap space together, as for Docker; -1 for unlimited swap space."
              + " Default: unlimited. Needs --memory.",
          "--memory-swap");
  private final OptionSpec cpus =
      value(
          Double.class,
          Double::valueOf,
          "NUMBER",
          "The time of so many processors, such as 0.5.",
          "--cpus");
  private final OptionSpec shares =
      number("From 2 to 262144; who has more gets more. Others have 1024.", "--cpu-shares");
  private final OptionSpec period =
      number("What --cpu-quota is counted in, in microseconds. Default: 100000.", "--cpu-period");
  private final OptionSpec quota =
      number("Processor time in each period, in microseconds; -1 for no limit.", "--cpu-quota");
  private final OptionSpec cpuset = text("LIST", "Processors, such as 0-2,4.", "--cpuset-cpus");
  private final OptionSpec mems = text("LIST", "Memory nodes, such as 0.", "--cpuset-mems");
  private final OptionSpec pids =
      number("The most processes and threads; -1 for no limit.", "--pids-limit");
  private final OptionSpec ioWeight =
      number("From 10 to 1000; who has more gets more of the disks.", "--blkio-weight");
  private final OptionSpec readBps =
      rates(LimitText::readBps, "DEVICE:SIZE", "Bytes in a second.", "--device-read-bps");
  private final OptionSpec writeBps =
      rates(LimitText::writeBps, "DEVICE:SIZE", "Bytes in a second.", "--device-write-bps");
  private final OptionSpec readIops =
      rates(LimitText::readIops, "DEVICE:NUMBER", "Reads in a second.", "--device-read-iops");
  private final OptionSpec writeIops =
      rates(LimitText::writeIops, "DEVICE:NUMBER", "Writes in a second.", "--device-write-iops");
  private final OptionSpec devices =
      Options.list(
          DeviceRule.class,
          DeviceRule::parse,
          "RULE",
          "Devices that it may use beside the usual ones, such as 'c 10:229 rwm'; the nodes come by"
              + " --device. With this option it may use no others. Needs root.",
          "--device-cgroup-rule");
  private final OptionSpec raw =
      Options.list(
          Map.Entry.class,
          LimitText::keyAndValue,
          "FILE=VALUE",
          "What is written to a file of its cgroup v2, such as memory.oom.group=1.",
          "--cgroup-conf");
  private final OptionSpec bestEffort =
      Options.flag(
          "A limit that this host cannot enforce is told, and left out.", "--limits-best-effort");

  private static OptionSpec size(String description, String... names) {
    return value(ByteSize.class, ByteSize::parse, "SIZE", description + " Such as 64m, 2g.", names);
  }

  private static OptionSpec number(String description, String name) {
    return value(Long.class, Long::valueOf, "NUMBER", description, name);
  }

  private static OptionSpec rates(
      Function<String, ?> reader, String label, String description, String name) {
    return Options.list(IoLimit.class, reader, label, description, name);
  }

  List<OptionSpec> options() {
    return List.of(
        memory,
        reservation,
        swap,
        cpus,
        shares,
        period,
        quota,
        cpuset,
        mems,
        pids,
        ioWeight,
        readBps,
        writeBps,
        readIops,
        writeIops,
        devices,
        raw,
        bestEffort);
  }

  /**
   * What was given.
   *
   * @return the limits, or empty if there was no option of them
   * @throws InvalidSpecException if they do not fit together, or one is out of range
   */
  Optional<CgroupLimits> limits() {
    return options().stream().anyMatch(option -> option.getValue() != null)
        ? Optional.of(read())
        : Optional.empty();
  }

  private CgroupLimits read() {
    CgroupLimits.Builder limits = CgroupLimits.builder().bestEffort(given(bestEffort));
    use(memory, (ByteSize most) -> limits.memory(most));
    use(reservation, (ByteSize below) -> limits.memoryLow(below));
    use(swap, (ByteSize sum) -> limits.memorySwap(swapAlone(sum)));
    processors(limits);
    use(cpuset, limits::cpuset);
    use(mems, limits::cpusetMems);
    use(pids, (Long most) -> limits.pids(most == -1 ? CgroupLimits.UNLIMITED : most));
    use(ioWeight, (Long weight) -> limits.ioWeight(LimitText.ioWeight(weight)));
    for (OptionSpec option : List.of(readBps, writeBps, readIops, writeIops)) {
      useEach(option, (IoLimit limit) -> limits.io(limit));
    }
    useEach(devices, (DeviceRule rule) -> limits.device(rule));
    useEach(raw, (Map.Entry<String, String> one) -> limits.unified(one.getKey(), one.getValue()));
    return limits.build();
  }

  private void processors(CgroupLimits.Builder limits) {
    boolean counted = quota.getValue() != null || period.getValue() != null;
    if (cpus.getValue() != null && counted) {
      throw new InvalidSpecException(
          "limits.cpus", "--cpus is a quota itself: give it, or --cpu-quota and --cpu-period");
    }
    use(cpus, (Double count) -> limits.cpus(count));
    use(quota, (Long micros) -> limits.cpuQuota(LimitText.quota(micros)));
    use(period, (Long micros) -> limits.cpuPeriod(LimitText.micros(micros)));
    use(shares, (Long number) -> limits.cpuShares(number));
  }

  /** Docker counts the sum, the kernel since version 2 of cgroups the swap space alone. */
  private ByteSize swapAlone(ByteSize sum) {
    if (sum.equals(ByteSize.UNLIMITED)) {
      return sum;
    }
    long part =
        Options.<ByteSize>get(memory)
            .orElseThrow(
                () ->
                    new InvalidSpecException(
                        "limits.memorySwap", "--memory-swap is a sum with --memory: give both"))
            .bytes();
    if (sum.bytes() < part) {
      throw new InvalidSpecException(
          "limits.memorySwap", "%s is less than --memory, which it is a sum with".formatted(sum));
    }
    return ByteSize.ofBytes(sum.bytes() - part);
  }
}
