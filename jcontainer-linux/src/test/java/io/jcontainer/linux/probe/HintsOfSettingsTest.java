package io.jcontainer.linux.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an administrator is told, for hosts that this one is not. */
class HintsOfSettingsTest {
  private static String userNamespaces(Map<String, String> settings, boolean contained) {
    return UserNamespaceHints.of(name -> settings.getOrDefault(name, "unknown"), contained);
  }

  @ParameterizedTest
  @CsvSource({
    "kernel/unprivileged_userns_clone, 0, sysctl kernel.unprivileged_userns_clone=1",
    "user/max_user_namespaces, 0, sysctl user.max_user_namespaces=10000",
    "kernel/apparmor_restrict_unprivileged_userns, 1, AppArmor",
  })
  void a_setting_that_forbids_user_namespaces_is_named(String name, String value, String cure) {
    assertThat(userNamespaces(Map.of(name, value), true)).contains(cure);
  }

  @Test
  void a_setting_that_allows_them_is_not_blamed() {
    Map<String, String> open =
        Map.of(
            "kernel/unprivileged_userns_clone", "1",
            "user/max_user_namespaces", "1000",
            "kernel/apparmor_restrict_unprivileged_userns", "0");

    assertThat(userNamespaces(open, false)).startsWith("If the JVM runs in a container");
    assertThat(userNamespaces(open, true)).startsWith("The JVM runs in a container");
  }

  @Test
  void ids_that_an_outer_namespace_lacks_are_told_as_such() {
    String said = "writing \"0 1 2\" to /proc/7/uid_map: Operation not permitted";

    assertThat(IdRangeHints.of(said, false, true)).contains("/proc/self/uid_map");
  }

  @Test
  void newuidmap_that_is_missing_is_to_be_installed() {
    assertThat(IdRangeHints.of("Cannot run program \"newuidmap\": error=2", true, true))
        .contains("apt-get install uidmap");
  }

  @Test
  void newuidmap_without_its_rights_is_told_by_what_took_them() {
    String said = "newuidmap: write to uid_map failed: Operation not permitted";

    assertThat(IdRangeHints.of(said, false, false)).contains("chmod u+s");
    assertThat(IdRangeHints.of(said, true, true)).contains("no_new_privs");
    assertThat(IdRangeHints.of(said, false, true)).contains("no_new_privs");
    assertThat(IdRangeHints.of(said, true, false)).contains("/etc/subuid");
  }

  @Test
  void a_range_that_is_not_granted_is_to_be_granted() {
    assertThat(IdRangeHints.of("newuidmap: uid range [1-2) -> [5-6) not allowed", true, false))
        .contains("usermod --add-subuids");
  }
}
