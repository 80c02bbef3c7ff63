package io.jcontainer.linux.cgroup;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The directory of one cgroup in one hierarchy.
 *
 * @param version of the hierarchy
 * @param controllers what it can do here; for v2 also what it can without any controller
 * @param path absolute, in the mount namespace of this JVM
 */
public record CgroupDirectory(Version version, Set<Controller> controllers, Path path) {

  /** Of a hierarchy. */
  public enum Version {
    V1,
    V2
  }

  /** Keeps a copy. */
  public CgroupDirectory {
    controllers = Set.copyOf(controllers);
  }

  /** The one with this controller; empty if none of these has it. */
  static Optional<CgroupDirectory> with(Controller controller, List<CgroupDirectory> directories) {
    return directories.stream()
        .filter(directory -> directory.controllers().contains(controller))
        .findFirst();
  }
}
