package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REMOUNT;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.CgroupView;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /sys/fs/cgroup}: what the container has cgroups of its own in, and nothing else. The mount
 * is of its cgroup namespace, so no path leads above these; and it is read-only, for who may write
 * there may lift a limit, or, in v1, name a program for the host's root to run.
 */
final class CgroupMounts {
  private static final String PLACE = "sys/fs/cgroup";

  private CgroupMounts() {}

  /** Mounts them in the working directory's {@code /sys}, which is there. */
  static void mount(LaunchRequest request, Steps steps) {
    if (!request.own(Kind.CGROUP)) {
      return;
    }
    CgroupView view = request.cgroups().view();
    if (!view.v1().isEmpty()) {
      mountAll(request, view, steps);
      return;
    }
    if (request.shared(Kind.NETWORK)) {
      steps.add(
          Calls.mount(
                  "tmpfs", PLACE, "size=0,nr_inodes=2", MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC)
              .tolerate(Errno.ENOENT),
          "hides the host's cgroups, which its /sys shows; to mount on these would be EBUSY");
    }
    if (view.v2()) {
      mount("cgroup2", PLACE, null, steps);
    }
  }

  private static void mountAll(LaunchRequest request, CgroupView view, Steps steps) {
    steps.add(
        Calls.mount(
            "tmpfs",
            PLACE,
            "mode=755,size=64k,nr_inodes=1k" + Scratch.owner(request),
            MS_NOSUID,
            MS_NODEV,
            MS_NOEXEC),
        "a directory for each hierarchy of v1");
    for (String controllers : view.v1()) {
      String place = PLACE + "/" + controllers;
      steps.add(Calls.mkdir(place, 0755), "to mount on");
      mount("cgroup", place, controllers, steps);
      List<String> names = List.of(controllers.split(",", -1));
      if (names.size() > 1) {
        for (String name : names) {
          steps.add(Calls.symlink(controllers, PLACE + "/" + name), "a usual name");
        }
      }
    }
    if (view.v2()) {
      steps.add(Calls.mkdir(PLACE + "/unified", 0755), "to mount on");
      mount("cgroup2", PLACE + "/unified", null, steps);
    }
    steps.add(
        Calls.remount(PLACE, MS_REMOUNT, MS_BIND, MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC),
        "everything is in its place");
  }

  private static void mount(String type, String place, @Nullable String options, Steps steps) {
    steps.add(
        Calls.mount(type, place, options, MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC),
        "the container's cgroup and those below it");
  }
}
