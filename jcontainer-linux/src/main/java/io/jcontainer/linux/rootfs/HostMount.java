package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_SLAVE;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_IDMAP;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOEXEC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.AT_RECURSIVE;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.Mount;
import io.jcontainer.Propagation;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.ArrayList;
import java.util.List;

/** Something of the host as a mount of the container's own, attached nowhere yet: open_tree(2). */
final class HostMount {
  private static final long S_IFCHR = 0x2000;
  private static final long S_IFBLK = 0x6000;

  private HostMount() {}

  /** A directory or file, with what is mounted below it. */
  static void open(Mount.Bind bind, Slot slot, LaunchRequest request, Steps steps) {
    steps.add(
        Calls.openTree(bind.source().toString(), OPEN_TREE_CLONE, O_CLOEXEC, AT_RECURSIVE)
            .into(slot),
        "a mount of its own, from the host's " + bind.source());
    List<Flag> attributes = new ArrayList<>(List.of(MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV));
    if (bind.readOnly()) {
      attributes.add(0, MOUNT_ATTR_RDONLY);
    }
    if (!bind.allowsExec()) {
      attributes.add(MOUNT_ATTR_NOEXEC);
    }
    boolean idmapped = bind.mapsIds() && request.entersUser(Order.LAST);
    if (idmapped) {
      attributes.add(MOUNT_ATTR_IDMAP);
    }
    Flag propagation = bind.propagation() == Propagation.SLAVE ? MS_SLAVE : MS_PRIVATE;
    steps.add(
        Calls.mountSetattr(
            slot,
            Arg.of(idmapped ? UserPlacement.DESCRIPTOR : 0),
            List.of(AT_EMPTY_PATH, AT_RECURSIVE),
            attributes,
            Arg.flags(propagation)),
        "before anyone can see it; flags are only added: what the host has locked stays");
  }

  /** A device: the only kind of mount, but for those of /dev, on which one works. */
  static void open(Mount.Device device, Slot slot, LaunchRequest request, Steps steps) {
    String path = device.source().toString();
    Memory stat = Memory.zeros("stat", Masks.STATX);
    steps.add(
        Calls.openTree(path, OPEN_TREE_CLONE, O_CLOEXEC).into(slot),
        "a mount of its own, from the host's " + path);
    steps.add(Calls.statxAll(slot, stat), "is it still a device?");
    boolean block = request.sources().get(device.source()) == SourceKind.BLOCK_DEVICE;
    steps.add(Masks.isOfType(path, stat, block ? "S_IFBLK" : "S_IFCHR", block ? S_IFBLK : S_IFCHR));
    steps.add(
        Calls.mountSetattr(
            slot,
            Arg.of(0),
            List.of(AT_EMPTY_PATH),
            List.of(MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOEXEC),
            Arg.flags(MS_PRIVATE)),
        "the device can be written, but not its mode or owner");
  }
}
