package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REMOUNT;

import io.jcontainer.ByteSize;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.linux.namespace.UserNamespace;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag.Clone;
import io.jcontainer.linux.plan.Flag.Open;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.util.ArrayList;
import java.util.List;

/**
 * Mount namespaces that are made in advance, by a process that does nothing else. It is in a
 * template: a mount namespace that holds what comes from the host, restricted, and nothing else of
 * the host's. Each one that it makes is a copy of the template, with a root file system of its own
 * in it, as far as that can be known before; one container goes on there.
 */
public final class PreparedRoot {
  /** What the process has open, in the place of streams that it has no need of. */
  private static final int PROC = 0;

  private static final int TEMPLATE = 1;

  private static final ByteSize SMALL = ByteSize.ofMebibytes(1);
  private static final String TREES = "trees";
  private static final String NEW = "new";
  private static final Slot FILE = new Slot("file");
  private static final Slot NAMESPACE = new Slot("mount namespace");

  private PreparedRoot() {}

  /** Makes the template, and enters it. */
  public static void template(LaunchRequest request, Steps steps) {
    Rootfs rootfs = rootfs(request);
    steps.add(Calls.umask(0), "modes as the plan gives them");
    UserNamespace.enterFirst(request, steps);
    steps.add(Calls.dieWithParent(), "not without the JVM; a change of ids would have cleared it");
    steps.add(Calls.dumpable(false), "nobody in a container may trace us");
    steps.add(
        Calls.open("/proc", Open.O_PATH, Open.O_DIRECTORY, Open.O_CLOEXEC).into(FILE),
        "namespaces are files of it");
    keep(PROC, steps);
    steps.add(Calls.unshare(Clone.CLONE_NEWNS), "the template begins as a copy of the host's");
    rootfs.open(steps);
    steps.add(
        Calls.mount(
            "tmpfs",
            request.host().scratch(),
            "mode=755," + Scratch.limits(SMALL),
            MS_NOSUID,
            MS_NODEV,
            MS_NOEXEC),
        "what the template holds");
    steps.add(Calls.chdir(request.host().scratch()), "paths from here on are relative to it");
    steps.add(Calls.mkdir(NEW, 0755), "where each root file system will be");
    steps.add(Calls.mkdir(TREES, 0755), "to keep the host's directories in");
    List<Tree> trees = rootfs.root().trees();
    for (int i = 0; i < trees.size(); i++) {
      trees.get(i).mountPoint(TREES + "/" + i, "to keep it at", steps);
      trees.get(i).attach(TREES + "/" + i, steps);
    }
    rootfs.mounts().keep(steps);
    Dev.keepNodes(steps);
    if (request.entersUser(Order.FIRST)) {
      for (String name : List.of("proc", "sys")) {
        steps.add(Calls.mkdir(name, 0755), "to keep the host's at");
        steps.add(
            Calls.bind("/" + name, name, MS_BIND, MS_REC),
            "a user namespace may only mount a new one where it sees a whole one");
      }
    }
    steps.add(
        Calls.remount(".", MS_REMOUNT, MS_BIND, MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC),
        "everything is in its place, and containers have it in common");
    Rootfs.pivot(steps);
    openNamespace(FILE, "the template is kept", steps);
    keep(TEMPLATE, steps);
  }

  /**
   * Makes one, and comes back.
   *
   * @return where its descriptor is kept
   */
  public static Slot make(LaunchRequest request, Steps steps) {
    Rootfs rootfs = rootfs(request);
    List<Tree> trees = rootfs.root().trees();
    for (int i = 0; i < trees.size(); i++) {
      trees.get(i).standsAt("/" + TREES + "/" + i);
    }
    steps.add(Calls.unshare(Clone.CLONE_NEWNS), "a copy of the template");
    rootfs.build("/" + NEW, steps);
    Scratch.actAsSelf(request, steps);
    openNamespace(NAMESPACE, "for a container to come", steps);
    steps.add(
        Calls.setns(Arg.of(TEMPLATE), Clone.CLONE_NEWNS),
        "so that nobody is in it, and it ends with its container");
    return NAMESPACE;
  }

  private static Rootfs rootfs(LaunchRequest request) {
    LayeredRootfs rootfs = request.spec().rootfs().orElseThrow();
    return new Rootfs(request, rootfs);
  }

  private static void openNamespace(Slot slot, String why, Steps steps) {
    steps.add(
        Calls.openIn(Arg.of(PROC), "self/ns/mnt", Open.O_RDONLY, Open.O_CLOEXEC).into(slot), why);
  }

  private static void keep(int number, Steps steps) {
    steps.add(Calls.dup3(FILE, number, Open.O_CLOEXEC), "where each order finds it");
    steps.add(Calls.close(FILE), "no longer needed");
  }

  /** Joins one, in the launcher: the first process is then in it. */
  public static void join(LaunchRequest request, Steps steps) {
    Integer prepared = request.prepared().get(Kind.MOUNT);
    if (prepared != null) {
      steps.add(
          Calls.setns(Arg.of(prepared), Clone.CLONE_NEWNS),
          "a mount namespace that was made before, and that nobody has been in");
    }
  }

  /** Goes on where {@link #make} has ended. */
  static void resume(RootSteps root, Steps steps) {
    steps.add(
        Calls.chdir("/" + NEW + "/" + root.place()), "the root file system that was made before");
  }

  /** The paths of the host that the template holds: if one becomes another file, it is stale. */
  public static List<String> sources(LaunchRequest request) {
    Rootfs rootfs = rootfs(request);
    List<String> paths = new ArrayList<>();
    if (request.spec().rootfs().flatMap(LayeredRootfs::image).isEmpty()) {
      rootfs.root().trees().forEach(tree -> paths.add(tree.path()));
    } // the layers of an image are held: they stay the same
    for (Mount.Bind bind : rootfs.mounts().binds()) {
      paths.add(bind.source().toString());
    }
    return paths;
  }
}
