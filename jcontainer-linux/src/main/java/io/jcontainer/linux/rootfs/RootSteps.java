package io.jcontainer.linux.rootfs;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import java.util.List;

/** One kind of root file system: how its layers are opened, and how they become a root. */
public interface RootSteps {

  /** What comes from the host, and can be kept for several containers. */
  List<Tree> trees();

  /** Opens what comes from the host, while the host's paths can still be seen. */
  default void open(Steps steps) {
    trees().forEach(tree -> tree.open(steps));
  }

  /**
   * Puts the root together on the scratch file system, which is the working directory, and makes it
   * the working directory.
   */
  void assemble(Steps steps);

  /** The path of the root below the scratch file system. */
  String place();

  /**
   * What names the container; the working directory is the root. Nothing, unless the root's {@code
   * /etc} is ours: a layer's is its own affair.
   */
  default void name(Steps steps) {}

  /** What is done when everything else is mounted. */
  void seal(Steps steps);

  /** The directories in the root that something is mounted on, whatever the layers have there. */
  static List<String> mountPoints(LayeredRootfs rootfs) {
    return hasOwnTmp(rootfs) ? List.of("proc", "sys", "dev") : List.of("proc", "sys", "dev", "tmp");
  }

  /** Those of a root file system of either kind. */
  static RootSteps of(LaunchRequest request, LayeredRootfs rootfs) {
    if (request.form() instanceof RootForm.Copy copy) {
      return new CopiedRoot(request, rootfs, copy);
    }
    if (request.form() instanceof RootForm.Served) {
      return new ServedRoot(request, rootfs);
    }
    return rootfs.isHost() ? new HostDirectories(request, rootfs) : new Layers(request, rootfs);
  }

  /** Whether {@code /tmp} is a part of the root that can be written to. */
  static boolean hasOwnTmp(LayeredRootfs rootfs) {
    return !rootfs.isReadOnly();
  }
}
