package io.jcontainer.linux.probe;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWIPC;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNET;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWPID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.AT_RECURSIVE;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import java.util.ArrayList;
import java.util.List;

/** What is mounted in every container is mounted, over a directory of the host but not for it. */
public final class MountTrials {
  private static final Slot TREE = new Slot("tree");
  private static final String OLD = "A newer kernel is needed";

  private MountTrials() {}

  /** All of them; {@code scratch} is an existing directory. */
  public static List<Trial> all(String scratch) {
    return List.of(
        mounted("proc-mount", "a new procfs", "proc", scratch, CLONE_NEWPID),
        mounted("sysfs-mount", "a new sysfs", "sysfs", scratch, CLONE_NEWNET),
        mounted("devpts-mount", "own pseudo-terminals", "devpts", scratch),
        mounted("mqueue-mount", "own message queues", "mqueue", scratch, CLONE_NEWIPC),
        new Trial(
            "mount-setattr",
            "mounts that are read-only as a whole: mount_setattr(2)",
            true,
            List.of(CLONE_NEWNS),
            new Steps()
                .add(
                    Calls.openTree("/usr", OPEN_TREE_CLONE, O_CLOEXEC, AT_RECURSIVE).into(TREE),
                    "a copy of a mount")
                .add(
                    Calls.mountSetattr(
                        TREE,
                        Arg.of(0),
                        List.of(AT_EMPTY_PATH, AT_RECURSIVE),
                        MOUNT_ATTR_RDONLY,
                        MOUNT_ATTR_NOSUID,
                        MOUNT_ATTR_NODEV),
                    "changes it and what is below"),
            OLD + ": Linux 5.12"));
  }

  private static Trial mounted(
      String name, String title, String type, String scratch, Flag... namespaces) {
    List<Flag> own = new ArrayList<>(List.of(namespaces));
    own.add(CLONE_NEWNS);
    Flag[] flags =
        type.equals("sysfs")
            ? new Flag[] {MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC}
            : type.equals("devpts")
                ? new Flag[] {MS_NOSUID, MS_NOEXEC}
                : new Flag[] {MS_NOSUID, MS_NODEV, MS_NOEXEC};
    String data = type.equals("devpts") ? "ptmxmode=0666,mode=0620" : null;
    Steps steps =
        new Steps()
            .add(Calls.remount("/", MS_REC, MS_PRIVATE), "not for the host")
            .add(Calls.mount(type, scratch, data, flags), "as in a container");
    return new Trial(name, title, true, own, steps, "A kernel that has " + type + " is needed");
  }
}
