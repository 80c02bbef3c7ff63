package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MNT_DETACH;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_RDWR;

import io.jcontainer.Capability;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a process does that becomes fuse-overlayfs(1), the server of one container's root: it has a
 * mount namespace of its own, with the write layer in it, which vanishes with it. Nothing of the
 * container's can reach it: it is on the host, in no pid namespace of the container's.
 */
public final class OverlayServer {
  /** The mount, as the JVM is to get it. */
  public static final Slot TREE = new Slot("tree");

  /** What it serves: libfuse takes this for a mount that is made already. */
  private static final int FUSE = 63;

  private static final Slot DEVICE = new Slot("fuse");
  private static final String ROOT = "root";
  private static final String MOUNT_POINTS = "mountpoints";
  private static final String UPPER = "upper";

  /** What it takes to act on files of all ids, and on overlay's trusted.* attributes. */
  private static final Set<Capability> NEEDED =
      EnumSet.of(
          Capability.CHOWN,
          Capability.DAC_OVERRIDE,
          Capability.DAC_READ_SEARCH,
          Capability.FOWNER,
          Capability.FSETID,
          Capability.MKNOD,
          Capability.SETFCAP,
          Capability.SYS_ADMIN);

  private OverlayServer() {}

  /** Makes the file system, attached nowhere. */
  public static void mount(LaunchRequest request, LayeredRootfs rootfs, Steps steps) {
    List<Tree> trees = trees(rootfs);
    Scratch.detach(request, steps);
    trees.forEach(tree -> tree.open(steps));
    Scratch.mount(request, rootfs, request.host().scratch(), steps);
    steps.add(Calls.mkdir(ROOT, 0755), "to mount it on, for a moment");
    steps.add(Calls.mkdir(MOUNT_POINTS, 0755), "our own layer, above the given ones");
    for (String name : RootSteps.mountPoints(rootfs)) {
      steps.add(Calls.mkdir(MOUNT_POINTS + "/" + name, 0755), "hides what a layer has there");
    }
    boolean writable = Layers.hasUpper(request, rootfs);
    if (writable) {
      steps.add(Calls.mkdir(UPPER, 0755), "the write layer");
      steps.add(Calls.mkdir("work", 0755), "the server's own");
    }
    Scratch.setRoot( // in the container's ids, as all that the server reads
        request,
        writable ? UPPER : MOUNT_POINTS,
        request.root().uid(),
        request.root().gid(),
        steps);
    for (Tree tree : trees) {
      steps.add(Calls.mkdir(tree.name(), 0755), "to attach the layer to");
      tree.attach(tree.name(), steps);
    }
    steps.add(
        Calls.open("/dev/fuse", O_RDWR, O_CLOEXEC).into(DEVICE), "by which requests will come");
    steps.add(Calls.dup3(DEVICE, FUSE, O_CLOEXEC), "the number that options name");
    steps.add(
        Calls.mount(
            "fuse",
            ROOT,
            "fd=" + FUSE + ",rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other",
            MS_NODEV),
        "the kernel checks permissions, by the owners that the server tells");
    steps.add(Calls.openTree(ROOT, OPEN_TREE_CLONE, O_CLOEXEC).into(TREE), "for the container");
    steps.add(Calls.umount(ROOT, MNT_DETACH), "so that it ends with the container's mount");
  }

  private static List<Tree> trees(LayeredRootfs rootfs) {
    List<Tree> trees = new ArrayList<>();
    for (Path layer : rootfs.layers()) {
      // The server itself gives the files the container's ids.
      trees.add(Tree.layer(trees.size(), layer.toString(), false));
    }
    return trees;
  }

  /** Becomes the server. The socket to the JVM, which told what has failed, is closed by that. */
  public static void serve(LaunchRequest request, LayeredRootfs rootfs, Path program, Steps steps) {
    for (Capability capability : Capability.values()) {
      if (!NEEDED.contains(capability) && capability.number() <= request.host().lastCapability()) {
        steps.add(
            Calls.capbsetDrop(capability.toString(), capability.number()),
            "it acts on what the container asks of it");
      }
    }
    steps.add(Calls.noNewPrivs(), "nothing gives it more");
    steps.add(Calls.setsid(), "out of the launcher's process group, which is waited for");
    steps.add(Calls.closeOnExecFrom(3), "nothing else is inherited");
    steps.add(Calls.dup3(DEVICE, FUSE), "but this");
    steps.add(
        Calls.execve(
            program.toString(),
            new Arg.TextList(
                List.of(
                    program.getFileName().toString(),
                    "-f",
                    "-o",
                    options(request, rootfs),
                    "/dev/fd/" + FUSE)),
            new Arg.Environment(List.of())),
        "the server");
  }

  private static String options(LaunchRequest request, LayeredRootfs rootfs) {
    List<String> lower = new ArrayList<>(List.of(MOUNT_POINTS));
    List<Tree> trees = trees(rootfs);
    for (int i = trees.size() - 1; i >= 0; i--) {
      lower.add(trees.get(i).name());
    }
    String options = "lowerdir=" + String.join(":", lower);
    if (Layers.hasUpper(request, rootfs)) {
      options += ",upperdir=" + UPPER + ",workdir=work";
    }
    if (request.entersUser(Order.LAST)) {
      options += ",uidmapping=" + mapping(request.user().ids().uids());
      options += ",gidmapping=" + mapping(request.user().ids().gids());
    }
    return options;
  }

  private static String mapping(List<Range> ranges) {
    return ranges.stream()
        .map(range -> range.containerId() + ":" + range.hostId() + ":" + range.size())
        .collect(Collectors.joining(":"));
  }

  /** A process that attaches the root and writes to it, to see whether it can be had. */
  public static void tryOut(LaunchRequest request, LayeredRootfs rootfs, Steps steps) {
    Scratch.detach(request, steps);
    Scratch.mount(request, rootfs, request.host().scratch(), steps);
    ServedRoot root = new ServedRoot(request, rootfs);
    root.assemble(steps);
    if (!rootfs.isReadOnly()) {
      steps.add(Calls.rmdir("proc"), "leaves a whiteout");
      steps.add(Calls.mkdir("proc", 0755), "made anew");
    } else {
      steps.add(Calls.open("proc", O_CLOEXEC), "it answers");
    }
  }
}
