package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The doctor on hosts that lack something: this one, after a script has taken it away. */
@LeakChecked
@Timeout(120)
@RequiresHost(Feature.USER_NAMESPACES)
class DoctorIT {

  /** Runs the command in namespaces in which a script, as root of them, changes something. */
  private static Finished after(String script, List<String> namespaces, String... args) {
    ProcessBuilder builder = Cli.process(Map.of(), args);
    List<String> command = new ArrayList<>(List.of("unshare", "--map-root-user"));
    command.addAll(namespaces);
    command.addAll(List.of("sh", "-c", script + " && exec \"$@\"", "sh"));
    command.addAll(builder.command());
    return Finished.start(builder.command(command), "").await();
  }

  @Test
  void a_host_that_runs_these_tests_can_start_containers() {
    Finished finished = Cli.run("doctor");

    assertThat(finished.code()).as(finished.err()).isZero();
    assertThat(finished.out()).containsPattern("(?m)^yes +container ");
  }

  @Test
  void a_host_without_user_namespaces_is_told_by_its_setting() {
    Finished finished =
        after("echo 0 >/proc/sys/user/max_user_namespaces", List.of("--mount"), "doctor");

    assertThat(finished.code()).isEqualTo(1);
    assertThat(finished.out())
        .containsPattern("(?m)^NO +container ")
        .containsPattern(
            "(?m)^NO +user-namespaces .*\n.*clone\\(.*ENOSPC\n.*sysctl user\\.max_user")
        .containsPattern("(?m)^yes +pid-namespace ");
  }

  @Test
  void a_limit_of_network_namespaces_is_told_as_such() {
    Finished finished =
        after("echo 0 >/proc/sys/user/max_net_namespaces", List.of("--mount"), "doctor");

    assertThat(finished.code()).isEqualTo(1);
    assertThat(finished.out())
        .containsPattern("(?m)^NO +network-namespace .*\n.*ENOSPC\n.*max_\\*_namespaces")
        .containsPattern("(?m)^yes +mount-namespace ");
  }

  @Test
  void a_proc_that_is_hidden_in_part_is_told_as_such() {
    // Only what a namespace above has mounted counts: it cannot be uncovered.
    String script =
        "mount -t tmpfs none /proc/irq && set -- unshare --map-root-user --mount \"$@\"";
    Finished finished = after(script, List.of("--mount"), "doctor", "--json");

    assertThat(finished.code()).isEqualTo(1);
    assertThat(finished.out())
        .contains("\"canStart\": false")
        .containsPattern("\"proc-mount\".*\"works\": false.*EPERM.*systempaths=unconfined");
  }

  @Test
  void ids_that_the_jvms_own_user_namespace_has_not_got_are_told_as_such() {
    Finished finished = after("true", List.of(), "doctor");

    assertThat(finished.code()).isEqualTo(1);
    assertThat(finished.out())
        .containsPattern("(?m)^NO +user-namespaces .*\n.*uid_map.*\n.*/proc/self/uid_map");
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void a_host_that_executes_no_memfd_starts_containers_all_the_same() {
    ProcessBuilder builder = Cli.process(Map.of(), "doctor");
    // The launcher becomes a file of the state directory then, which stays there.
    String script = "mount -t tmpfs none /run && echo 2 >/proc/sys/vm/memfd_noexec && exec \"$@\"";
    List<String> command =
        new ArrayList<>(
            List.of("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh"));
    command.addAll(builder.command());
    Finished finished = Finished.start(builder.command(command), "").await();

    assertThat(finished.code()).as(finished.err()).isZero();
    assertThat(finished.out())
        .containsPattern("(?m)^NO +memfd .*\n.*memfd_create.*EACCES.*\n.*vm\\.memfd_noexec");
  }

  @Test
  void too_few_descriptors_are_told_as_such() {
    ProcessBuilder builder = Cli.process(Map.of(), "doctor");
    List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 60; exec \"$@\"", "sh"));
    command.addAll(builder.command());
    Finished finished = Finished.start(builder.command(command), "").await();

    assertThat(finished.code()).isEqualTo(1);
    assertThat(finished.out()).containsPattern("(?m)^NO +container ").contains("ulimit -n");
  }
}
