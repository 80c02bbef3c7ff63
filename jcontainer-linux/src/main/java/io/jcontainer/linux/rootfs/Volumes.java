package io.jcontainer.linux.rootfs;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.linux.plan.Steps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The directories that a spec wants in its root besides what the layers have: volumes, and the
 * working directory. They are mostly an image's wish, so nothing is made where the spec mounts
 * something: that may be a directory of the host.
 */
public final class Volumes {
  private Volumes() {}

  /** Whether anything is to be made. */
  public static boolean needed(ContainerSpec spec) {
    return !wanted(spec).isEmpty() || madeCwd(spec).isPresent();
  }

  /** In a root that cannot be written. */
  static List<Mount> inMemory(ContainerSpec spec) {
    List<Mount> mounts = new ArrayList<>();
    if (isReadOnly(spec)) {
      wanted(spec).forEach(path -> mounts.add(Mount.tmpfs(path).exec()));
    }
    return mounts;
  }

  /** Makes what is missing in the root. */
  static void make(ContainerSpec spec, Target target, Steps steps) {
    if (!isReadOnly(spec)) {
      wanted(spec).forEach(path -> target.makeDirectory(path, steps));
    }
    madeCwd(spec).ifPresent(path -> target.makeDirectory(path, steps));
  }

  private static boolean isReadOnly(ContainerSpec spec) {
    return spec.rootfs().filter(LayeredRootfs::isReadOnly).isPresent();
  }

  private static List<String> wanted(ContainerSpec spec) {
    return spec.volumes().stream().filter(path -> !isMounted(path, spec)).toList();
  }

  private static boolean isMounted(String path, ContainerSpec spec) {
    return spec.mounts().stream().anyMatch(mount -> isOrIsBelow(path, mount.target()));
  }

  /** Not in what the kernel fills, where nothing can be made. */
  private static Optional<String> madeCwd(ContainerSpec spec) {
    if (!spec.makesCwd()) {
      return Optional.empty();
    }
    StringBuilder path = new StringBuilder();
    for (String name : spec.cwd().split("/", -1)) {
      if (name.equals("..")) {
        return Optional.empty(); // where that leads to depends on links
      }
      if (!name.isEmpty() && !name.equals(".")) {
        path.append('/').append(name);
      }
    }
    String made = path.toString();
    boolean kernels =
        List.of("/proc", "/sys", "/dev").stream().anyMatch(each -> isOrIsBelow(made, each));
    return made.isEmpty() || kernels || isMounted(made, spec)
        ? Optional.empty()
        : Optional.of(made);
  }

  private static boolean isOrIsBelow(String path, String directory) {
    return path.equals(directory) || path.startsWith(directory + "/");
  }
}
