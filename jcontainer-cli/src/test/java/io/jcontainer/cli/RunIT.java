package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.RequiresHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

@RequiresHost(Feature.USER_NAMESPACES)
class RunIT {

  @Test
  void a_volume_a_tmpfs_and_a_file_are_where_they_are_said_to_be(@HostRootedTempDir Path directory)
      throws Exception {
    Files.writeString(directory.resolve("note"), "hello\n");

    assertThat(
            Cli.run(
                "run",
                "-v",
                directory + ":/data:ro",
                "--tmpfs",
                "/scratch",
                "--mount",
                "source=" + directory + "/note,target=/note,readonly",
                "--",
                "sh",
                "-c",
                "cat /data/note /note; touch /data/x 2>/dev/null || echo read-only;"
                    + " touch /scratch/x && echo writable"))
        .isEqualTo(new Finished(0, "hello\nhello\nread-only\nwritable\n", ""));
  }

  @Test
  void success_exits_with_0_and_says_nothing() {
    assertThat(Cli.run("run", "--", "true")).isEqualTo(new Finished(0, "", ""));
  }

  @Test
  void the_commands_exit_code_is_passed_on() {
    assertThat(Cli.run("run", "--", "sh", "-c", "exit 3")).isEqualTo(new Finished(3, "", ""));
  }

  @Test
  void output_and_errors_keep_apart() {
    assertThat(Cli.run("run", "--", "sh", "-c", "echo out; echo err >&2"))
        .isEqualTo(new Finished(0, "out\n", "err\n"));
  }

  @Test
  void standard_input_is_the_commands() {
    assertThat(Cli.run(Map.of(), "one\ntwo\n", "run", "-i", "--", "cat").out())
        .isEqualTo("one\ntwo\n");
  }

  @Test
  void only_the_variables_asked_for_are_there() {
    Finished finished =
        Cli.run(
            Map.of("TAKEN", "from here", "SECRET", "stays here"),
            "",
            "run",
            "-e",
            "TAKEN",
            "-e",
            "GIVEN=by option",
            "-e",
            "UNSET_EVERYWHERE",
            "--",
            "env");

    assertThat(finished.out().lines())
        .contains("TAKEN=from here", "GIVEN=by option")
        .noneMatch(line -> line.startsWith("SECRET=") || line.startsWith("UNSET_EVERYWHERE="));
  }

  @Test
  void the_working_directory_is_the_root_or_the_one_asked_for() {
    assertThat(Cli.run("run", "--", "pwd").out()).isEqualTo("/\n");
    assertThat(Cli.run("run", "-w", "/usr/bin", "--", "pwd").out()).isEqualTo("/usr/bin\n");
  }

  @Test
  void host_and_domain_name_are_the_containers_own() {
    assertThat(
            Cli.run(
                    "run",
                    "--hostname",
                    "box",
                    "--domainname",
                    "lan",
                    "--",
                    "cat",
                    "/proc/sys/kernel/hostname",
                    "/proc/sys/kernel/domainname")
                .out())
        .isEqualTo("box\nlan\n");
  }

  @Test
  void without_a_network_there_is_only_loopback() {
    assertThat(
            Cli.run("run", "--network", "none", "--", "cat", "/proc/net/dev").out().lines().skip(2))
        .singleElement()
        .matches(line -> line.strip().startsWith("lo:"));
  }

  @Test
  void the_hosts_network_is_that_of_this_test() {
    String link = "/proc/self/ns/net";

    assertThat(Cli.run("run", "--network", "host", "--", "readlink", link).out().strip())
        .isEqualTo(Finished.start(new ProcessBuilder("readlink", link), "").await().out().strip());
  }

  @Test
  void a_dry_run_prints_the_plan_up_to_execve() {
    Finished finished = Cli.run("run", "--dry-run", "--", "sh", "-c", "echo started");

    assertThat(finished.code()).as(finished.err()).isZero();
    assertThat(finished.err()).isEmpty();
    assertThat(finished.out()).contains("execve").doesNotContain("\nstarted");
  }

  @Test
  void a_container_whose_time_is_over_exits_with_137() {
    Finished finished = Cli.run("run", "--timeout", "200ms", "--", "sleep", "50");

    assertThat(finished)
        .isEqualTo(new Finished(137, "", "jcontainer: killed because its time was over: 0.2s\n"));
  }

  @Test
  void a_version_is_printed() {
    assertThat(Cli.run("--version").out()).matches("jcontainer [0-9].*\n");
  }
}
