package io.jcontainer.linux.probe;

import java.io.IOException;

/** Why a host may refuse user namespaces, and what its administrator can do. */
public final class UserNamespaceHints {
  private UserNamespaceHints() {}

  /** What this host's settings say. */
  public static String current() {
    if ("0".equals(setting("kernel/unprivileged_userns_clone"))) {
      return "This host forbids them to ordinary users:"
          + " sysctl kernel.unprivileged_userns_clone=1 allows them";
    }
    if ("0".equals(setting("user/max_user_namespaces"))) {
      return "This host forbids them: sysctl user.max_user_namespaces=10000 allows them";
    }
    if ("1".equals(setting("kernel/apparmor_restrict_unprivileged_userns"))) {
      return "AppArmor forbids them to programs without a profile: an AppArmor profile for this"
          + " java with \"userns,\" allows them, or, for all programs,"
          + " sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    }
    return "If the JVM runs in a container itself, that one's seccomp profile may forbid them"
        + " (Docker: --security-opt seccomp=unconfined)";
  }

  /** What a user can do about ids that were refused. */
  public static String ids() {
    return "An ordinary user may give its own id, and, with the package uidmap installed, what"
        + " /etc/subuid and /etc/subgid grant (usermod --add-subuids 100000-165535"
        + " --add-subgids 100000-165535 USER)";
  }

  private static String setting(String name) {
    try {
      return Sysctl.read(name);
    } catch (IOException e) {
      return "unknown"; // most kernels have only one or two of these
    }
  }
}
