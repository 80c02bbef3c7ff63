package io.jcontainer.linux.cgroup;

import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is to be written into a container's cgroups for its limits; nothing is.
 *
 * @param settings for files, in their order
 * @param programs the rules that are a program: those for devices on v2
 * @param unenforced what cannot be
 */
record LimitPlan(
    List<Setting> settings, Optional<List<DeviceRule>> programs, List<Unenforced> unenforced) {

  /**
   * For cgroups in these directories.
   *
   * @param id the container's, for messages
   * @param known what is known not to be enforced
   * @throws io.jcontainer.InvalidSpecException if there is no such processor, memory node or disk
   * @throws io.jcontainer.HostUnsupportedException if something cannot be enforced, unless the
   *     limits are for the best effort
   */
  static LimitPlan of(
      CgroupLimits limits,
      String id,
      List<CgroupDirectory> directories,
      LimitFacts facts,
      List<Unenforced> known) {
    List<Unenforced> out = new ArrayList<>(known);
    Settings.needed(limits)
        .forEach(
            (controller, fields) -> {
              if (CgroupDirectory.with(controller, directories).isEmpty()) {
                fields.forEach(field -> leaveOut(field, controller, id, out));
              }
            });
    Settings.Result wanted =
        Settings.of(limits, controller -> version(controller, directories), facts);
    out.addAll(wanted.unenforced());
    if (!limits.bestEffort() && !out.isEmpty()) {
      throw Unenforced.exception(out);
    }
    return new LimitPlan(
        wanted.settings(),
        limits
            .devices()
            .filter(
                rules -> version(Controller.DEVICES, directories).equals(Optional.of(Version.V2))),
        out);
  }

  private static Optional<Version> version(
      Controller controller, List<CgroupDirectory> directories) {
    return CgroupDirectory.with(controller, directories).map(CgroupDirectory::version);
  }

  private static void leaveOut(
      String field, Controller controller, String id, List<Unenforced> out) {
    if (out.stream().noneMatch(each -> each.limit().equals(field))) {
      out.add(
          new Unenforced(
              field,
              "container %s is in no cgroup with the controller %s"
                  .formatted(id, controller.name(Version.V2)),
              Optional.of("Give it a limit of that kind when it is started")));
    }
  }

  /** What it takes to make such cgroups, as a plan has it. */
  List<LaunchPlan.Step> describe(List<CgroupDirectory> directories) {
    List<LaunchPlan.Step> steps = new ArrayList<>();
    for (CgroupDirectory directory : directories) {
      steps.add(
          step(
              "mkdir(\"%s\", 0755)".formatted(directory.path()),
              "a cgroup for "
                  + directory.controllers().stream()
                      .sorted()
                      .map(controller -> controller.name(directory.version()))
                      .collect(Collectors.joining(", "))));
    }
    for (Setting setting : settings) {
      CgroupDirectory directory =
          CgroupDirectory.with(setting.controller(), directories).orElseThrow();
      steps.add(
          step(
              "write(\"%s\", \"%s\", %d)"
                  .formatted(
                      directory.path().resolve(setting.file()),
                      setting.value(),
                      setting.value().length()),
              setting.limit()));
    }
    programs.ifPresent(
        rules ->
            steps.add(
                step(
                    "bpf(BPF_PROG_ATTACH, {\"%s\", BPF_CGROUP_DEVICE})"
                        .formatted(
                            CgroupDirectory.with(Controller.DEVICES, directories)
                                .orElseThrow()
                                .path()),
                    "limits.devices: a program that allows "
                        + rules.stream()
                            .map(DeviceRule::toString)
                            .collect(Collectors.joining(", ")))));
    return steps;
  }

  private static LaunchPlan.Step step(String call, String why) {
    return new LaunchPlan.Step(LaunchPlan.Actor.JVM, call, why);
  }
}
