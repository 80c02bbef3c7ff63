package io.jcontainer.linux.cgroup;

import java.util.Optional;

/** What helps where cgroups cannot be made or written to: the very commands. */
public final class Cures {
  /** For an ordinary user. */
  private static final String SCOPE =
      "Start the JVM in a cgroup that systemd delegates to its user: systemd-run --user --scope"
          + " -p Delegate=yes java ..., and allow it RuntimeOptions.withCgroupDelegation(true)";

  /** Where there are no cgroups at all. */
  public static final String NOT_MOUNTED =
      "In a container, mount /sys/fs/cgroup (Docker: --cgroupns private)";

  private Cures() {}

  /** Where v2 belongs to somebody else. */
  public static String notDelegated(boolean root) {
    return root
        ? "It is mounted read-only, or kept from root by a user namespace: in a container, give it"
            + " a cgroup file system of its own that it may write to (Docker: --privileged"
            + " --cgroupns private)"
        : SCOPE;
  }

  /** Where v1 belongs to somebody else. */
  public static String notDelegatedV1(boolean root) {
    return root
        ? notDelegated(true)
        : "With cgroups v1 only root can delegate: chown the JVM's cgroups to its user";
  }

  /** Where v2 is delegated, but without this controller. */
  static String controllerNotDelegated(boolean root, String controller) {
    return root
        ? "Name a cgroup that has it with RuntimeOptions.withCgroupParent, such as /jcontainer"
        : "Start the JVM in a scope with it: systemd-run --user --scope -p Delegate=yes java ...;"
            + " if that has not got it either, root delegates it to users: systemctl edit"
            + " user@.service, with the lines [Service] and Delegate=cpu cpuset io memory pids";
  }

  /** Where processes are in the way of handing on controllers. */
  static Optional<String> processesInTheWay(boolean root, boolean allowed) {
    String elsewhere =
        root
            ? "name another cgroup with RuntimeOptions.withCgroupParent, such as /jcontainer"
            : "start the JVM alone in a cgroup: systemd-run --user --scope -p Delegate=yes java ...";
    return Optional.of(
        allowed
            ? "Let it be alone there, or " + elsewhere
            : "Let the runtime move the JVM to a leaf of it with"
                + " RuntimeOptions.withCgroupDelegation(true), or "
                + elsewhere);
  }
}
