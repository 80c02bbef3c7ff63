package io.jcontainer.linux.probe;

import io.jcontainer.HostReport.Finding;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.Controller;
import io.jcontainer.linux.cgroup.Hierarchies;
import io.jcontainer.linux.cgroup.Hierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Whether groups could be made below the JVM's own in cgroups(7). Nothing is made: they are the
 * machine's.
 */
public final class CgroupProbe {
  private static final String NAME = "cgroups";
  private static final List<Controller> WANTED =
      List.of(Controller.CPU, Controller.MEMORY, Controller.PIDS);

  private CgroupProbe() {}

  /** What this JVM has. */
  public static Finding find() {
    try {
      return of(Hierarchies.look(), Files::isWritable);
    } catch (IOException e) {
      return Finding.fails(NAME, "limits of cgroups", e.toString(), Optional.empty());
    }
  }

  static Finding of(Hierarchies hierarchies, Predicate<Path> writable) {
    Set<Hierarchy> mine = new LinkedHashSet<>();
    WANTED.forEach(controller -> hierarchies.of(controller).ifPresent(mine::add));
    if (mine.isEmpty()) {
      return Finding.fails(
          NAME,
          "limits by cgroups",
          hierarchies.whyNot(Controller.MEMORY),
          Optional.of("In a container, mount /sys/fs/cgroup (Docker: --cgroupns private)"));
    }
    boolean second = mine.stream().anyMatch(hierarchy -> hierarchy.version() == Version.V2);
    Set<String> names = new TreeSet<>();
    mine.forEach(
        hierarchy ->
            hierarchy.controllers().forEach(each -> names.add(each.name(hierarchy.version()))));
    String title =
        "limits by cgroups %s (%s)".formatted(second ? "v2" : "v1", String.join(", ", names));
    for (Hierarchy hierarchy : mine) {
      Path own = hierarchy.ownDirectory();
      if (!writable.test(own)) {
        return Finding.fails(NAME, title, own + " cannot be written to", Optional.of(cure(second)));
      }
    }
    return Finding.works(NAME, title);
  }

  private static String cure(boolean second) {
    return second
        ? "Start the JVM where systemd delegates it a cgroup: systemd-run --user --scope"
            + " -p Delegate=yes java ..., or Delegate=yes in its unit"
        : "With v1 only root can delegate: chown the JVM's cgroups to its user";
  }
}
