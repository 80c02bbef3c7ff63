package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V1;
import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V2;

import com.google.common.base.Splitter;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where each controller is: one by one, never by a mode of the whole machine. Hierarchies of v1 may
 * be mounted beside one of v2 that has the other controllers, or none.
 */
public final class Hierarchies {
  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();
  private static final Splitter COMMAS = Splitter.on(',').omitEmptyStrings();
  private static final Splitter COLONS = Splitter.on(':').limit(3);

  /** What every cgroup of v2 does without a controller. */
  static final Set<Controller> ALWAYS_IN_V2 =
      Set.of(Controller.CPUACCT, Controller.FREEZER, Controller.DEVICES);

  private final List<Hierarchy> all;
  private final Map<Controller, String> hidden;

  private Hierarchies(List<Hierarchy> all, Map<Controller, String> hidden) {
    this.all = List.copyOf(all);
    this.hidden = Map.copyOf(hidden);
  }

  /** The words in a cgroup's {@code cgroup.controllers}. */
  public interface Available {
    /** Reads that file. */
    List<String> in(Path cgroup) throws IOException;
  }

  /** Those of this JVM, now: it may be moved to other cgroups later. */
  public static Hierarchies look() throws IOException {
    return of(
        Files.readAllLines(Path.of("/proc/self/mountinfo")),
        Files.readAllLines(Path.of("/proc/self/cgroup")),
        cgroup ->
            WORDS.splitToList(Files.readString(cgroup.resolve("cgroup.controllers")).strip()));
  }

  /**
   * The same from texts.
   *
   * @param mountinfo the lines of proc_pid_mountinfo(5)
   * @param cgroup the lines of /proc/self/cgroup: ID:CONTROLLERS:PATH for v1, 0::PATH for v2
   */
  public static Hierarchies of(List<String> mountinfo, List<String> cgroup, Available available)
      throws IOException {
    List<CgroupMount> mounts = CgroupMount.all(mountinfo);
    List<Hierarchy> found = new ArrayList<>();
    Map<Controller, String> hidden = new EnumMap<>(Controller.class);
    for (String line : cgroup) {
      List<String> parts = COLONS.splitToList(line);
      if (parts.size() == 3) {
        List<String> names = COMMAS.splitToList(parts.get(1));
        Set<Controller> controllers = names.isEmpty() ? ALWAYS_IN_V2 : Controller.of(V1, names);
        if (!controllers.isEmpty()) { // else nothing here is ours, as in systemd's own
          hierarchy(names, controllers, parts.get(2), mounts, available, hidden)
              .ifPresent(found::add);
        }
      }
    }
    return new Hierarchies(found, hidden);
  }

  private static Optional<Hierarchy> hierarchy(
      List<String> names,
      Set<Controller> controllers,
      String own,
      List<CgroupMount> mounts,
      Available available,
      Map<Controller, String> hidden)
      throws IOException {
    Version version = names.isEmpty() ? V2 : V1;
    for (CgroupMount mount : mounts) {
      if (mount.version() != version || !mount.options().containsAll(names)) {
        continue;
      }
      Optional<String> below = Hierarchy.below(mount.root(), own);
      if (below.isEmpty()) {
        String why =
            "%s shows the cgroup %s and what is below it, and this JVM is in %s; mount it again in the JVM's cgroup namespace"
                .formatted(mount.mountPoint(), mount.root(), own);
        // One of v2 may have any of them.
        (version == V2 ? EnumSet.allOf(Controller.class) : controllers)
            .forEach(controller -> hidden.putIfAbsent(controller, why));
        continue;
      }
      Set<Controller> here = EnumSet.copyOf(controllers);
      if (version == V2) {
        here.addAll(Controller.of(V2, available.in(mount.mountPoint().resolve(below.get()))));
      }
      return Optional.of(
          new Hierarchy(version, here, mount.mountPoint(), mount.root(), own, mount.readOnly()));
    }
    return Optional.empty();
  }

  /**
   * Where a controller is. What v2 does without one is left to v1 where that has it, but for the
   * freezer: what is frozen in v2 can be killed, and its ends are told.
   *
   * @return empty if it is nowhere, see {@link #whyNot}
   */
  public Optional<Hierarchy> of(Controller controller) {
    Version better = controller == Controller.FREEZER ? V2 : V1;
    return all.stream()
        .filter(hierarchy -> hierarchy.controllers().contains(controller))
        .min((a, b) -> Boolean.compare(a.version() != better, b.version() != better));
  }

  /** All that have something that is used here. */
  public List<Hierarchy> all() {
    return all;
  }

  /** The one of v2, if this JVM has it. */
  public Optional<Hierarchy> v2() {
    return all.stream().filter(hierarchy -> hierarchy.version() == V2).findAny();
  }

  /** Why {@link #of} has found none: where it is not, and what can be done. */
  public String whyNot(Controller controller) {
    String why = hidden.get(controller);
    if (why != null) {
      return why;
    }
    return v2().map(
            hierarchy ->
                "the controller %s is not in %s/cgroup.controllers, and no hierarchy of v1 with it is mounted"
                    .formatted(controller.name(V2), hierarchy.ownDirectory()))
        .orElseGet(
            () ->
                "no hierarchy of cgroups with the controller %s is mounted for this JVM"
                    .formatted(controller.name(V1)));
  }
}
