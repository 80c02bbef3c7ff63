package io.jcontainer.linux.rootfs;

import static io.jcontainer.linux.plan.Flag.Mount.MS_BIND;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NODEV;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOEXEC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_NOSUID;
import static io.jcontainer.linux.plan.Flag.Mount.MS_RDONLY;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REC;
import static io.jcontainer.linux.plan.Flag.Mount.MS_REMOUNT;

import io.jcontainer.ByteSize;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Errno;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A minimal {@code /dev}, as the OCI's runtime specification lists it for Linux. */
final class Dev {
  private static final List<String> NODES =
      List.of("null", "zero", "full", "random", "urandom", "tty");
  private static final Map<String, String> LINKS =
      new TreeMap<>(
          Map.of(
              "fd", "/proc/self/fd",
              "stdin", "/proc/self/fd/0",
              "stdout", "/proc/self/fd/1",
              "stderr", "/proc/self/fd/2",
              "ptmx", "pts/ptmx"));
  private static final ByteSize SHM = ByteSize.ofMebibytes(64);

  private Dev() {}

  /**
   * Mounts it in the working directory, with all that is the same in every namespace.
   *
   * @see #finish
   */
  static void mount(LaunchRequest request, Steps steps) {
    steps.add(
        Calls.mount(
            "tmpfs",
            "dev",
            "mode=755,size=64k,nr_inodes=1k" + Scratch.owner(request),
            MS_NOSUID,
            MS_NODEV,
            MS_NOEXEC),
        "nodev: only the nodes that are mounted here work");
    for (String node : NODES) {
      bind(node, steps);
      if (request.entersUser(Order.NEVER)) {
        steps.add(
            Calls.remount("dev/" + node, MS_REMOUNT, MS_BIND, MS_RDONLY, MS_NOSUID, MS_NOEXEC),
            "the device can be written, but the host's root cannot change its mode or owner");
      }
    }
    LINKS.forEach(
        (name, target) -> steps.add(Calls.symlink(target, "dev/" + name), "a usual name"));
    for (String name : List.of("pts", "shm", "mqueue")) {
      steps.add(Calls.mkdir("dev/" + name, 0755), "to mount on");
    }
    if (!hasTerminal(request)) {
      Devpts.mount(request, steps);
    }
    steps.add(
        Calls.mount(
            "tmpfs",
            "dev/shm",
            "mode=1777," + Scratch.limits(SHM) + Scratch.owner(request),
            MS_NOSUID,
            MS_NODEV,
            MS_NOEXEC),
        "POSIX shared memory");
  }

  /** Mounts what belongs to the container's own namespaces, and its terminal. */
  static void finish(LaunchRequest request, Steps steps) {
    if (hasTerminal(request)) {
      Devpts.mount(request, steps);
    }
    if (request.shared(Kind.IPC)) {
      steps.add(
          Calls.bind("/dev/mqueue", "dev/mqueue", MS_BIND, MS_REC).tolerate(Errno.ENOENT),
          "the host's, as its IPC namespace; some hosts have none");
    } else {
      steps.add(
          Calls.mount("mqueue", "dev/mqueue", null, MS_NOSUID, MS_NODEV, MS_NOEXEC),
          "POSIX message queues");
    }
  }

  /** Makes a directory that holds what {@link #mount} takes from the host. */
  static void keepNodes(Steps steps) {
    steps.add(Calls.mkdir("dev", 0755), "to keep the devices in");
    NODES.forEach(node -> bind(node, steps));
  }

  private static void bind(String node, Steps steps) {
    steps.add(Calls.mkfile("dev/" + node), "a file to mount the device on");
    steps.add(
        Calls.bind("/dev/" + node, "dev/" + node, MS_BIND),
        "the host's: in a user namespace none can be made");
  }

  private static boolean hasTerminal(LaunchRequest request) {
    return request.spec().process().terminal().isPresent();
  }
}
