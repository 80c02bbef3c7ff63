package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Namespace;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Poll;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals, the init, stopping, and the view as a process of the JDK. */
@Tag("every-jdk")
@Timeout(60)
class LifeIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String LISTENS =
      "trap 'echo got TERM; exit 3' TERM; echo ready; while :; do sleep 0.05; done";

  private static ContainerSpec.Builder sh(String script, boolean init) {
    return ContainerSpec.builder().command("sh", "-c", script).init(init);
  }

  private static BufferedReader ready(Container container) throws IOException {
    BufferedReader out = new BufferedReader(new InputStreamReader(container.stdout(), UTF_8));
    assertThat(out.readLine()).isEqualTo("ready");
    return out;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_signal_reaches_the_command(boolean init) throws IOException {
    try (Container container = runtime.start(sh(LISTENS, init).build())) {
      BufferedReader out = ready(container);

      container.signal(Signal.TERM);

      assertThat(out.readLine()).isEqualTo("got TERM");
      assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(3));
    }
  }

  @Test
  void the_kernel_spares_process_1_a_signal_that_it_does_not_handle_but_not_the_command_of_an_init()
      throws IOException {
    String script = "echo ready; exec sleep 60";
    try (Container bare = runtime.start(sh(script, false).build());
        Container below = runtime.start(sh(script, true).build())) {
      ready(bare);
      ready(below);

      bare.signal(Signal.TERM);
      below.signal(Signal.TERM);

      assertThat(below.waitFor()).isEqualTo(ExitStatus.signaled(15));
      assertThat(bare.isAlive()).isTrue();
    }
  }

  @Test
  void the_exit_status_below_an_init_is_the_commands() {
    assertThat(run(sh("exit 7", true).build()).exit()).isEqualTo(ExitStatus.exited(7));
    assertThat(run(sh("kill -9 $$", true).build()).exit()).isEqualTo(ExitStatus.signaled(9));
    assertThat(run(sh("kill -SEGV $$", true).build()).exit()).isEqualTo(ExitStatus.signaled(11));
  }

  @Test
  void an_init_is_process_1_and_takes_the_end_of_orphans() throws IOException {
    // The shell in the middle ends first; its child then belongs to process 1, and ends.
    String script =
        "echo $$; (sh -c 'sleep 0.01; exit 0' & exit 0); sleep 0.2;"
            + " grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l";

    assertThat(run(sh(script, true).build()).out().lines()).containsExactly("2", "0");
  }

  @Test
  void an_init_ends_with_its_command_and_everything_with_it() {
    try (Container container = runtime.start(sh("sleep 60 & exit 4", true).build())) {
      assertThat(container.waitFor(LONG)).contains(ExitStatus.exited(4));
      assertThat(container.stdout().readText()).isEmpty(); // nobody holds it any more
    }
  }

  @Test
  void a_command_that_is_not_there_is_told_below_an_init_too() {
    assertThatThrownBy(
            () -> runtime.start(ContainerSpec.builder().command("no-such").init(true).build()))
        .hasMessageContaining("ENOENT");
  }

  @Test
  void an_init_in_a_shared_pid_namespace_takes_all_that_came_from_it_along() throws IOException {
    ContainerSpec spec =
        sh("setsid sh -c 'sleep 61 & echo ready; wait' & wait", true)
            .namespaces(ns -> ns.pid(Namespace.host()))
            .build();
    try (Container container = runtime.start(spec)) {
      ready(container);
    }
    assertThat(
            ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("sleep 61"))
                .filter(ProcessHandle::isAlive))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stopping_lets_a_command_end_in_its_own_way(boolean init) throws IOException {
    try (Container container = runtime.start(sh(LISTENS, init).build())) {
      ready(container);

      assertThat(container.stop(LONG)).isEqualTo(ExitStatus.exited(3));
    }
  }

  @Test
  void stopping_kills_a_command_that_does_not_listen() throws IOException {
    ContainerSpec spec = sh("trap '' TERM; echo ready; while :; do sleep 0.05; done", true).build();
    try (Container container = runtime.start(spec)) {
      ready(container);

      assertThat(container.stop(Duration.ofMillis(100))).isEqualTo(ExitStatus.signaled(9));
    }
  }

  @Test
  void the_stop_signal_is_the_specs() throws IOException {
    String script = "trap 'exit 5' INT; echo ready; while :; do sleep 0.05; done";
    ContainerSpec spec = sh(script, true).stopSignal(Signal.INT).build();
    try (Container container = runtime.start(spec)) {
      ready(container);

      assertThat(container.stop(LONG)).isEqualTo(ExitStatus.exited(5));
    }
  }

  @Test
  void a_time_that_is_over_kills_what_is_below_an_init_and_says_so() {
    ContainerSpec spec =
        sh("trap '' TERM; sleep 60 & wait", true).timeout(Duration.ofMillis(200)).build();
    try (Container container = runtime.start(spec)) {
      ExitStatus exit = container.waitFor();

      assertThat(exit.timedOut()).isTrue();
      assertThat(exit.signal()).contains(Signal.KILL);
    }
  }

  @Test
  void signals_after_the_end_do_nothing() {
    try (Container container = runtime.start(ContainerSpec.of("true"))) {
      ExitStatus exit = container.waitFor();

      container.signal(Signal.TERM);
      container.kill();

      assertThat(container.stop(LONG)).isEqualTo(exit);
    }
  }

  // As a process of the JDK.

  @Test
  void a_container_can_be_used_as_a_process_of_the_jdk() throws Exception {
    try (Container container =
        runtime.start(sh("read line; echo \"<$line>\"; echo err >&2; exit 9", false).build())) {
      Process process = container.asProcess();
      assertThat(process.isAlive()).isTrue();
      assertThat(process.pid()).isEqualTo(container.pid());
      assertThat(process.toHandle().isAlive()).isTrue();
      assertThatThrownBy(process::exitValue).isInstanceOf(IllegalThreadStateException.class);
      assertThat(process.waitFor(1, TimeUnit.MILLISECONDS)).isFalse();

      try (var writer = process.outputWriter()) {
        writer.write("hello\n");
      }

      assertThat(process.inputReader().readLine()).isEqualTo("<hello>");
      assertThat(process.errorReader().readLine()).isEqualTo("err");
      assertThat(process.waitFor()).isEqualTo(9);
      assertThat(process.exitValue()).isEqualTo(9);
      assertThat(process.onExit()).succeedsWithin(LONG).isSameAs(process);
      assertThat(process.toHandle().onExit()).succeedsWithin(LONG);
      assertThat(process.isAlive()).isFalse();
    }
  }

  @Test
  void destroying_asks_and_destroying_forcibly_kills() throws Exception {
    try (Container container = runtime.start(sh(LISTENS, false).build());
        Container deaf = waiting()) {
      ready(container);

      container.asProcess().destroy();
      deaf.asProcess().destroyForcibly();

      assertThat(container.asProcess().waitFor()).isEqualTo(3);
      assertThat(deaf.asProcess().waitFor()).isEqualTo(137);
    }
  }

  @Test
  void a_handle_of_the_jdk_does_not_take_the_end_from_us() {
    try (Container container = waiting()) {
      ProcessHandle handle = container.asProcess().toHandle();
      var gone = handle.onExit();

      container.kill();

      assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(9));
      assertThat(gone).succeedsWithin(LONG);
      assertThat(Poll.until(LONG, () -> !handle.isAlive())).isTrue();
    }
  }
}
