package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.List;

/** An overlay that a process on the host serves: it comes as a mount that is attached nowhere. */
final class ServedRoot implements RootSteps {
  private static final String ROOT = "root";
  private static final Slot SERVED = new Slot("served");

  private final LaunchRequest request;
  private final LayeredRootfs rootfs;

  ServedRoot(LaunchRequest request, LayeredRootfs rootfs) {
    this.request = request;
    this.rootfs = rootfs;
  }

  @Override
  public void open(Steps steps) {
    // It is open already.
  }

  @Override
  public void assemble(Steps steps) {
    Scratch.actAsOwner(request, steps);
    steps.add(Calls.mkdir(ROOT, 0755), "to attach the root to");
    Scratch.actAsSelf(request, steps);
    attach(request, ROOT, steps);
    steps.add(Calls.chdir(ROOT), "what is mounted from here on is mounted in the root");
    Scratch.actInRoot(request, steps);
  }

  static void attach(LaunchRequest request, String target, Steps steps) {
    int descriptor = request.rootDescriptor();
    steps.add(
        Calls.duplicate(Arg.of(descriptor), descriptor).into(SERVED), "the mount from the server");
    steps.add(Calls.moveMount(SERVED, target), "attach the overlay that is served");
    steps.add(Calls.close(SERVED), "attached: no longer needed");
  }

  @Override
  public List<Tree> trees() {
    return List.of(); // the server has the layers
  }

  @Override
  public String place() {
    return ROOT;
  }

  @Override
  public void seal(Steps steps) {
    if (rootfs.isReadOnly()) {
      steps.add(Calls.mountSetattr(".", MOUNT_ATTR_RDONLY), "all mount points are made");
    }
  }
}
