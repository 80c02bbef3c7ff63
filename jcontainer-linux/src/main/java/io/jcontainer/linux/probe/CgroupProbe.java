package io.jcontainer.linux.probe;

import io.jcontainer.HostReport.Finding;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.Controller;
import io.jcontainer.linux.cgroup.Cures;
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

  /**
   * What this JVM has.
   *
   * @param root whether it is that user's
   */
  public static Finding find(boolean root) {
    try {
      return of(Hierarchies.look(), Files::isWritable, root);
    } catch (IOException e) {
      return Finding.fails(NAME, "limits of cgroups", e.toString(), Optional.empty());
    }
  }

  static Finding of(Hierarchies hierarchies, Predicate<Path> writable, boolean root) {
    Set<Hierarchy> mine = new LinkedHashSet<>();
    WANTED.forEach(controller -> hierarchies.of(controller).ifPresent(mine::add));
    if (mine.isEmpty()) {
      return Finding.fails(
          NAME,
          "limits by cgroups",
          hierarchies.whyNot(Controller.MEMORY),
          Optional.of(Cures.NOT_MOUNTED));
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
        return Finding.fails(
            NAME,
            title,
            own + " cannot be written to",
            Optional.of(second ? Cures.notDelegated(root) : Cures.notDelegatedV1(root)));
      }
    }
    return Finding.works(NAME, title);
  }
}
