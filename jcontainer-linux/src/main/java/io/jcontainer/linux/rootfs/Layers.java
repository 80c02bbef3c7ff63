package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REMOUNT;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Directories of the host as layers of an overlay. The topmost read-only layer is our own: it holds
 * the directories that we mount on, so that they are there in every root, and so that no layer can
 * make them links to elsewhere.
 */
final class Layers implements RootSteps {
  /**
   * An overlay has at most 500 lower layers, OVL_MAX_STACK of fs/overlayfs/params.h, and one of
   * them is ours. Their names are so short that mount(2), which copies one page and cuts off what
   * is longer, has room for all of them.
   */
  private static final int MOST_LAYERS = 499;

  private static final String MOUNT_POINTS = "mountpoints";
  private static final String UPPER = "upper";
  private static final String WORK = "work";
  private static final String KEPT = "kept";
  private static final String ROOT = "root";

  private final LaunchRequest request;
  private final LayeredRootfs rootfs;
  private final List<Tree> trees = new ArrayList<>();
  private final @Nullable Tree kept;

  Layers(LaunchRequest request, LayeredRootfs rootfs) {
    this.request = request;
    this.rootfs = rootfs;
    tooMany(rootfs)
        .ifPresent(
            problem -> {
              throw new InvalidSpecException("rootfs", problem + "; withFallback() copies them");
            });
    for (Path layer : rootfs.layers()) {
      trees.add(Tree.layer(trees.size(), layer.toString(), request.idmapLayers()));
    }
    // Its owners are the ids of the host that the container's stand for: it is not idmapped.
    kept = rootfs.keptIn().map(place -> Tree.writable(KEPT, place.toString())).orElse(null);
  }

  @Override
  public List<Tree> trees() {
    List<Tree> all = new ArrayList<>(trees);
    if (kept != null) {
      all.add(kept);
    }
    return all;
  }

  @Override
  public String place() {
    return ROOT;
  }

  @Override
  public void assemble(Steps steps) {
    Scratch.actAsOwner(request, steps);
    steps.add(Calls.mkdir(ROOT, 0755), "to mount the overlay on");
    steps.add(Calls.mkdir(MOUNT_POINTS, 0755), "our own layer, above the given ones");
    for (String name : RootSteps.mountPoints(rootfs)) {
      steps.add(Calls.mkdir(MOUNT_POINTS + "/" + name, 0755), "hides what a layer has there");
    }
    if (kept != null) {
      steps.add(Calls.mkdir(KEPT, 0755), "to attach the write layer's directory to");
    } else if (hasUpper()) {
      steps.add(Calls.mkdir(UPPER, 0755), "the write layer");
      steps.add(Calls.mkdir(WORK, 0755), "overlay's own");
    }
    trees.forEach(tree -> steps.add(Calls.mkdir(tree.name(), 0755), "to attach the layer to"));
    Scratch.actAsSelf(request, steps);
    if (kept == null) { // that one's was set when it was made, and is the container's since then
      Scratch.setRoot(
          request,
          hasUpper() ? UPPER : MOUNT_POINTS,
          request.user().userForMount(request.root().uid()),
          request.user().groupForMount(request.root().gid()),
          steps);
    }
    trees.forEach(tree -> tree.attach(tree.name(), steps));
    String at = "";
    if (kept != null) {
      kept.attach(KEPT, steps);
      at = KEPT + "/"; // upper and work have to be on one mount
    }
    overlay(request, hasUpper(), lower(), at + UPPER, at + WORK, ROOT, steps);
    steps.add(Calls.chdir(ROOT), "what is mounted from here on is mounted in the root");
    Scratch.actInRoot(request, steps);
  }

  @Override
  public void seal(Steps steps) {
    // An overlay without a write layer is read-only by itself.
    if (rootfs.isReadOnly() && hasUpper()) {
      steps.add(
          Calls.remount(".", MS_REMOUNT, MS_BIND, MS_RDONLY, MS_NODEV),
          "all mount points are made");
    }
  }

  private boolean hasUpper() {
    return hasUpper(request, rootfs);
  }

  /** Whether anything is written above the layers, if only mount points. */
  static boolean hasUpper(LaunchRequest request, LayeredRootfs rootfs) {
    return !rootfs.isReadOnly() || Mounts.needed(request);
  }

  private String lower() {
    List<String> topFirst = new ArrayList<>();
    topFirst.add(MOUNT_POINTS);
    for (int i = trees.size() - 1; i >= 0; i--) {
      topFirst.add(trees.get(i).name());
    }
    return String.join(":", topFirst);
  }

  /** Says what is wrong if there are more layers than an overlay can have. */
  static Optional<String> tooMany(LayeredRootfs rootfs) {
    int layers = rootfs.layers().size();
    return layers <= MOST_LAYERS
        ? Optional.empty()
        : Optional.of("%d layers, and an overlay has at most %d".formatted(layers, MOST_LAYERS));
  }

  /** Mounts an overlay; names are relative to the working directory, which keeps them short. */
  static void overlay(
      LaunchRequest request,
      boolean writable,
      String lower,
      String upper,
      String work,
      String target,
      Steps steps) {
    String data = "lowerdir=" + lower;
    if (writable) {
      data += ",upperdir=" + upper + ",workdir=" + work;
    }
    if (request.entersUser(Order.FIRST)) {
      data += ",userxattr"; // trusted.* is for the host's root only
    } else if (writable) {
      // The default, unless a kernel was built otherwise: a redirect or a metacopy in the upper
      // layer means something only together with the layers below.
      data += ",redirect_dir=off";
    }
    steps.add(
        Calls.mount(
            "overlay",
            target,
            data,
            writable ? new Flag[] {MS_NODEV} : new Flag[] {MS_RDONLY, MS_NODEV}),
        "layers are shared; a device node in one must not work, whoever mounts it");
  }
}
