package io.jcontainer.linux.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What to do where a user namespace does not get the ids that were asked for: newuidmap(1). */
public final class IdRangeHints {
  private static final String GRANT =
      "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, with a range that no"
          + " other line of /etc/subuid and /etc/subgid has";

  private IdRangeHints() {}

  /** For what newuidmap(1), or starting it, has said. */
  public static String of(String said) {
    return of(said, hasSetUserIdBit(Programs.find("newuidmap")), noNewPrivileges());
  }

  /**
   * The same for other circumstances.
   *
   * @param setUserId whether newuidmap has its bit
   * @param noNewPrivileges whether such bits have no effect for this process
   */
  static String of(String said, boolean setUserId, boolean noNewPrivileges) {
    if (said.startsWith("writing ")) {
      return "The JVM's own user namespace has not got these ids, see /proc/self/uid_map: choose"
          + " some that it has (RuntimeOptions.withIds), or give more to the container it runs in";
    }
    if (said.contains("Cannot run program \"new")) {
      return "newuidmap and newgidmap are missing: apt-get install uidmap (Debian, Ubuntu), or dnf"
          + " install shadow-utils (Fedora)";
    }
    if (said.contains("not permitted") && noNewPrivileges) {
      return "The JVM runs with no_new_privs, so newuidmap has no rights either: start it without"
          + " (systemd: NoNewPrivileges=no; Docker: no --security-opt no-new-privileges)";
    }
    if (said.contains("not permitted") && !setUserId) {
      return "newuidmap has lost its set-user-id bit: chmod u+s /usr/bin/newuidmap"
          + " /usr/bin/newgidmap, or install the package again";
    }
    return ids();
  }

  /** Where a user namespace lacks an id. */
  public static String ids() {
    return "An ordinary user may give its own id, and what /etc/subuid and /etc/subgid grant: "
        + GRANT;
  }

  /** For a user without a line in subuid(5). */
  public static String grant() {
    return GRANT;
  }

  private static boolean hasSetUserIdBit(Path program) {
    try {
      return ((int) Files.getAttribute(program, "unix:mode") & 04000) != 0;
    } catch (IOException e) {
      return true; // then what is wrong is something else
    }
  }

  private static boolean noNewPrivileges() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).contains("NoNewPrivs:\t1");
    } catch (IOException e) {
      return false;
    }
  }
}
