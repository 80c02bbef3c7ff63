package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MNT_DETACH;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.namespace.Network;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.List;

/**
 * The steps that give the container its root file system, from the first mount to pivot_root(2).
 *
 * <p>In three parts, since the first two can be taken in advance: {@link PreparedRoot}.
 */
public final class Rootfs {
  private final LaunchRequest request;
  private final LayeredRootfs rootfs;
  private final RootSteps root;
  private final Mounts mounts;

  Rootfs(LaunchRequest request, LayeredRootfs rootfs) {
    this.request = request;
    this.rootfs = rootfs;
    this.root = RootSteps.of(request, rootfs);
    this.mounts = new Mounts(request);
  }

  /** Does nothing if the mount namespace is not an own one. */
  public static void enter(LaunchRequest request, Steps steps) {
    request.spec().rootfs().ifPresent(rootfs -> new Rootfs(request, rootfs).enter(steps));
  }

  private void enter(Steps steps) {
    List<Tree> shared = KernelFilesystems.shared(request);
    if (request.prepared().containsKey(Kind.MOUNT)) {
      PreparedRoot.resume(root, steps);
      Scratch.actInRoot(request, steps);
    } else {
      open(steps);
      shared.forEach(tree -> tree.open(steps));
      build(request.host().scratch(), steps);
    }
    finish(shared, steps);
  }

  RootSteps root() {
    return root;
  }

  Mounts mounts() {
    return mounts;
  }

  /** Opens what comes from the host, while the host's paths can still be seen. */
  void open(Steps steps) {
    Scratch.detach(request, steps);
    root.open(steps);
    mounts.open(steps);
  }

  /**
   * Puts the root together, as far as it is the same for all containers that begin with it, and
   * makes it the working directory.
   *
   * @param place the directory for the scratch file system
   */
  void build(String place, Steps steps) {
    Scratch.mount(request, rootfs, place, steps);
    root.assemble(steps);
    Dev.mount(request, steps);
    if (!RootSteps.hasOwnTmp(rootfs)) {
      privateTmp(steps);
    }
  }

  /** What needs the container's own namespaces, or has its name; and makes it the root. */
  private void finish(List<Tree> shared, Steps steps) {
    Scratch.hold(request, steps);
    root.name(steps);
    KernelFilesystems.mountProc(request, steps);
    Dev.finish(request, steps);
    KernelFilesystems.mask(request, "proc/", steps);
    // As late as can be: the network namespace is made meanwhile.
    Network.enter(request, steps);
    KernelFilesystems.mountSys(request, steps);
    shared.forEach(tree -> tree.attach(tree.name(), steps));
    CgroupMounts.mount(request, steps);
    KernelFilesystems.mask(request, "sys/", steps);
    mounts.attach(steps);
    root.seal(steps);
    Scratch.actAsSelf(request, steps);
    pivot(steps);
  }

  private void privateTmp(Steps steps) {
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

  static void pivot(Steps steps) {
    steps.add(Calls.pivotRoot(), "the old root now lies on top of the new one");
    steps.add(Calls.umount(".", MNT_DETACH), "and is gone: no path leads to the host any more");
    steps.add(Calls.chdir("/"), "pivot_root(2) leaves the working directory where it was");
  }
}
