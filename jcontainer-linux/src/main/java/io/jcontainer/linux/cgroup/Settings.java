package io.jcontainer.linux.cgroup;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What limits mean as lines for files, in the version where each controller is: its names, its
 * units, and the order in which the kernel takes them. Nothing is written here, and what the limits
 * do not name is not touched.
 */
abstract class Settings {
  /** What comes first, so that what counts for all processors is right when quotas begin. */
  private static final List<Controller> ORDER =
      List.of(
          Controller.CPUSET,
          Controller.CPU,
          Controller.MEMORY,
          Controller.PIDS,
          Controller.IO,
          Controller.HUGETLB,
          Controller.DEVICES);

  final CgroupLimits limits;
  final LimitFacts facts;
  private final List<Setting> settings = new ArrayList<>();
  private final List<Unenforced> unenforced = new ArrayList<>();

  Settings(CgroupLimits limits, LimitFacts facts) {
    this.limits = limits;
    this.facts = facts;
  }

  /**
   * What is to be written.
   *
   * @param settings in the order in which they are to be written
   * @param unenforced what the versions, or the kernel, cannot do
   */
  record Result(List<Setting> settings, List<Unenforced> unenforced) {}

  /**
   * The controllers that limits are for, each with the fields that need it.
   *
   * @return such as {@code limits.memory} for {@link Controller#MEMORY}
   */
  static Map<Controller, Set<String>> needed(CgroupLimits limits) {
    Map<Controller, Set<String>> needed = new EnumMap<>(Controller.class);
    need(needed, Controller.MEMORY, limits.memory(), "memory");
    need(needed, Controller.MEMORY, limits.memoryHigh(), "memoryHigh");
    need(needed, Controller.MEMORY, limits.memoryLow(), "memoryLow");
    need(needed, Controller.MEMORY, limits.memorySwap(), "memorySwap");
    need(needed, Controller.CPU, limits.cpuQuota(), "cpuQuota");
    need(needed, Controller.CPU, limits.cpuBurst(), "cpuBurst");
    need(needed, Controller.CPU, limits.cpuIdle(), "cpuIdle");
    need(needed, Controller.CPU, limits.cpuWeight().isPresent(), "cpuWeight");
    need(needed, Controller.CPUSET, limits.cpuset(), "cpuset");
    need(needed, Controller.CPUSET, limits.cpusetMems(), "cpusetMems");
    need(needed, Controller.PIDS, limits.pids().isPresent(), "pids");
    need(needed, Controller.IO, limits.ioWeight().isPresent(), "ioWeight");
    need(needed, Controller.IO, !limits.io().isEmpty(), "io");
    need(needed, Controller.HUGETLB, !limits.hugetlb().isEmpty(), "hugetlb");
    need(needed, Controller.DEVICES, limits.devices(), "devices");
    limits.unified().keySet().forEach(file -> need(needed, ofFile(file), true, "unified"));
    return needed;
  }

  private static void need(
      Map<Controller, Set<String>> needed, Controller controller, Optional<?> value, String field) {
    need(needed, controller, value.isPresent(), field);
  }

  private static void need(
      Map<Controller, Set<String>> needed, Controller controller, boolean is, String field) {
    if (is) {
      needed.computeIfAbsent(controller, any -> new LinkedHashSet<>()).add("limits." + field);
    }
  }

  /** Whose file of v2 it is; what has none of our controllers is there as soon as v2 is. */
  private static Controller ofFile(String file) {
    Set<Controller> named =
        Controller.of(Version.V2, List.of(file.substring(0, file.indexOf('.'))));
    return named.isEmpty() ? Controller.FREEZER : named.iterator().next();
  }

  /**
   * Translates limits, for new cgroups and for those in use.
   *
   * @param where in which version the files of a controller are; what is for those that are nowhere
   *     is left out
   * @param facts about the container's cgroups, which are there
   * @throws io.jcontainer.InvalidSpecException if there is no such processor, memory node or disk
   */
  static Result of(
      CgroupLimits limits, Function<Controller, Optional<Version>> where, LimitFacts facts) {
    Settings v1 = new SettingsV1(limits, facts);
    Settings v2 = new SettingsV2(limits, facts);
    Function<Controller, Optional<Settings>> version =
        controller -> where.apply(controller).map(is -> is == Version.V1 ? v1 : v2);
    ORDER.forEach(controller -> version.apply(controller).ifPresent(each -> each.add(controller)));
    limits
        .unified()
        .forEach(
            (file, value) -> {
              Controller controller = ofFile(file);
              version.apply(controller).ifPresent(each -> each.raw(controller, file, value));
            });
    return new Result(both(v1.settings, v2.settings), both(v1.unenforced, v2.unenforced));
  }

  private static <T> List<T> both(List<T> one, List<T> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  private void add(Controller controller) {
    switch (controller) {
      case MEMORY -> memory();
      case CPU -> cpu();
      case CPUSET -> {
        cpuset("cpuset.cpus", "limits.cpuset", limits.cpuset());
        cpuset("cpuset.mems", "limits.cpusetMems", limits.cpusetMems());
      }
      case PIDS -> pids();
      case IO -> io();
      case HUGETLB -> hugetlb();
      case DEVICES -> devices();
      default -> throw new IllegalStateException(controller + " limits nothing");
    }
  }

  abstract void memory();

  abstract void cpu();

  abstract void quota(Duration quota);

  /** What the processors or memory nodes of the cgroup above are called. */
  abstract String effective(String file);

  abstract void io();

  abstract void hugetlb();

  abstract void devices();

  /** A file of v2, as it is. */
  abstract void raw(Controller controller, String file, String value);

  /** Both versions take also what the cgroup above has not got, or say nothing but EINVAL. */
  private void cpuset(String file, String field, Optional<String> wanted) {
    wanted.ifPresent(
        set -> {
          facts
              .readAbove(Controller.CPUSET, effective(file))
              .ifPresent(above -> NumberSet.requireIn(field, set, above));
          add(Controller.CPUSET, file, set, field);
        });
  }

  private void pids() {
    if (limits.pids().isPresent()) {
      long most = limits.pids().getAsLong();
      String value = most == CgroupLimits.UNLIMITED ? "max" : String.valueOf(most);
      add(Controller.PIDS, "pids.max", value, "limits.pids");
    }
  }

  final void add(Controller controller, String file, String value, String field) {
    settings.add(new Setting(controller, file, value, field));
  }

  final void refuse(String field, String why, String cure) {
    unenforced.add(new Unenforced(field, why, Optional.of(cure)));
  }

  /** Who is idle has no weight: while it is, weights are EINVAL. So this comes first. */
  final void idle() {
    limits
        .cpuIdle()
        .ifPresent(idle -> add(Controller.CPU, "cpu.idle", idle ? "1" : "0", "limits.cpuIdle"));
  }

  /**
   * A burst above the quota is EINVAL, whichever of them is written: so one that is less than it is
   * now comes before the quota, else behind it.
   *
   * @param file that of the burst
   */
  final void quotaAndBurst(String file) {
    Optional<Duration> burst = limits.cpuBurst();
    boolean less =
        burst.isPresent() && CpuTime.isLess(burst.get(), facts.read(Controller.CPU, file));
    if (less) {
      burst(file);
    }
    limits.cpuQuota().ifPresent(this::quota);
    if (!less) {
      burst(file);
    }
  }

  private void burst(String file) {
    limits
        .cpuBurst()
        .ifPresent(burst -> add(Controller.CPU, file, CpuTime.micros(burst), "limits.cpuBurst"));
  }

  /**
   * Reservations are limited, too, since Linux 5.7: else mmap(2) succeeds, and the first use of it
   * is a SIGBUS.
   */
  final void hugetlb(String suffix, Function<ByteSize, String> value) {
    limits
        .hugetlb()
        .forEach(
            (page, most) -> {
              String file = "hugetlb." + pageName(page);
              if (!facts.has(Controller.HUGETLB, file + suffix)) {
                refuse(
                    "limits.hugetlb",
                    "the kernel has no huge pages of " + page,
                    "ls /sys/kernel/mm/hugepages tells what sizes it has");
                return;
              }
              add(Controller.HUGETLB, file + suffix, value.apply(most), "limits.hugetlb");
              String reserved = file + ".rsvd" + suffix;
              if (facts.has(Controller.HUGETLB, reserved)) {
                add(Controller.HUGETLB, reserved, value.apply(most), "limits.hugetlb");
              }
            });
  }

  /** The part of a kernel's file name that stands for a size: mem_fmt() of the kernel. */
  static String pageName(ByteSize page) {
    long bytes = page.bytes();
    if (bytes >= 1L << 30) {
      return (bytes >> 30) + "GB";
    }
    return bytes >= 1L << 20 ? (bytes >> 20) + "MB" : (bytes >> 10) + "KB";
  }

  /**
   * A weight of v2, of which everybody has 100, on another scale: both ends and the middle are the
   * same, with a straight line on either side, as in systemd.
   */
  static long scaled(int weight, long least, long middle, long most) {
    return weight <= 100
        ? middle - (100 - weight) * (middle - least) / 99
        : middle + (weight - 100) * (most - middle) / 9_900;
  }

  static String orMax(ByteSize size) {
    return size.equals(ByteSize.UNLIMITED) ? "max" : String.valueOf(size.bytes());
  }
}
