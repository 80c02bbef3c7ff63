package io.jcontainer.linux.cgroup;

import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A hierarchy of cgroups(7) that is mounted for this JVM and shows the JVM's own cgroup.
 *
 * @param controllers what a cgroup below the JVM's own could have; of v2 that is what the own one
 *     has got, and what needs no controller there
 * @param mountPoint where it is mounted, absolute
 * @param root which of its cgroups the mount shows at its mount point
 * @param own the JVM's own cgroup, named as /proc/self/cgroup does
 * @param readOnly whether it is mounted read-only
 */
public record Hierarchy(
    Version version,
    Set<Controller> controllers,
    Path mountPoint,
    String root,
    String own,
    boolean readOnly) {

  /** Keeps a copy. */
  public Hierarchy {
    controllers = Set.copyOf(controllers);
  }

  /** The directory of the JVM's own cgroup. */
  public Path ownDirectory() {
    return directory(own)
        .orElseThrow(() -> new IllegalStateException(mountPoint + " does not show " + own));
  }

  /**
   * The directory of a cgroup.
   *
   * @param cgroup its path, as /proc/self/cgroup would have it
   * @return empty if it is not below what is mounted
   */
  public Optional<Path> directory(String cgroup) {
    return below(root, cgroup).map(mountPoint::resolve);
  }

  /**
   * The path of a cgroup from another on, which it is in or is. Both begin at the root of this
   * process's cgroup namespace; what is outside of that begins with {@code /..}, and then the names
   * on the way are not told: cgroup_namespaces(7).
   */
  static Optional<String> below(String root, String cgroup) {
    String prefix = root.equals("/") ? "/" : root + "/";
    if (cgroup.equals(root)) {
      return Optional.of("");
    }
    if (!cgroup.startsWith(prefix)) {
      return Optional.empty();
    }
    String rest = cgroup.substring(prefix.length());
    return List.of(rest.split("/", -1)).contains("..") ? Optional.empty() : Optional.of(rest);
  }
}
