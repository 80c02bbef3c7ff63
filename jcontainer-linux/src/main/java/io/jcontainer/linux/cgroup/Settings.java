package io.jcontainer.linux.cgroup;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What limits mean as lines for files, in the version where each controller is. */
final class Settings {
  private Settings() {}

  /**
   * What is to be written.
   *
   * @param settings in the order in which a new cgroup takes them
   * @param unenforced what the versions cannot do
   */
  record Result(List<Setting> settings, List<Unenforced> unenforced) {}

  /**
   * Translates limits.
   *
   * @param where in which version the files of a controller are
   */
  static Result of(CgroupLimits limits, Function<Controller, Version> where) {
    List<Setting> settings = new ArrayList<>();
    limits
        .memory()
        .ifPresent(
            most ->
                settings.add(
                    where.apply(Controller.MEMORY) == Version.V1
                        ? setting(
                            Controller.MEMORY,
                            "memory.limit_in_bytes",
                            most.equals(ByteSize.UNLIMITED) ? "-1" : "" + most.bytes(),
                            "memory")
                        : setting(
                            Controller.MEMORY,
                            "memory.max",
                            most.equals(ByteSize.UNLIMITED) ? "max" : "" + most.bytes(),
                            "memory")));
    limits
        .cpuQuota()
        .ifPresent(
            quota -> {
              String period = String.valueOf(limits.cpuPeriod().toNanos() / 1000);
              boolean none = quota.equals(CgroupLimits.NO_QUOTA);
              if (where.apply(Controller.CPU) == Version.V1) {
                settings.add(setting(Controller.CPU, "cpu.cfs_period_us", period, "cpuPeriod"));
                settings.add(
                    setting(
                        Controller.CPU,
                        "cpu.cfs_quota_us",
                        none ? "-1" : "" + quota.toNanos() / 1000,
                        "cpuQuota"));
              } else {
                settings.add(
                    setting(
                        Controller.CPU,
                        "cpu.max",
                        (none ? "max" : "" + quota.toNanos() / 1000) + " " + period,
                        "cpuQuota"));
              }
            });
    limits
        .pids()
        .ifPresent(
            most ->
                settings.add(
                    setting(
                        Controller.PIDS,
                        "pids.max",
                        most == CgroupLimits.UNLIMITED ? "max" : "" + most,
                        "pids")));
    List<Unenforced> unenforced = new ArrayList<>();
    CgroupLimits.Builder rest = CgroupLimits.builder();
    limits.memory().ifPresent(rest::memory);
    limits.cpuQuota().ifPresent(quota -> rest.cpuQuota(quota).cpuPeriod(limits.cpuPeriod()));
    limits.pids().ifPresent(rest::pids);
    rest.bestEffort(limits.bestEffort());
    if (!rest.build().equals(limits)) {
      unenforced.add(new Unenforced("limits", "only memory, cpuQuota and pids are, of " + limits));
    }
    return new Result(settings, unenforced);
  }

  private static Setting setting(Controller controller, String file, String value, String field) {
    return new Setting(controller, file, value, "limits." + field);
  }
}
