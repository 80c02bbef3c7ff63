package io.jcontainer.linux.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Why a host may refuse user namespaces, and what its administrator can do. */
public final class UserNamespaceHints {
  private static final String UNKNOWN = "unknown";

  private UserNamespaceHints() {}

  /** What this host's settings say. */
  public static String current() {
    boolean contained =
        Files.exists(Path.of("/.dockerenv")) || Files.exists(Path.of("/run/.containerenv"));
    return of(UserNamespaceHints::setting, contained);
  }

  /**
   * What settings say.
   *
   * @param settings the value of one by its name below /proc/sys
   * @param contained whether the JVM is known to run in a container of Docker or podman
   */
  static String of(UnaryOperator<String> settings, boolean contained) {
    if ("0".equals(settings.apply("kernel/unprivileged_userns_clone"))) {
      return "This host forbids them to ordinary users:"
          + " sysctl kernel.unprivileged_userns_clone=1 allows them";
    }
    if ("0".equals(settings.apply("user/max_user_namespaces"))) {
      return "This host forbids them: sysctl user.max_user_namespaces=10000 allows them";
    }
    if ("1".equals(settings.apply("kernel/apparmor_restrict_unprivileged_userns"))) {
      return "AppArmor forbids them to programs without a profile: an AppArmor profile for this"
          + " java with \"userns,\" allows them, or, for all programs,"
          + " sysctl kernel.apparmor_restrict_unprivileged_userns=0";
    }
    return (contained
            ? "The JVM runs in a container itself, whose seccomp profile forbids them"
            : "If the JVM runs in a container itself, that one's seccomp profile may forbid them")
        + " (Docker: --security-opt seccomp=unconfined); a limit may also be that of an outer"
        + " user namespace";
  }

  private static String setting(String name) {
    try {
      return Sysctl.read(name);
    } catch (IOException e) {
      return UNKNOWN; // most kernels have only one or two of these
    }
  }
}
