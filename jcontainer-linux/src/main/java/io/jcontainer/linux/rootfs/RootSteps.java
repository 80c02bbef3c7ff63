package io.jcontainer.linux.rootfs;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Steps;
import java.util.List;

/** One kind of root file system: how its layers are opened, and how they become a root. */
public interface RootSteps {

  /** Opens what comes from the host, while the host's paths can still be seen. */
  void open(Steps steps);

  /**
   * Puts the root together on the scratch file system, which is the working directory, and makes it
   * the working directory.
   */
  void assemble(Steps steps);

  /** What is done when everything else is mounted. */
  void seal(Steps steps);

  /** The directories in the root that something is mounted on, whatever the layers have there. */
  static List<String> mountPoints(LayeredRootfs rootfs) {
    return hasOwnTmp(rootfs) ? List.of("proc", "sys", "dev") : List.of("proc", "sys", "dev", "tmp");
  }

  /** Whether {@code /tmp} is a part of the root that can be written to. */
  static boolean hasOwnTmp(LayeredRootfs rootfs) {
    return !rootfs.isReadOnly();
  }
}
