package io.jcontainer.linux.launch;

import static io.jcontainer.linux.sys.Errno.EACCES;
import static io.jcontainer.linux.sys.Errno.EBUSY;
import static io.jcontainer.linux.sys.Errno.EINVAL;
import static io.jcontainer.linux.sys.Errno.ELOOP;
import static io.jcontainer.linux.sys.Errno.ENODEV;
import static io.jcontainer.linux.sys.Errno.ENOENT;
import static io.jcontainer.linux.sys.Errno.ENOSPC;
import static io.jcontainer.linux.sys.Errno.ENOTDIR;
import static io.jcontainer.linux.sys.Errno.EOPNOTSUPP;
import static io.jcontainer.linux.sys.Errno.EOVERFLOW;
import static io.jcontainer.linux.sys.Errno.EPERM;
import static io.jcontainer.linux.sys.Errno.EROFS;
import static io.jcontainer.linux.sys.Errno.EXDEV;

import io.jcontainer.LaunchPlan;
import io.jcontainer.linux.sys.Errno;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a user can do about a step that failed: a table, looked through from above. */
final class Hints {
  /** A call that begins so, fails so, and what to do. */
  private record Hint(String call, Set<Errno> errors, String text) {}

  private static final String NAMESPACE_LIMITS =
      "See /proc/sys/user/max_*_namespaces and how deep namespaces are nested";

  private static final String NO_TERMINALS =
      "A further terminal is one of the devpts that /dev/ptmx belongs to, and a process of the"
          + " container may have replaced that";

  private static final String READ_ONLY_TARGET =
      "The mount's target is not there, and its root file system is read-only there: make it in a"
          + " layer, or choose another target";

  private static final String FOREIGN_TARGET =
      "The mount's target is not there, and the directory above belongs to somebody whom the"
          + " container does not know: make it before";

  private static final String UNSEARCHABLE =
      "The container's user has no search permission on its working directory or on one above it:"
          + " see their modes and owners, in an image those of / as well; root needs none if it has"
          + " CAP_DAC_OVERRIDE";

  private static final String FALLBACK =
      " LayeredRootfs.withFallback() allows something else instead";

  private static final String INTO_CGROUP = "write(<cgroup";

  private static final String MOUNT_MAX = "See /proc/sys/fs/mount-max";

  private static final List<Hint> TABLE =
      List.of(
          new Hint(
              "execve(",
              Set.of(Errno.E2BIG),
              "Command and environment are larger than execve(2) allows; pass data by a file"),
          new Hint(
              "execve(",
              Set.of(Errno.ELIBBAD),
              "Its loader is a file, but none that this host can execute"),
          new Hint("execve(", Set.of(ELOOP), "Too many links, or scripts that run scripts"),
          new Hint("execve(", Set.of(Errno.ETXTBSY), "Somebody has the file open for writing"),
          new Hint(
              "openat2(AT_FDCWD, \"/etc/",
              Set.of(ENOTDIR, ELOOP, EACCES, Errno.ENXIO),
              "Users and groups are looked up in the container's /etc/passwd and /etc/group, which"
                  + " must be regular files; numbers for both user and group need neither"),
          new Hint(
              "/etc/",
              Set.of(EINVAL, Errno.EFBIG),
              "Users and groups are looked up in the container's /etc/passwd and /etc/group, which"
                  + " must be regular files; numbers for both user and group need neither"),
          new Hint("openat2(AT_FDCWD, \"/dev/ptmx\"", Set.of(Errno.values()), NO_TERMINALS),
          new Hint("statx(<master>)", Set.of(Errno.ENOTTY), NO_TERMINALS),
          new Hint(
              "openat(<pts>, \"ptmx\"",
              Set.of(ENOSPC),
              "See /proc/sys/kernel/pty/max and /reserve"),
          new Hint(
              "openat2(<root>",
              Set.of(ENOENT, ENOTDIR, ELOOP, EXDEV),
              "A link in the root file system leads the mount's target nowhere: it is resolved"
                  + " inside of the root, and not through /proc/PID"),
          new Hint(
              "fstatfs(",
              Set.of(EXDEV),
              "A link in the root file system leads this mount into /proc or /sys, where nothing"
                  + " may be mounted"),
          new Hint(
              "statx(\"proc/..\")",
              Set.of(ELOOP),
              "A link in the root file system leads a mount to the root itself, or to where it"
                  + " would cover it"),
          new Hint(
              "statx(",
              Set.of(EBUSY),
              "A path to hide has changed at the same moment: somebody else writes there"),
          new Hint(
              "openat2(",
              Set.of(ENOENT, ENOTDIR, ELOOP),
              "The working directory must be a directory in the container"),
          new Hint("openat2(AT_FDCWD", Set.of(EACCES), UNSEARCHABLE),
          new Hint("fchdir(<cwd>", Set.of(EACCES), UNSEARCHABLE),
          new Hint("mkdirat(", Set.of(EROFS), READ_ONLY_TARGET),
          new Hint("mknodat(", Set.of(EROFS), READ_ONLY_TARGET),
          new Hint("mkdirat(", Set.of(EACCES, EOVERFLOW), FOREIGN_TARGET),
          new Hint("mknodat(", Set.of(EACCES, EOVERFLOW), FOREIGN_TARGET),
          new Hint(
              "move_mount(",
              Set.of(EINVAL, ENOTDIR),
              "A directory can only be mounted on a directory, and a file only on a file"),
          new Hint("open_tree(", Set.of(ENOENT), "The layer's directory is not there"),
          new Hint(
              "mount_setattr(<mount",
              Set.of(EINVAL, EOPNOTSUPP),
              "The file system of something below the source cannot be mounted so: leave out"
                  + " idmapped()"),
          new Hint(
              "open_tree(",
              Set.of(EACCES),
              "An ordinary user needs search permission on every directory of the path"),
          new Hint(
              "open_tree(",
              Set.of(EINVAL),
              "Something is mounted below that directory, which may not be uncovered; name one"
                  + " without mounts below it"),
          new Hint(
              "mount(\"overlay\"",
              Set.of(EPERM),
              "An ordinary user needs Linux 5.11 for an overlay." + FALLBACK),
          new Hint(
              "mount(\"overlay\"",
              Set.of(EINVAL),
              "A layer lies on a file system that cannot be one, or on an overlay above an overlay,"
                  + " as in a container in a container: the kernel stacks two. Put the layer on a"
                  + " volume; dmesg tells more. The same goes for the directory of writableIn(),"
                  + " which needs a file system of the host's own disks, such as ext4 or XFS."
                  + FALLBACK),
          new Hint(
              "mount(\"overlay\"",
              Set.of(EBUSY),
              "The directory of writableIn() is still mounted: a container that used it, or one that"
                  + " has joined its mount namespace, has not ended yet"),
          new Hint(
              "mount(\"overlay\"",
              Set.of(ENODEV),
              "The kernel has no overlay: modprobe overlay." + FALLBACK),
          new Hint(
              "mount(\"proc\"",
              Set.of(EPERM),
              "The JVM's own /proc is partly hidden, as in a Docker container: start that one with"
                  + " --security-opt systempaths=unconfined"),
          new Hint(
              "mount(\"sysfs\"",
              Set.of(EPERM),
              "The JVM's own /sys is partly hidden, as in a Docker container: start that one with"
                  + " --security-opt systempaths=unconfined"),
          new Hint(
              "prlimit64(",
              Set.of(EPERM),
              "Only a JVM that runs as root, with CAP_SYS_RESOURCE, can go above its own hard limit"
                  + " (ulimit -H), and nobody above /proc/sys/fs/nr_open"),
          new Hint(
              "write(<oom_score_adj>",
              Set.of(EACCES),
              "Only a JVM that runs as root, with CAP_SYS_RESOURCE, can go below its own oom_score_adj"),
          new Hint(
              "setpriority(",
              Set.of(EACCES),
              "Only a JVM that runs as root can go below its own nice value, or one with ulimit -e"),
          new Hint(
              "sched_setscheduler(",
              Set.of(EPERM),
              "Only a JVM that runs as root can have real-time priorities, or one with ulimit -r;"
                  + " with cgroup v1 its cgroup also needs a cpu.rt_runtime_us"),
          new Hint(
              "keyctl(",
              Set.of(Errno.EDQUOT),
              "Each container has a session keyring, and this user no more keys:"
                  + " /proc/sys/kernel/keys/maxkeys, or more ids by /etc/subuid and /etc/subgid"),
          new Hint("mount(", Set.of(ENOSPC), MOUNT_MAX),
          new Hint("move_mount(", Set.of(ENOSPC), MOUNT_MAX),
          new Hint("open_tree(", Set.of(ENOSPC), MOUNT_MAX),
          new Hint(
              "mount(\"tmpfs\", \".\"",
              Set.of(EINVAL),
              "The size of the tmpfs is more than this kernel allows"),
          new Hint("clone(", Set.of(ENOSPC, Errno.EUSERS), NAMESPACE_LIMITS),
          new Hint("unshare(", Set.of(ENOSPC, Errno.EUSERS), NAMESPACE_LIMITS),
          new Hint(
              "clone(",
              Set.of(EPERM, EACCES),
              "Root has not got CAP_SYS_ADMIN here (Docker: --cap-add SYS_ADMIN), or AppArmor or a"
                  + " seccomp profile forbids namespaces: jcontainer doctor tells which"),
          new Hint("clone(", Set.of(Errno.EAGAIN), "See ulimit -u and the cgroup's pids.max"),
          new Hint("clone3(", Set.of(ENOSPC, Errno.EUSERS), NAMESPACE_LIMITS),
          new Hint(
              "clone3(",
              Set.of(Errno.EAGAIN),
              "See ulimit -u, and pids.max of the cgroups above the container's"),
          new Hint(
              "clone3(",
              Set.of(EACCES),
              "This user may move nothing from the JVM's cgroup to the container's: both must lie in"
                  + " what was delegated to it, such as by systemd-run --user --scope -p"
                  + " Delegate=yes"),
          new Hint(
              "clone3(",
              Set.of(EPERM),
              "Root has not got CAP_SYS_ADMIN here (Docker: --cap-add SYS_ADMIN), or AppArmor or a"
                  + " seccomp profile forbids namespaces: jcontainer doctor tells which"),
          new Hint(
              "clone3(",
              Set.of(EINVAL, Errno.ENOSYS),
              "Before Linux 5.7 nothing can be cloned into a cgroup, and some seccomp profiles forbid"
                  + " clone3(2)"),
          new Hint(
              INTO_CGROUP,
              Set.of(EINVAL),
              "With a real-time priority, such as by chrt(1) or the spec's scheduling, a process can"
                  + " be in a cgroup of v1 only if its cpu.rt_runtime_us is not 0"),
          new Hint(
              INTO_CGROUP,
              Set.of(EACCES),
              "This user may move nothing there: the cgroups above must be delegated to it"),
          new Hint(
              "setns(",
              Set.of(EPERM),
              "The namespace belongs to a user namespace in which this user has no rights"),
          new Hint("setns(", Set.of(EINVAL), "It is no namespace of this kind"),
          new Hint("setns(", Set.of(Errno.ESRCH), "The process has ended"));

  private Hints() {}

  static @Nullable String of(LaunchPlan.Step step, Errno errno) {
    return TABLE.stream()
        .filter(hint -> step.call().startsWith(hint.call()) && hint.errors().contains(errno))
        .map(Hint::text)
        .findFirst()
        .orElse(null);
  }
}
