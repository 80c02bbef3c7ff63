package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.Signal;
import io.jcontainer.Stdio;
import io.jcontainer.User;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunOptionsTest {
  private final Trial trial = new Trial();

  @Test
  void without_options_the_hosts_programs_run_on_the_callers_streams() {
    ContainerSpec spec = trial.specOf("run", "--", "true");

    assertThat(spec.command()).containsExactly("true");
    assertThat(spec.rootfs()).hasValueSatisfying(root -> assertThat(root.isHost()).isTrue());
    assertThat(spec.rootfs().flatMap(LayeredRootfs::writeLayer)).isEmpty();
    assertThat(spec.env()).isEmpty();
    assertThat(spec.namespaces().network()).isEqualTo(Namespace.own());
    assertThat(spec.timeout()).isEmpty();
    assertThat(spec.stdin()).isEqualTo(Stdio.NULL);
    assertThat(spec.stdout()).isEqualTo(Stdio.INHERIT);
    assertThat(spec.stderr()).isEqualTo(Stdio.INHERIT);
  }

  @Test
  void an_interactive_one_has_the_callers_standard_input() {
    assertThat(trial.specOf("run", "-i", "--", "cat").stdin()).isEqualTo(Stdio.INHERIT);
  }

  @Test
  void rights_are_added_to_and_taken_from_the_usual() {
    ProcessSpec process =
        trial
            .specOf(
                "run",
                "--cap-drop",
                "chown",
                "--cap-add",
                "NET_ADMIN",
                "--cap-add=CAP_SYS_TIME",
                "--ulimit",
                "nofile=100:200",
                "--ulimit",
                "core=0",
                "--oom-score-adj",
                "500",
                "--",
                "true")
            .process();

    assertThat(process.capabilities())
        .isEqualTo(
            Capabilities.defaults()
                .without(Capability.CHOWN)
                .with(Capability.NET_ADMIN, Capability.SYS_TIME));
    assertThat(process.rlimits())
        .containsExactly(Rlimit.parse("nofile=100:200"), Rlimit.parse("core=0"));
    assertThat(process.oomScoreAdj()).hasValue(500);
  }

  @Test
  void what_is_added_wins_over_all_that_is_dropped() {
    assertThat(
            trial
                .specOf("run", "--cap-add", "KILL", "--cap-drop", "ALL", "--", "true")
                .process()
                .capabilities())
        .isEqualTo(Capabilities.none().with(Capability.KILL));
  }

  @Test
  void user_groups_init_and_stop_signal_are_the_specs() {
    ContainerSpec spec =
        trial.specOf(
            "run",
            "-u",
            "1000:100",
            "--group-add",
            "5",
            "--init",
            "--stop-signal",
            "int",
            "--rm",
            "--",
            "true");

    assertThat(spec.process().user()).isEqualTo(User.of(1000, 100));
    assertThat(spec.process().groups()).containsExactly("5");
    assertThat(spec.init()).isTrue();
    assertThat(spec.stopSignal()).isEqualTo(Signal.INT);
  }

  @Test
  void each_namespace_is_private_the_hosts_a_process_or_a_file() {
    var namespaces =
        trial
            .specOf(
                "run",
                "--pid",
                "host",
                "--ipc",
                "private",
                "--uts",
                "4711",
                "--network",
                "/run/netns/blue",
                "--cgroupns=host",
                "--",
                "true")
            .namespaces();

    assertThat(namespaces.pid()).isEqualTo(Namespace.host());
    assertThat(namespaces.ipc()).isEqualTo(Namespace.own());
    assertThat(namespaces.uts()).isEqualTo(Namespace.ofProcess(4711));
    assertThat(namespaces.network()).isEqualTo(Namespace.ofPath(Path.of("/run/netns/blue")));
    assertThat(namespaces.cgroup()).isEqualTo(Namespace.host());
  }

  @Test
  void a_namespace_that_is_none_is_told() {
    assertThat(trial.run("run", "--pid", "shared", "--", "true")).isEqualTo(125);
    assertThat(trial.err()).contains("--pid", "'shared' is none of private|host|PID|PATH");
  }

  @Test
  void options_end_at_the_first_word_of_the_command() {
    assertThat(
            trial.specOf("run", "--rootfs", "/", "sh", "-c", "id", "-w", "--", "--help").command())
        .containsExactly("sh", "-c", "id", "-w", "--", "--help");
  }

  @Test
  void options_end_at_two_hyphens() {
    assertThat(trial.specOf("run", "--hostname", "box", "--", "-odd", "--", "x").command())
        .containsExactly("-odd", "--", "x");
  }

  @Test
  void arguments_reach_the_command_unchanged() {
    String[] line = {"run", "--", "echo", "@file", "'a'", "\"b\"", "", "a=b", "${PATH}", "%s", "é"};

    assertThat(trial.specOf(line).command()).containsExactly(Arrays.copyOfRange(line, 2, 11));
  }

  @Test
  void an_empty_first_word_is_not_a_command() {
    assertThat(trial.run("run", "--", "")).isEqualTo(125);
    assertThat(trial.err()).startsWith("jcontainer: command: ");
  }

  @Test
  void a_directory_becomes_a_root_with_a_write_layer() {
    LayeredRootfs root =
        trial.specOf("run", "--rootfs", "/srv/alpine", "sh").rootfs().orElseThrow();

    assertThat(root.layers()).containsExactly(Path.of("/srv/alpine"));
    assertThat(root.writeLayer()).contains(LayeredRootfs.DEFAULT_WRITE_LAYER);
  }

  @Test
  void several_directories_become_layers_and_relative_ones_are_the_callers() {
    ContainerSpec spec = trial.specOf("run", "--rootfs=/lower", "--rootfs", "upper,1", "sh");

    assertThat(spec.rootfs().orElseThrow().layers())
        .containsExactly(Path.of("/lower"), Path.of("upper,1").toAbsolutePath());
  }

  @Test
  void a_directory_can_do_without_a_write_layer() {
    ContainerSpec spec = trial.specOf("run", "--rootfs", "/srv/alpine", "--read-only", "sh");

    assertThat(spec.rootfs().flatMap(LayeredRootfs::writeLayer)).isEmpty();
  }

  @Test
  void a_write_layer_can_be_kept_in_a_directory() {
    ContainerSpec spec = trial.specOf("run", "--rootfs", "/base", "--writable-in", "/kept", "sh");

    assertThat(spec.rootfs().flatMap(LayeredRootfs::keptIn)).contains(Path.of("/kept"));
  }

  @Test
  void layers_have_a_fallback_where_it_is_asked_for() {
    ContainerSpec spec =
        trial.specOf("run", "--rootfs", "/base", "--rootfs-fallback", "--read-only", "sh");

    assertThat(spec.rootfs().orElseThrow().fallbacks()).hasSize(2);
    assertThat(spec.rootfs().map(LayeredRootfs::isReadOnly)).contains(true);
  }

  @Test
  void layers_have_no_fallback_unless_it_is_asked_for() {
    ContainerSpec spec = trial.specOf("run", "--rootfs", "/base", "sh");

    assertThat(spec.rootfs().orElseThrow().fallbacks()).isEmpty();
  }

  @Test
  void the_hosts_programs_can_have_a_write_layer() {
    ContainerSpec spec = trial.specOf("run", "--writable", "--", "sh");

    assertThat(spec.rootfs()).hasValueSatisfying(root -> assertThat(root.isHost()).isTrue());
    assertThat(spec.rootfs().flatMap(LayeredRootfs::writeLayer)).isPresent();
  }

  @Test
  void variables_are_given_or_taken_from_the_caller() {
    trial.env.put("TAKEN", "caller's");
    trial.env.put("OTHER", "not asked for");
    ContainerSpec spec =
        trial.specOf(
            "run",
            "-e",
            "A=1",
            "--env",
            "B=x=y,z",
            "--env=C=",
            "-eD=4",
            "-e",
            "TAKEN",
            "-e",
            "UNSET",
            "-e",
            "A=2",
            "--",
            "env");

    assertThat(spec.env())
        .containsOnly(
            Map.entry("A", "2"),
            Map.entry("B", "x=y,z"),
            Map.entry("C", ""),
            Map.entry("D", "4"),
            Map.entry("TAKEN", "caller's"));
  }

  @Test
  void names_directory_network_and_timeout_reach_the_spec() {
    ContainerSpec spec =
        trial.specOf(
            "run",
            "--hostname",
            "box",
            "--domainname=lan",
            "--workdir",
            "/usr",
            "--network",
            "host",
            "--timeout",
            "1.5",
            "--",
            "pwd");

    assertThat(spec.hostname()).contains("box");
    assertThat(spec.domainname()).contains("lan");
    assertThat(spec.cwd()).isEqualTo("/usr");
    assertThat(spec.namespaces().network()).isEqualTo(Namespace.host());
    assertThat(spec.namespaces().pid()).isEqualTo(Namespace.own());
    assertThat(spec.timeout()).contains(Duration.ofMillis(1500));
  }

  @Test
  void network_none_is_a_network_of_its_own() {
    assertThat(trial.specOf("run", "--network=none", "--", "ip").namespaces().network())
        .isEqualTo(Namespace.own());
  }
}
