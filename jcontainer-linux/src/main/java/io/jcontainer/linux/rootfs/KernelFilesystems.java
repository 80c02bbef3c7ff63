package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NODEV;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOEXEC;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_NOSUID;
import static io.jcontainer.linux.plan.Flag.MountAttr.MOUNT_ATTR_RDONLY;

import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * {@code /proc} and {@code /sys}, and what of them is hidden or read-only: the lists are those of
 * containerd and Docker.
 */
public final class KernelFilesystems {
  private static final List<String> HIDDEN =
      List.of(
          "proc/acpi",
          "proc/asound",
          "proc/interrupts",
          "proc/kcore",
          "proc/keys",
          "proc/latency_stats",
          "proc/sched_debug",
          "proc/scsi",
          "proc/timer_list",
          "proc/timer_stats",
          "sys/devices/virtual/powercap",
          "sys/firmware");
  private static final List<String> READ_ONLY =
      List.of("proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger");

  private KernelFilesystems() {}

  /** The paths, without a leading slash, that the plan needs to know of whether they exist. */
  public static List<String> paths() {
    List<String> paths = new ArrayList<>(HIDDEN);
    paths.addAll(READ_ONLY);
    return paths;
  }

  /**
   * Opens the host's where a namespace is shared: a new procfs needs an own pid namespace, and a
   * new sysfs an own network namespace; otherwise both are EPERM in a user namespace.
   */
  static List<Tree> shared(LaunchRequest request) {
    List<Tree> trees = new ArrayList<>();
    if (request.shared(Kind.NETWORK)) {
      trees.add(new Tree("sys", "/sys", false, true));
    }
    return trees;
  }

  /** Mounts {@code /proc} in the working directory. */
  static void mountProc(LaunchRequest request, Steps steps) {
    if (request.shared(Kind.PID)) {
      steps.add(
          Calls.bind("/proc", "proc", MS_BIND, MS_REC),
          "the host's, as its pid namespace; recursive, or what it hides would show");
    } else {
      steps.add(
          Calls.mount("proc", "proc", null, MS_NOSUID, MS_NODEV, MS_NOEXEC),
          "before the old root goes: a user namespace must still see a whole /proc");
    }
  }

  /** Mounts {@code /sys} in the working directory, in the container's network namespace. */
  static void mountSys(LaunchRequest request, Steps steps) {
    if (!request.shared(Kind.NETWORK)) {
      steps.add(
          Calls.mount("sysfs", "sys", null, MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC),
          "shows this network namespace's devices");
    }
  }

  /** Hides and protects what is below one of them, once {@code /dev} is there. */
  static void mask(LaunchRequest request, String below, Steps steps) {
    Map<String, Boolean> known = request.host().kernelFiles();
    for (String path : HIDDEN) {
      Boolean directory = known.get(path);
      if (directory == null || !path.startsWith(below)) {
        continue;
      }
      // Tolerated: a file that is there on the host, but not in a new instance.
      steps.add(
          directory
              ? Calls.mount(
                      "tmpfs",
                      path,
                      "size=0,nr_inodes=2",
                      MS_RDONLY,
                      MS_NOSUID,
                      MS_NODEV,
                      MS_NOEXEC)
                  .tolerate(Errno.ENOENT)
              : Calls.bind("dev/null", path, MS_BIND).tolerate(Errno.ENOENT),
          "hidden");
    }
    for (String path : READ_ONLY) {
      if (known.containsKey(path) && path.startsWith(below)) {
        steps.add(
            Calls.bind(path, path, MS_BIND, MS_REC).tolerate(Errno.ENOENT), "a mount of its own,");
        steps.add(
            Calls.mountSetattrBelow(
                    path, MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC)
                .tolerate(Errno.ENOENT),
            "so that it can be read-only, with all that is mounted below it");
      }
    }
  }
}
