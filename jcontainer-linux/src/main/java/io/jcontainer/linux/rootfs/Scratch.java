package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_SLAVE;

import io.jcontainer.ByteSize;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.RootForm;
import io.jcontainer.linux.request.UserPlacement.Order;

/**
 * The private tmpfs on which a root file system is put together. It is mounted over a directory of
 * the host, but only in the container's mount namespace, so nobody else can reach into it.
 */
public final class Scratch {
  /** Room for directories and small files; these take no pages, or a few. */
  private static final ByteSize SMALL = ByteSize.ofMebibytes(1);

  /** Open for the JVM to hold. */
  public static final Slot HELD = new Slot("write layer");

  private Scratch() {}

  /**
   * Whether it holds a write layer that the JVM is to reach: once the root is another one, no path
   * leads there any more.
   */
  public static boolean isHeld(LaunchRequest request) {
    return request.form() instanceof RootForm.Overlay
        && request
            .spec()
            .rootfs()
            .filter(root -> root.isInspectable() && !root.isHost() && root.writeLayer().isPresent())
            .isPresent();
  }

  /** Opens it; the working directory is the root that lies on it. */
  static void hold(LaunchRequest request, Steps steps) {
    if (isHeld(request)) {
      steps.add(
          Calls.open("..", Open.O_PATH, Open.O_DIRECTORY, Open.O_CLOEXEC).into(HELD),
          "what holds the write layer: the last moment at which a path leads there");
    }
  }

  /**
   * Cuts the mount namespace off: before anything is copied, or the copies would be peers of the
   * host's mounts. One that belongs to another user namespace than the host's is cut off already.
   */
  static void detach(LaunchRequest request, Steps steps) {
    if (!request.entersUser(Order.FIRST)) {
      if (Mounts.anySlave(request)) {
        steps.add(Calls.remount("/", MS_REC, MS_SLAVE), "no mount spreads from here to the host");
      } else {
        steps.add(
            Calls.remount("/", MS_REC, MS_PRIVATE),
            "no mount spreads from here to the host, or back");
      }
    }
  }

  /**
   * Mounts it and makes it the working directory.
   *
   * @param place an existing directory
   */
  static void mount(LaunchRequest request, LayeredRootfs rootfs, String place, Steps steps) {
    ByteSize size = rootfs.writeLayer().orElse(SMALL);
    steps.add(
        Calls.mount(
            "tmpfs", place, "mode=755," + limits(size) + owner(request), MS_NOSUID, MS_NODEV),
        "a private place in memory; it holds the write layer too");
    steps.add(Calls.chdir(place), "paths from here on are relative to it");
  }

  /** Mount options for how much it may hold: empty files take no pages, but kernel memory. */
  static String limits(ByteSize size) {
    long inodes = Math.max(1024, size.bytes() / 4096);
    return "size=" + size.bytes() + ",nr_inodes=" + inodes;
  }

  /**
   * Mount options that give a file system to the container's root; it does so by itself otherwise.
   */
  static String owner(LaunchRequest request) {
    return request.entersUser(Order.LAST)
        ? ",uid=" + request.user().rootUid() + ",gid=" + request.user().rootGid()
        : "";
  }

  /** From here on, what is made belongs to the container's root, also where it is entered last. */
  static void actAsOwner(LaunchRequest request, Steps steps) {
    if (request.entersUser(Order.LAST)) {
      steps.add(Calls.setfsgid(request.user().rootGid()), "what we make is to be the container's");
      steps.add(Calls.setfsuid(request.user().rootUid()), "its owner as well as its group");
    }
  }

  /** The same with the host's root's rights: owners of directories may be any. */
  static void actAsOwnerWithRights(LaunchRequest request, Steps steps) {
    if (request.entersUser(Order.LAST)) {
      actAsSelf(request, steps);
      takeRightsAlong(request, steps);
    }
  }

  private static void takeRightsAlong(LaunchRequest request, Steps steps) {
    steps.add(Calls.keepCapabilities(true), "a change of ids is to take no rights away");
    actAsOwner(request, steps);
    steps.add(Calls.keepCapabilities(false), "as usual again");
  }

  /**
   * What is made from here on is made in the root, which is the working directory; so far we have
   * acted as ourselves. If its mode and owner may be any, the container's root may have no right to
   * find in it what we mount on.
   */
  static void actInRoot(LaunchRequest request, Steps steps) {
    boolean kept = request.spec().rootfs().flatMap(LayeredRootfs::keptIn).isPresent();
    boolean any = kept || !request.root().isUsual();
    if (any && request.entersUser(Order.LAST)) {
      takeRightsAlong(request, steps);
    } else {
      actAsOwner(request, steps);
    }
  }

  /**
   * Has a directory, which is to be shown as the root, be like that. It must be before an overlay
   * is made of it, and the last that is done in it before that.
   *
   * @param uid its owner, as the process names it
   * @param gid its group
   */
  static void setRoot(LaunchRequest request, String directory, long uid, long gid, Steps steps) {
    RootAttributes root = request.root();
    if (!root.isRoots()) {
      steps.add(Calls.chown(directory, uid, gid), "the image's root belongs to these");
    }
    if (root.mode() != RootAttributes.USUAL.mode()) {
      steps.add(Calls.chmod(directory, root.mode()), "the image's root has this mode");
    }
  }

  /** The end of {@link #actAsOwner}. */
  static void actAsSelf(LaunchRequest request, Steps steps) {
    if (request.entersUser(Order.LAST)) {
      steps.add(Calls.setfsuid(0), "overlay keeps the mounter's rights: they must be whole");
      steps.add(Calls.setfsgid(0), "the group goes with the owner");
    }
  }
}
