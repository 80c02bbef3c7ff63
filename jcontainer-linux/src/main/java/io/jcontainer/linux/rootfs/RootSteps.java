package io.jcontainer.linux.rootfs;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Steps;

/** One kind of root file system: how its layers are opened, and how they become a root. */
interface RootSteps {

  /** Opens what comes from the host, while the host's paths can still be seen. */
  void open(Steps steps);

  /**
   * Puts the root together on the scratch file system, which is the working directory, and makes it
   * the working directory.
   */
  void assemble(Steps steps);

  /** What is done when everything else is mounted. */
  void seal(Steps steps);

  /** Whether {@code /tmp} is a part of the root that can be written to. */
  static boolean hasOwnTmp(LayeredRootfs rootfs) {
    return !rootfs.isReadOnly();
  }
}
