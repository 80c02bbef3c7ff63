package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOEXEC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_NOFOLLOW;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.List;

/**
 * A copy of the layers, which is the container's own. The directories that we mount on were made
 * with it; but a copy that is kept has had a container in it since, which could have left links.
 */
final class CopiedRoot implements RootSteps {
  private static final String ROOT = "root";
  private static final Slot COPY = new Slot("copy");
  private static final Slot POINT = new Slot("point");

  private final LaunchRequest request;
  private final LayeredRootfs rootfs;
  private final String directory;

  CopiedRoot(LaunchRequest request, LayeredRootfs rootfs, RootForm.Copy form) {
    this.request = request;
    this.rootfs = rootfs;
    this.directory = form.directory().toString();
  }

  /** As an overlay, it has not the flags of the file system that it lies on. */
  @Override
  public void open(Steps steps) {
    steps.add(
        Calls.openTree(directory, OPEN_TREE_CLONE, O_CLOEXEC).into(COPY),
        "the copy of the layers, as a mount of its own");
    boolean locked = request.entersUser(Order.FIRST);
    List<Flag> cleared = locked ? List.of() : List.of(MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC);
    steps.add(
        Calls.mountSetattr(COPY, List.of(AT_EMPTY_PATH), List.of(MOUNT_ATTR_NODEV), cleared),
        locked
            ? "flags are only added: what the host has locked stays"
            : "/run is often noexec and nosuid: that is not meant for a root");
  }

  @Override
  public void assemble(Steps steps) {
    Scratch.actAsOwner(request, steps);
    steps.add(Calls.mkdir(ROOT, 0755), "to attach the copy to");
    Scratch.actAsSelf(request, steps);
    steps.add(Calls.moveMount(COPY, ROOT), "attach the copy");
    steps.add(Calls.close(COPY), "attached: no longer needed");
    steps.add(Calls.chdir(ROOT), "what is mounted from here on is mounted in the root");
    Scratch.actInRoot(request, steps);
    for (String name : RootSteps.mountPoints(rootfs)) {
      steps.add(
          Calls.open(name, O_PATH, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC).into(POINT),
          "a mount would follow a link");
      steps.add(Calls.close(POINT), "no longer needed");
    }
  }

  @Override
  public List<Tree> trees() {
    return List.of(); // the copy is one container's
  }

  @Override
  public String place() {
    return ROOT;
  }

  @Override
  public void seal(Steps steps) {
    if (rootfs.isReadOnly()) {
      steps.add(
          Calls.mountSetattr(".", MOUNT_ATTR_RDONLY),
          "all mount points are made; flags are only added: what the host has locked stays");
    }
  }
}
