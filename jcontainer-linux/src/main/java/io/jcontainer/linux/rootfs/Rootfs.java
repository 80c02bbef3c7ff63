package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MNT_DETACH;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.namespace.Network;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootForm;
import java.util.List;

/**
 * The steps that give the container its root file system, from the first mount to pivot_root(2).
 */
public final class Rootfs {
  private Rootfs() {}

  /** Does nothing if the mount namespace is not an own one. */
  public static void enter(LaunchRequest request, Steps steps) {
    request.spec().rootfs().ifPresent(rootfs -> enter(request, rootfs, steps));
  }

  private static void enter(LaunchRequest request, LayeredRootfs rootfs, Steps steps) {
    RootSteps root = root(request, rootfs);
    List<Tree> shared = KernelFilesystems.shared(request);
    Mounts mounts = new Mounts(request);

    Scratch.detach(request, steps);
    root.open(steps);
    shared.forEach(tree -> tree.open(steps));
    mounts.open(steps);
    Scratch.mount(request, rootfs, steps);
    root.assemble(steps);
    KernelFilesystems.mountProc(request, steps);
    Dev.mount(request, steps);
    KernelFilesystems.mask(request, "proc/", steps);
    if (!RootSteps.hasOwnTmp(rootfs)) {
      privateTmp(request, rootfs, steps);
    }
    // As late as can be: the network namespace is made meanwhile.
    Network.enter(request, steps);
    KernelFilesystems.mountSys(request, steps);
    shared.forEach(tree -> tree.attach(tree.name(), steps));
    KernelFilesystems.mask(request, "sys/", steps);
    mounts.attach(steps);
    root.seal(steps);
    Scratch.actAsSelf(request, steps);
    pivot(steps);
  }

  private static RootSteps root(LaunchRequest request, LayeredRootfs rootfs) {
    if (request.form() instanceof RootForm.Copy copy) {
      return new CopiedRoot(request, rootfs, copy);
    }
    if (request.form() instanceof RootForm.Served) {
      return new ServedRoot(request, rootfs);
    }
    return rootfs.isHost() ? new HostDirectories(request, rootfs) : new Layers(request, rootfs);
  }

  private static void privateTmp(LaunchRequest request, LayeredRootfs rootfs, Steps steps) {
    if (rootfs.isHost()) {
      steps.add(Calls.mkdir("tmp", 0755), "to mount on");
    }
    steps.add(
        Calls.mount(
            "tmpfs",
            "tmp",
            "mode=1777,"
                + Scratch.limits(LayeredRootfs.DEFAULT_WRITE_LAYER)
                + Scratch.owner(request),
            MS_NOSUID,
            MS_NODEV),
        "a private one, since the root is read-only");
  }

  private static void pivot(Steps steps) {
    steps.add(Calls.pivotRoot(), "the old root now lies on top of the new one");
    steps.add(Calls.umount(".", MNT_DETACH), "and is gone: no path leads to the host any more");
    steps.add(Calls.chdir("/"), "pivot_root(2) leaves the working directory where it was");
  }
}
