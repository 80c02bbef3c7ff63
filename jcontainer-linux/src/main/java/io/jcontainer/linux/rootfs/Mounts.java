package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_PRIVATE;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.Open.O_CLOEXEC;
import static io.jcontainer.linux.plan.Flag.Open.O_DIRECTORY;
import static io.jcontainer.linux.plan.Flag.Open.O_PATH;

import io.jcontainer.ContainerSpec;
import io.jcontainer.Mount;
import io.jcontainer.Propagation;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Memory;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.SourceKind;
import io.jcontainer.linux.sys.Errno;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a spec mounts, hides and protects in the root file system. */
final class Mounts {
  private static final Slot ROOT = new Slot("root");
  private static final Slot ROOT_MOUNT = new Slot("root_mount");

  /** The directory of a template that holds binds. */
  private static final String KEPT = "mounts";

  /** Of struct statx. */
  private static final int MNT_ID = 144;

  private final LaunchRequest request;
  private final ContainerSpec spec;

  /** From the root downwards, so that none hides another. */
  private final Map<Mount, Slot> mounts = new LinkedHashMap<>();

  Mounts(LaunchRequest request) {
    this.request = request;
    this.spec = request.spec();
    List<Mount> ordered = new ArrayList<>(spec.mounts());
    ordered.addAll(Volumes.inMemory(spec));
    ordered.sort(
        Comparator.comparingLong(mount -> mount.target().chars().filter(c -> c == '/').count()));
    ordered.forEach(mount -> mounts.put(mount, new Slot("mount" + mounts.size())));
  }

  /** Whether the root must have room for mount points. */
  static boolean needed(LaunchRequest request) {
    return !request.spec().mounts().isEmpty() || Volumes.needed(request.spec());
  }

  /** Whether a mount follows what the host mounts later on. */
  static boolean anySlave(LaunchRequest request) {
    return request.spec().mounts().stream()
        .anyMatch(
            mount -> mount instanceof Mount.Bind bind && bind.propagation() == Propagation.SLAVE);
  }

  /** Opens what comes from the host, and makes what comes from memory. */
  void open(Steps steps) {
    List<Stash.FileMount> files = new ArrayList<>();
    mounts.forEach(
        (mount, slot) -> {
          if (mount instanceof Mount.Bind bind) {
            HostMount.open(bind, slot, request, steps);
          } else if (mount instanceof Mount.Device device) {
            HostMount.open(device, slot, request, steps);
          } else if (mount instanceof Mount.InMemoryFile file) {
            files.add(new Stash.FileMount(slot, file));
          }
        });
    if (!spec.maskedPaths().isEmpty()) {
      Masks.open(steps);
    }
    Stash.make(request, files, !spec.maskedPaths().isEmpty(), steps);
  }

  /** What comes from the host. */
  List<Mount.Bind> binds() {
    return mounts.keySet().stream()
        .filter(Mount.Bind.class::isInstance)
        .map(Mount.Bind.class::cast)
        .toList();
  }

  /** Keeps below the working directory what was opened. */
  void keep(Steps steps) {
    steps.add(Calls.mkdir(KEPT, 0755), "to keep what the spec mounts in");
    mounts.forEach(
        (mount, slot) -> {
          if (mount instanceof Mount.Bind bind) {
            String place = KEPT + "/" + slot.name();
            steps.add(
                isDirectory(bind) ? Calls.mkdir(place, 0755) : Calls.mkfile(place),
                "to keep it at");
            steps.add(Calls.moveMount(slot, place), "attach " + bind.source());
            steps.add(Calls.close(slot), "attached: no longer needed");
          }
        });
  }

  /** Puts everything into the root, which is the working directory. */
  void attach(Steps steps) {
    if (!needed(request) && spec.maskedPaths().isEmpty() && spec.readOnlyPaths().isEmpty()) {
      return;
    }
    Scratch.actAsOwnerWithRights(request, steps);
    if (anySlave(request)) {
      steps.add(
          Calls.remount(".", MS_REC, MS_PRIVATE),
          "only the mounts that are to do so follow the host's");
    }
    steps.add(Calls.open(".", O_PATH, O_DIRECTORY, O_CLOEXEC).into(ROOT), "paths begin here");
    Target target = new Target(ROOT);
    // Before anything is mounted: what is made is in the root, and never in what the spec shares.
    Volumes.make(spec, target, steps);
    mounts.forEach(
        (mount, slot) -> {
          target.make(mount.target(), isDirectory(mount), steps);
          if (mount instanceof Mount.Tmpfs tmpfs) {
            mount(tmpfs, steps);
          } else if (request.prepared().containsKey(Kind.MOUNT)) {
            steps.add(
                Calls.moveMount("/" + KEPT + "/" + slot.name(), Target.FOUND),
                "attach " + mount.target());
          } else {
            steps.add(Calls.moveMount(slot, Target.FOUND), "attach " + mount.target());
            steps.add(Calls.close(slot), "attached: no longer needed");
          }
          steps.add(Calls.close(Target.FOUND), "no longer needed");
        });
    spec.readOnlyPaths().forEach(path -> Masks.protect(ROOT, path, steps));
    spec.maskedPaths().forEach(path -> Masks.hide(ROOT, path, steps));
    requireUncoveredRoot(steps);
    steps.add(Calls.close(ROOT), "no longer needed");
  }

  private boolean isDirectory(Mount mount) {
    return mount instanceof Mount.Tmpfs
        || (mount instanceof Mount.Bind bind
            && request.sources().get(bind.source()) == SourceKind.DIRECTORY);
  }

  private void mount(Mount.Tmpfs tmpfs, Steps steps) {
    List<Flag> flags = new ArrayList<>(List.of(MS_NOSUID, MS_NODEV));
    if (!tmpfs.allowsExec()) {
      flags.add(MS_NOEXEC);
    }
    String mode = Integer.toOctalString(tmpfs.mode());
    steps.add(Calls.fchdir(Target.FOUND), "to mount on what was found, by no path");
    steps.add(
        Calls.mount(
            "tmpfs",
            ".",
            "mode=" + mode + "," + Scratch.limits(tmpfs.size()) + Scratch.owner(request),
            flags.toArray(new Flag[0])),
        "at " + tmpfs.target());
    steps.add(Calls.fchdir(ROOT), "back to where paths begin");
  }

  /** A link to the root itself would have a mount cover it, which nobody would ever see. */
  private static void requireUncoveredRoot(Steps steps) {
    Memory ours = Memory.zeros("root_stat", Masks.STATX);
    Memory top = Memory.zeros("top_stat", Masks.STATX);
    steps.add(Calls.statxAll(ROOT, ours), "which mount is the root?");
    steps.add(
        new Step.Load(new Arg.Address(ours, MNT_ID), 8, ROOT_MOUNT, "its number, to compare with"));
    steps.add(Calls.statxAll(ROOT, "proc/..", top), "a way that leads to what lies on top of it");
    steps.add(
        new Step.Check(
            "statx(\"proc/..\").stx_mnt_id == <root_mount>",
            new Arg.Address(top, MNT_ID),
            8,
            -1,
            Arg.of(ROOT_MOUNT),
            false,
            Errno.ELOOP,
            "a link must not lead a mount to the root itself"));
  }
}
