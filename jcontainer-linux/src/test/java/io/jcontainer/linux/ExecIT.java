package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Signal;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Further processes in a container. */
@Tag("every-jdk")
@Tag("every-kernel")
@Timeout(60)
class ExecIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  private static String out(Container container, String script) {
    try (ContainerProcess process = container.exec("sh", "-c", script)) {
      String text = process.stdout().readText();
      assertThat(process.waitFor()).as(process.stderr().readText()).isEqualTo(ExitStatus.exited(0));
      return text;
    }
  }

  private static ProcessSpec.Builder script(String script) {
    return ProcessSpec.builder().command("sh", "-c", script);
  }

  private static BufferedReader ready(ContainerProcess process) throws IOException {
    BufferedReader out = new BufferedReader(new InputStreamReader(process.stdout(), UTF_8));
    assertThat(out.readLine()).isEqualTo("ready");
    return out;
  }

  @Test
  void it_is_in_all_of_the_containers_namespaces_and_in_its_root() {
    String script =
        "for kind in cgroup ipc mnt net pid user uts; do readlink /proc/%s/ns/$kind; done";
    try (Container container = waiting()) {
      assertThat(out(container, script.formatted("self")))
          .isEqualTo(out(container, script.formatted("1")))
          .contains("mnt:[");
      assertThat(out(container, "hostname")).isEqualTo(container.id() + "\n");
      assertThat(out(container, "ls /")).isEqualTo(out(container, "ls /proc/1/root/"));
      assertThat(out(container, "ls /sys/class/net")).isEqualTo("lo\n");
    }
  }

  @Test
  void its_rights_are_those_of_a_first_process() {
    String script = "grep -E '^(Cap|NoNewPrivs|Uid|Gid|Groups|SigBlk|SigIgn)' /proc/self/status";
    try (Container container = waiting()) {
      assertThat(out(container, script)).isEqualTo(sh(script).out());
    }
  }

  @Test
  void it_has_its_own_environment_directory_and_streams() {
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").env("FIRST", "1").cwd("/usr").build();
    try (Container container = runtime.start(spec);
        ContainerProcess process =
            container.exec(
                script("pwd; env | sort | grep -v '^[_S]'; cat; echo err >&2")
                    .cwd("/tmp")
                    .env("SECOND", "2")
                    .build())) {
      writeAndClose(process, "typed");

      assertThat(process.stdout().readText().lines())
          .containsExactly(
              "/tmp", "HOME=/tmp", "PATH=" + ContainerSpec.DEFAULT_PATH, "PWD=/tmp", "typed");
      assertThat(process.stderr().readText()).isEqualTo("err\n");
    }
  }

  private static void writeAndClose(ContainerProcess process, String text) {
    try (var stdin = process.stdin()) {
      stdin.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void only_the_three_streams_are_open_in_it() {
    try (Container container = waiting()) {
      // The shell's own list has the directory that ls reads as well.
      assertThat(out(container, "ls /proc/self/fd").lines()).containsExactly("0", "1", "2", "3");
    }
  }

  @Test
  void the_exit_code_and_the_signal_are_the_commands() {
    try (Container container = waiting();
        ContainerProcess seven = container.exec("sh", "-c", "exit 7");
        ContainerProcess killed = container.exec("sh", "-c", "kill -9 $$")) {
      assertThat(seven.waitFor()).isEqualTo(ExitStatus.exited(7));
      assertThat(killed.waitFor()).isEqualTo(ExitStatus.signaled(9));
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void a_signal_reaches_its_command() throws IOException {
    try (Container container = waiting();
        ContainerProcess process =
            container.exec(
                "sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done")) {
      ready(process);

      assertThat(process.stop(LONG)).isEqualTo(ExitStatus.exited(3));
    }
  }

  @Test
  void what_it_leaves_behind_when_it_ends_by_itself_stays_in_the_container() {
    try (Container container = waiting()) {
      out(container, "sleep 62 >/dev/null 2>&1 & echo started");

      assertThat(out(container, "ps -e -o args")).contains("sleep 62");
    }
  }

  private static final String TREE =
      "setsid sh -c 'sleep 63 & (sleep 63 &) ; sleep 63' & (setsid sleep 63 &); sleep 63";

  @Test
  void killing_it_ends_all_that_came_from_it_and_nothing_else() {
    try (Container container = waiting();
        ContainerProcess other = container.exec("sleep", "64");
        ContainerProcess process = container.exec("sh", "-c", TREE)) {
      assertThat(Poll.until(LONG, () -> count(container, "sleep 63") == 5)).isTrue();

      process.kill();

      assertThat(process.waitFor()).isEqualTo(ExitStatus.signaled(9));
      assertThat(Poll.until(LONG, () -> count(container, "sleep 63") == 0)).isTrue();
      assertThat(count(container, "sleep 64")).isOne();
      assertThat(other.isAlive()).isTrue();
    }
  }

  @Test
  void its_timeout_ends_all_that_came_from_it_and_is_told() {
    ProcessSpec spec = script(TREE).timeout(Duration.ofMillis(400)).build();
    try (Container container = waiting();
        ContainerProcess process = container.exec(spec)) {
      assertThat(process.waitFor().timedOut()).isTrue();
      assertThat(Poll.until(LONG, () -> count(container, "sleep 63") == 0)).isTrue();
      assertThat(container.isAlive()).isTrue();
    }
  }

  private static long count(Container container, String command) {
    return out(container, "ps -e -o args").lines().filter(command::equals).count();
  }

  @Test
  void closing_it_ends_a_tree_that_forks_all_the_time() throws IOException {
    String bomb = "echo ready; f() { sleep 0.01; f & }; f; wait; sleep 60";
    try (Container container = waiting()) {
      try (ContainerProcess process = container.exec("sh", "-c", bomb)) {
        ready(process);
      }
      // Nor a zombie: process 1, which is cat(1), would not take its end.
      assertThat(out(container, "ps -e -o comm").lines())
          .containsOnly("COMMAND", "cat", "init", "sh", "ps");
    }
  }

  @Test
  void it_dies_with_the_container() {
    try (Container container = waiting();
        ContainerProcess process = container.exec("sleep", "60")) {
      container.kill();

      assertThat(process.waitFor(LONG)).contains(ExitStatus.signaled(9));
      assertThat(container.waitFor(LONG)).contains(ExitStatus.signaled(9));
    }
  }

  @Test
  void many_that_run_do_not_keep_the_container_from_ending() {
    List<ContainerProcess> processes = new ArrayList<>();
    try (Container container = waiting()) {
      for (int i = 0; i < 20; i++) {
        processes.add(container.exec("sleep", "60"));
      }
      container.close();

      processes.forEach(
          process -> assertThat(process.waitFor(LONG)).contains(ExitStatus.signaled(9)));
    } finally {
      processes.forEach(ContainerProcess::close);
    }
  }

  @Test
  void in_a_container_that_has_ended_it_is_refused() {
    try (Container container = runtime.start(ContainerSpec.of("true"))) {
      container.waitFor();

      assertThatThrownBy(() -> container.exec("true")).isInstanceOf(ContainerGoneException.class);
    }
  }

  @Test
  void a_command_that_is_not_there_names_the_step_and_leaves_the_container_alone() {
    try (Container container = waiting()) {
      assertThatThrownBy(() -> container.exec("no-such-command"))
          .isInstanceOf(StartFailedException.class)
          .hasMessageContaining("no-such-command");
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void a_directory_through_a_leaked_descriptor_is_refused() {
    try (Container container = waiting()) {
      for (int fd = 3; fd < 20; fd++) {
        ProcessSpec spec = script("pwd").cwd("/proc/self/fd/" + fd).build();
        assertThatThrownBy(() -> container.exec(spec)).isInstanceOf(StartFailedException.class);
      }
    }
  }

  @Test
  void it_can_join_a_container_that_shares_some_of_the_hosts_namespaces() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("cat")
            .namespaces(ns -> ns.pid(Namespace.host()).network(Namespace.host()))
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(out(container, "hostname")).isEqualTo(container.id() + "\n");
    }
  }

  @Test
  void nobody_in_the_container_can_look_into_its_init() {
    // Who may trace a process may read its exe link, and the other way round.
    String script =
        "for p in /proc/[0-9]*; do readlink $p/exe >/dev/null || cat $p/comm; done 2>/dev/null";
    try (Container container = waiting();
        ContainerProcess process = container.exec("sleep", "60")) {
      // That of the shell which asks, and that of sleep.
      assertThat(out(container, script).lines()).containsExactly("init", "init");
      assertThat(process.isAlive()).isTrue();
    }
  }

  @Test
  void a_signal_and_a_kill_after_its_end_do_nothing() {
    int before = ProcFs.children(ProcFs.ownPid()).size();
    try (Container container = waiting();
        ContainerProcess process = container.exec("true")) {
      process.waitFor();
      process.signal(Signal.TERM);
      process.kill();

      assertThat(process.isAlive()).isFalse();
      assertThat(ProcFs.children(ProcFs.ownPid())).hasSize(before + 1);
    }
  }

  @Test
  void streams_that_are_no_pipes_are_none() {
    ProcessSpec spec =
        script("exit 0").stdin(Stdio.NULL).stdout(Stdio.NULL).stderr(Stdio.NULL).build();
    try (Container container = waiting();
        ContainerProcess process = container.exec(spec)) {
      assertThatThrownBy(process::stdout).isInstanceOf(IllegalStateException.class);
      assertThat(process.waitFor()).isEqualTo(ExitStatus.exited(0));
    }
  }
}
