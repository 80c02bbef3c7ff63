package io.jcontainer.linux.rootfs;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.Optional;

/** The overlay of a container, mounted for nobody, to see whether it can be had. */
public final class OverlayTrial {
  private OverlayTrial() {}

  /** Why there is none, if that can be said without trying. */
  public static Optional<String> cannotBe(LayeredRootfs rootfs) {
    return Layers.tooMany(rootfs);
  }

  /** The steps of a process that has a mount namespace of its own. */
  public static void add(LaunchRequest request, LayeredRootfs rootfs, Steps steps) {
    Layers layers = new Layers(request, rootfs);
    Scratch.detach(request, steps);
    layers.open(steps);
    Scratch.mount(request, rootfs, request.host().scratch(), steps);
    layers.assemble(steps);
    if (rootfs.writeLayer().isPresent()) {
      // Before 6.6 the write layer of an ordinary user, in memory, cannot be marked so: EIO.
      steps.add(Calls.rmdir("proc"), "leaves a whiteout");
      steps.add(Calls.mkdir("proc", 0755), "is marked as opaque, by an extended attribute");
    }
  }
}
