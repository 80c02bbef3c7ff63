package io.jcontainer.linux.probe;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_IDMAP;
import static io.jcontainer.linux.plan.Flag.Open.AT_EMPTY_PATH;
import static io.jcontainer.linux.plan.Flag.Open.OPEN_TREE_CLONE;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;

import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.UserPlacement;
import java.util.ArrayList;
import java.util.List;

/**
 * An overlay is written to, as this user mounts it. Mounting alone says little: before 6.6 a
 * container of an ordinary user gets EIO when it makes a directory of a layer anew.
 */
public final class OverlayTrials {
  private static final Slot LAYER = new Slot("layer");

  private OverlayTrials() {}

  /** Those of this user; {@code scratch} is an existing directory. */
  public static List<Trial> all(String scratch, boolean root) {
    List<Trial> trials = new ArrayList<>();
    Steps steps = workplace(scratch);
    overlay(root ? "" : ",userxattr", steps);
    steps
        .add(Calls.rmdir("merged/dir"), "leaves a whiteout")
        .add(Calls.mkdir("merged/dir", 0755), "is marked as opaque, by an extended attribute");
    trials.add(
        trial(
            "overlay",
            "layers below a write layer in memory; a layer's directory is made anew",
            steps,
            "Linux 6.6 is needed, or 5.11 for overlays at all"));
    if (root) {
      trials.add(
          trial(
              "overlay-idmapped",
              "layers with the container's ids below a write layer",
              idmapped(scratch),
              "Linux 5.19 is needed, and a file system below /usr that can be mounted with other"
                  + " ids; read-only roots work without"));
    }
    return trials;
  }

  private static Trial trial(String name, String title, Steps steps, String cure) {
    return new Trial(name, title, true, List.of(CLONE_NEWNS), steps, cure);
  }

  private static Steps workplace(String scratch) {
    Steps steps =
        new Steps()
            .add(Calls.remount("/", MS_REC, MS_PRIVATE), "not for the host")
            .add(Calls.mount("tmpfs", scratch, "size=1m", MS_NOSUID, MS_NODEV), "a place to work")
            .add(Calls.chdir(scratch), "paths are relative to it");
    for (String directory : List.of("lower", "lower/dir", "upper", "work", "merged")) {
      steps.add(Calls.mkdir(directory, 0755), "for the overlay");
    }
    return steps;
  }

  private static void overlay(String more, Steps steps) {
    String data = "lowerdir=lower,upperdir=upper,workdir=work" + more;
    steps.add(Calls.mount("overlay", "merged", data, MS_NODEV), "as in a container");
  }

  private static Steps idmapped(String scratch) {
    Steps steps =
        workplace(scratch)
            .add(Calls.openTree("/usr", OPEN_TREE_CLONE, O_CLOEXEC).into(LAYER), "a real layer")
            .add(
                Calls.mountSetattr(
                    LAYER,
                    Arg.of(UserPlacement.DESCRIPTOR),
                    List.of(AT_EMPTY_PATH),
                    MOUNT_ATTR_IDMAP),
                "the host's root is the container's")
            .add(Calls.moveMount(LAYER, "lower"), "kernels before 6.15 want it attached");
    overlay("", steps);
    return steps.add(Calls.mkdir("merged/dir", 0755), "it is written to");
  }
}
