package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REMOUNT;

import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.LaunchRequest;
import java.util.ArrayList;
import java.util.List;

/**
 * The host's system directories on an empty root: the scratch file system itself. Read-only they
 * are mounted as they are; writable, each is the lower layer of an overlay, since a lower layer
 * does not cross mounts.
 */
final class HostDirectories implements RootSteps {
  /** What holds the overlays' directories; unreachable in the end, since it is covered. */
  private static final String LAYERS = "proc/";

  private final LaunchRequest request;
  private final LayeredRootfs rootfs;
  private final List<Tree> directories = new ArrayList<>();
  private final Etc etc;

  HostDirectories(LaunchRequest request, LayeredRootfs rootfs) {
    this.request = request;
    this.rootfs = rootfs;
    HostFacts.HostRoot host = request.host().root();
    boolean writable = !rootfs.isReadOnly();
    for (String name : host.directories()) {
      directories.add(new Tree(name, "/" + name, writable && request.idmapLayers(), !writable));
    }
    etc = new Etc(request);
  }

  @Override
  public List<Tree> trees() {
    List<Tree> all = new ArrayList<>(directories);
    all.addAll(etc.trees());
    return all;
  }

  @Override
  public String place() {
    return ".";
  }

  @Override
  public void name(Steps steps) {
    etc.name(steps);
  }

  @Override
  public void assemble(Steps steps) {
    Scratch.actAsOwner(request, steps);
    for (String name : List.of("proc", "sys", "dev", "root", "run", "var")) {
      steps.add(Calls.mkdir(name, 0755), "to mount on, or empty: programs expect it");
    }
    steps.add(Calls.symlink("/tmp", "var/tmp"), "the other directory for temporary files");
    request
        .host()
        .root()
        .links()
        .forEach((name, target) -> steps.add(Calls.symlink(target, name), "as on the host"));
    directories.forEach(tree -> steps.add(Calls.mkdir(tree.name(), 0755), "to mount on"));
    etc.make(steps);
    if (rootfs.isReadOnly()) {
      directories.forEach(tree -> tree.attach(tree.name(), steps));
      return;
    }
    steps.add(Calls.mkdir("tmp", 01777), "a part of the write layer");
    for (Tree tree : directories) {
      for (String part : List.of("", "/lower", "/upper", "/work")) {
        steps.add(Calls.mkdir(LAYERS + tree.name() + part, 0755), "for its overlay");
      }
    }
    Scratch.actAsSelf(request, steps);
    for (Tree tree : directories) {
      String at = LAYERS + tree.name();
      tree.attach(at + "/lower", steps);
      Layers.overlay(request, true, at + "/lower", at + "/upper", at + "/work", tree.name(), steps);
    }
    Scratch.actAsOwner(request, steps);
  }

  @Override
  public void seal(Steps steps) {
    if (rootfs.isReadOnly()) {
      steps.add(
          Calls.remount(".", MS_REMOUNT, MS_BIND, MS_RDONLY, MS_NOSUID, MS_NODEV),
          "everything is in its place");
    }
  }
}
