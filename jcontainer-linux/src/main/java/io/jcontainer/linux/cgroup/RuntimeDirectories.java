package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.CgroupDirectory.Version.V1;

import io.jcontainer.ContainerException;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The runtime's directories in all hierarchies that its containers need. */
final class RuntimeDirectories {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeDirectories.class);

  /**
   * What each container is counted by, whatever its limits are. A JVM in a container believes in
   * those of v1 only if it finds memory, cpu, cpuacct and cpuset together.
   */
  private static final Set<Controller> WISHED =
      Set.of(
          Controller.MEMORY,
          Controller.CPU,
          Controller.CPUACCT,
          Controller.CPUSET,
          Controller.PIDS,
          Controller.IO);

  private final Kernel kernel;
  private final RuntimeOptions options;
  private final Ledger ledger;
  private final String name;
  private final Looker looker;
  private final Map<Hierarchy, RuntimeDirectory> directories = new LinkedHashMap<>();

  /** What was made before, by what was needed. */
  private final Map<Set<Controller>, Ready> known = new HashMap<>();

  private @Nullable Hierarchies hierarchies;

  /** Says where the hierarchies are: {@link Hierarchies#look}. */
  interface Looker {
    Hierarchies look() throws IOException;
  }

  /**
   * The directories below which a container has its own.
   *
   * @param parents one in each hierarchy, that of v2 first: it is told when a cgroup of v2 is empty
   * @param refused what is needed and cannot be had, and why
   */
  record Ready(List<CgroupDirectory> parents, Map<Controller, RefusedException> refused) {}

  /**
   * Makes nothing yet.
   *
   * @param name of each directory
   */
  RuntimeDirectories(
      Kernel kernel, RuntimeOptions options, Ledger ledger, String name, Looker looker) {
    this.kernel = kernel;
    this.options = options;
    this.ledger = ledger;
    this.name = name;
    this.looker = looker;
  }

  private Hierarchies hierarchies() {
    if (hierarchies == null) {
      try {
        hierarchies = looker.look();
      } catch (IOException e) {
        throw new ContainerException("where cgroups are mounted cannot be read: " + e, e);
      }
    }
    return hierarchies;
  }

  /** Those that a container without any limit has; empty until one has needed some. */
  synchronized Optional<Ready> usual() {
    return known.isEmpty() ? Optional.empty() : Optional.of(prepare(Set.of(Controller.FREEZER)));
  }

  /** Makes those that are missing. */
  synchronized Ready prepare(Set<Controller> needed) {
    Ready before = known.get(needed);
    if (before != null) {
      return before;
    }
    Map<Controller, RefusedException> refused = new EnumMap<>(Controller.class);
    Map<Hierarchy, Set<Controller>> places = new LinkedHashMap<>();
    for (Controller controller : WISHED) {
      hierarchies().of(controller).ifPresent(place -> in(places, place));
    }
    for (Controller controller : needed) {
      // What the JVM's own cgroup of v2 has not got, another parent may have.
      Optional<Hierarchy> place = hierarchies().of(controller).or(hierarchies()::v2);
      if (place.isPresent()) {
        in(places, place.get()).add(controller);
      } else {
        refused.put(
            controller,
            new RefusedException(
                hierarchies().whyNot(controller), Optional.of(Cures.NOT_MOUNTED), null));
      }
    }
    List<CgroupDirectory> parents = new ArrayList<>();
    places.forEach((place, here) -> prepare(place, here, refused).ifPresent(parents::add));
    parents.sort(Comparator.comparing(CgroupDirectory::version).reversed());
    Ready ready = new Ready(List.copyOf(parents), refused);
    if (refused.isEmpty()) {
      known.put(Set.copyOf(needed), ready);
    }
    return ready;
  }

  private static Set<Controller> in(Map<Hierarchy, Set<Controller>> places, Hierarchy place) {
    return places.computeIfAbsent(place, any -> EnumSet.noneOf(Controller.class));
  }

  /** What can be had of what is needed in a hierarchy; nothing if that is none. */
  private Optional<CgroupDirectory> prepare(
      Hierarchy place, Set<Controller> needed, Map<Controller, RefusedException> refused) {
    Set<Controller> wished = EnumSet.copyOf(WISHED);
    wished.removeIf(each -> !hierarchies().of(each).equals(Optional.of(place)));
    try {
      RuntimeDirectory directory = directory(place);
      try {
        return Optional.of(prepared(directory, needed, wished));
      } catch (RefusedException e) {
        if (needed.size() < 2) {
          throw e;
        }
      }
      Set<Controller> possible = EnumSet.copyOf(needed);
      for (Controller controller : needed) { // which of them is it?
        try {
          prepared(directory, Set.of(controller), Set.of());
        } catch (RefusedException e) {
          refused.put(controller, e);
          possible.remove(controller);
        }
      }
      needed.retainAll(possible);
      return needed.isEmpty() ? Optional.empty() : Optional.of(prepared(directory, needed, wished));
    } catch (RefusedException e) {
      LOG.debug("containers have no cgroup in {}", place.mountPoint(), e);
      needed.forEach(controller -> refused.putIfAbsent(controller, e));
      return Optional.empty();
    }
  }

  private static CgroupDirectory prepared(
      RuntimeDirectory directory, Set<Controller> needed, Set<Controller> wished)
      throws RefusedException {
    Set<Controller> controllers = directory.prepare(needed, wished);
    return new CgroupDirectory(directory.hierarchy.version(), controllers, directory.path());
  }

  private RuntimeDirectory directory(Hierarchy place) throws RefusedException {
    RuntimeDirectory directory = directories.get(place);
    if (directory == null) {
      directory = newDirectory(place);
      directories.put(place, directory);
    }
    return directory;
  }

  private RuntimeDirectory newDirectory(Hierarchy place) throws RefusedException {
    Path own = place.ownDirectory();
    if (place.version() == V1) {
      return new RuntimeDirectoryV1(kernel, place, ledger, parent(place, own), name);
    }
    Path home = Leaf.home(own);
    return new RuntimeDirectoryV2(
        kernel, place, ledger, parent(place, home), name, home, options.cgroupDelegation());
  }

  private Path parent(Hierarchy place, Path home) throws RefusedException {
    String wanted = options.cgroupParent().orElse("");
    if (!wanted.startsWith("/")) {
      return wanted.isEmpty() ? home : home.resolve(wanted);
    }
    Optional<Path> parent = place.directory(wanted);
    if (parent.isEmpty()) {
      throw new RefusedException(
          "%s shows the cgroup %s and what is below it, and not %s"
              .formatted(place.mountPoint(), place.root(), wanted),
          Optional.of("Name one below it with RuntimeOptions.withCgroupParent"),
          null);
    }
    return parent.get();
  }

  /** Somebody has removed one of them: all are looked for again. */
  synchronized void forget() {
    known.clear();
  }

  /** Removes them; no container has a cgroup any more. */
  synchronized void close() {
    boolean gone = true;
    for (RuntimeDirectory directory : directories.values()) {
      gone &= directory.close();
    }
    directories.clear();
    known.clear();
    ledger.close(gone);
  }
}
