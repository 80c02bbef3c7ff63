package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Terminal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pseudo-terminal is what a process has at a human's desk, and ends as a pipe does. */
@Tag("every-jdk")
@Timeout(60)
class TerminalIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String CTRL_C = "\003";
  private static final String CTRL_Z = "\032";

  private static ContainerSpec.Builder terminal(String... command) {
    return ContainerSpec.builder().command(command).terminal(Terminal.DEFAULT).timeout(LONG);
  }

  private static ContainerSpec.Builder script(String script) {
    return terminal("sh", "-c", script);
  }

  private static ProcessSpec process(String script) {
    return ProcessSpec.builder()
        .command("sh", "-c", script)
        .terminal(Terminal.DEFAULT)
        .timeout(LONG)
        .build();
  }

  /** What a command shows until it ends by itself. */
  private String shown(ContainerSpec spec) {
    try (Container container = runtime.start(spec)) {
      String shown = new Screen(container).rest();
      assertThat(container.waitFor()).as(shown).isEqualTo(ExitStatus.exited(0));
      return shown;
    }
  }

  // What it is.

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_three_streams_are_the_first_terminal_of_the_container(boolean init) {
    String script = "tty; test -t 0 && test -t 1 && test -t 2 && tty <&2; ls /proc/self/fd";

    assertThat(shown(script(script).init(init).build()))
        .isEqualTo("/dev/pts/0\n/dev/pts/0\n0  1  2  3\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void it_controls_the_session_of_the_command_and_of_nobody_else(boolean init) {
    String ps = "ps -e -o tty=,comm=; echo up >/dev/tty";

    assertThat(shown(script(ps).init(init).build()).replaceAll(" +", " "))
        .isEqualTo((init ? "? init\n" : "") + "pts/0 sh\npts/0 ps\nup\n");
  }

  @Test
  void errors_come_with_the_output_in_the_order_in_which_they_are_written() {
    assertThat(shown(script("echo one; echo two >&2; echo three").build()))
        .isEqualTo("one\ntwo\nthree\n");
  }

  @Test
  void what_is_written_to_the_console_is_shown() {
    String script = "echo up >/dev/console; stat -c %t:%T /dev/console /dev/pts/0; ls -A /dev/pts";

    assertThat(shown(script(script).build())).isEqualTo("up\n88:0\n88:0\n0  ptmx\n");
  }

  @Test
  void without_one_there_is_no_terminal_and_no_console() {
    Finished finished = sh("tty; ls /dev/console /dev/pts; cat </dev/tty; echo TERM=$TERM");

    assertThat(finished.out()).isEqualTo("not a tty\n/dev/pts:\nptmx\nTERM=\n");
    assertThat(finished.err()).contains("/dev/console").contains("/dev/tty");
  }

  @Test
  void programs_learn_its_type_unless_the_spec_has_another() {
    assertThat(shown(script("echo $TERM").build())).isEqualTo("xterm\n");
    assertThat(shown(script("echo $TERM").env("TERM", "vt100").build())).isEqualTo("vt100\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void it_belongs_to_the_user_of_the_process() {
    String script =
        "stat -c %u $(tty) /dev/console; echo a >$(tty); echo b >/dev/console; echo c >/dev/tty";

    assertThat(shown(script(script).user("1234:1234").build())).isEqualTo("1234\n1234\na\nb\nc\n");
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void it_belongs_to_a_user_who_is_looked_up() {
    assertThat(shown(script("stat -c %U $(tty)").user("nobody").build())).isEqualTo("nobody\n");
  }

  @Test
  void a_container_in_the_hosts_mount_namespace_has_one_of_the_hosts() {
    ContainerSpec spec =
        script("tty; echo up >/dev/tty")
            .namespaces(ns -> ns.mount(Namespace.host()).pid(Namespace.host()))
            .build();

    assertThat(shown(spec)).matches("/dev/pts/\\d+\nup\n");
  }

  @Test
  void a_process_without_one_refuses_to_be_resized() {
    try (Container container = waiting()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> container.resize(Terminal.DEFAULT))
          .withMessageContaining("no terminal");
    }
  }

  @Test
  void there_is_no_stream_of_errors() {
    try (Container container = runtime.start(terminal("cat").build())) {
      assertThatIllegalStateException()
          .isThrownBy(container::stderr)
          .withMessageContaining("stdout");
    }
  }

  @Test
  void a_process_of_the_jdk_has_its_streams() throws IOException {
    try (Container container = runtime.start(terminal("cat").build())) {
      Process process = container.asProcess();
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write('x');
      }
      assertThat(process.getInputStream().readAllBytes()).asString().isEqualTo("xx");
      assertThat(process.getErrorStream().read()).isEqualTo(-1);
    }
  }

  // The window.

  @Test
  void its_size_is_the_specs_and_who_is_in_the_foreground_hears_of_another() {
    String script = "trap 'stty size; exit' WINCH; stty size; while :; do sleep 60 & wait; done";
    try (Container container =
        runtime.start(script(script).terminal(new Terminal(50, 132)).build())) {
      Screen screen = new Screen(container);
      screen.await("50 132");
      container.resize(new Terminal(65_535, 7));
      screen.await("65535 7");
    }
  }

  @Test
  void resizing_does_nothing_when_the_process_or_its_streams_are_gone() throws IOException {
    Container container = runtime.start(terminal("true").build());
    container.waitFor();
    container.resize(Terminal.DEFAULT);
    container.stdin().close();
    container.resize(Terminal.DEFAULT);
    container.close();
    container.resize(Terminal.DEFAULT);
  }

  // Keys.

  @Test
  void ctrl_c_interrupts_what_runs_in_the_foreground() {
    try (Container container =
        runtime.start(script("trap 'echo caught' INT; cat; echo $?").build())) {
      Screen screen = new Screen(container);
      screen.type("x\r").await("x\r\nx\r\n"); // it runs
      screen.type(CTRL_C);
      assertThat(screen.rest()).isEqualTo("x\nx\n^Ccaught\n130\n");
    }
  }

  @Test
  void ctrl_c_ends_a_command_that_has_an_init() {
    try (Container container =
        runtime.start(terminal("sh", "-c", "echo up; exec sleep 1000").init(true).build())) {
      new Screen(container).type(CTRL_C);
      assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(2));
    }
  }

  @Test
  void a_shell_has_job_control() {
    try (Container container =
        runtime.start(terminal("sh", "-i").env("PS1", "ready ").init(true).build())) {
      Screen screen = new Screen(container);
      screen.await("ready ");
      screen.type("cat\r").await("cat\r\n");
      screen.type("x\r").await("x\r\nx\r\n");
      screen.type(CTRL_Z).await("ready ");
      // The list of jobs ends with the command, and then fg says which one it continues.
      screen.type("jobs; fg\r").await("cat\r\n");
      screen.await("cat\r\n");
      screen.type("y\r").await("y\r\ny\r\n");
      screen.type(CTRL_C).await("ready ");
      screen.type("exit 7\r");
      assertThat(screen.rest())
          .containsPattern("Stopped|Suspended")
          .doesNotContain("job control turned off");
      assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(7));
    }
  }

  // Ends.

  @ParameterizedTest
  @ValueSource(strings = {"", "no end of line", "two\nlines\n"})
  void closing_stdin_is_the_end_of_input_for_who_takes_lines(String text) {
    try (Container container =
        runtime.start(script("stty -echo; echo up; cat; echo over").build())) {
      Screen screen = new Screen(container);
      screen.await("up\r\n");
      screen.type(text);
      container.stdin().close();
      assertThat(screen.rest()).isEqualTo("up\n" + text + "over\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void the_end_of_the_container_is_the_end_of_what_is_shown() {
    try (Container container = runtime.start(script("echo up; read line").build())) {
      Screen screen = new Screen(container);
      screen.await("up");
      FutureTask<String> reading = new FutureTask<>(screen::rest);
      new Thread(reading).start();
      container.kill();
      assertThat(reading).succeedsWithin(LONG).isEqualTo("up\n");
    }
  }

  @Test
  void closing_the_container_ends_a_read_of_another_thread() throws Exception {
    Container container = runtime.start(script("cat").build());
    FutureTask<Integer> reading = new FutureTask<>(() -> container.stdout().read());
    Thread thread = new Thread(reading);
    thread.start();
    container.close();

    thread.join(LONG.toMillis());
    assertThat(thread.isAlive()).isFalse();
  }

  @Test
  void closing_both_directions_hangs_it_up() throws IOException {
    String script = "trap 'exit 42' HUP; stty -icanon; echo up; while :; do sleep 60 & wait; done";
    try (Container container = runtime.start(script(script).build())) {
      new Screen(container).await("up");
      container.stdin().close();
      assertThat(container.waitFor(Duration.ofMillis(50))).isEmpty();
      container.stdout().close();
      assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(42));
    }
  }

  @Test
  void closing_stdin_types_nothing_for_who_takes_single_keys() throws IOException {
    try (Container container =
        runtime.start(script("stty raw -echo; echo up; sleep 1000").build())) {
      new Screen(container).await("up");
      container.stdin().close();
      String read = "dd if=/dev/pts/0 iflag=nonblock bs=9 count=1 2>/dev/null | wc -c";
      try (ContainerProcess process = container.exec(ProcessSpec.of("sh", "-c", read))) {
        assertThat(process.stdout().readText()).isEqualTo("0\n");
      }
    }
  }

  /** The init, and whatever else has helped to start the command. */
  @Test
  void nobody_but_the_command_holds_it() {
    String script = "echo up; exec sleep 1000 <&- >&- 2>&-";
    try (Container container = runtime.start(script(script).init(true).build())) {
      assertThat(new Screen(container).rest()).isEqualTo("up\n");
      assertThat(container.isAlive()).isTrue();
    }
  }

  // Much of it.

  @Test
  void a_megabyte_typed_in_raw_mode_arrives_whole() throws Exception {
    byte[] keys = new byte[1 << 20];
    new Random(6).nextBytes(keys);
    String digest =
        "%064x".formatted(new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(keys)));
    String script = "stty raw -echo; echo up; head -c " + keys.length + " | sha256sum";
    try (Container container = runtime.start(script(script).build())) {
      Screen screen = new Screen(container);
      screen.await("up");
      container.stdin().write(keys);
      assertThat(screen.rest()).contains(digest);
    }
  }

  @Test
  void ten_megabytes_are_shown_whole() throws IOException {
    try (Container container =
        runtime.start(script("stty raw; head -c 10485760 /dev/zero").build())) {
      long count = 0;
      byte[] buffer = new byte[1 << 16];
      for (int n; (n = container.stdout().read(buffer)) >= 0; ) {
        count += n;
      }
      assertThat(count).isEqualTo(10_485_760);
    }
  }

  // Further processes.

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_further_process_has_one_of_its_own(boolean withTerminal) {
    ContainerSpec.Builder spec = ContainerSpec.builder().command("cat");
    try (Container container =
            runtime.start((withTerminal ? spec.terminal(Terminal.DEFAULT) : spec).build());
        ContainerProcess process =
            container.exec(process("tty; stty size; echo up >/dev/tty; read l; stty size"))) {
      Screen screen = new Screen(process);
      screen.await("up");
      process.resize(new Terminal(9, 99));
      screen.type("\r");
      assertThat(screen.rest())
          .isEqualTo("/dev/pts/" + (withTerminal ? 1 : 0) + "\n24 80\nup\n\n9 99\n");
      assertThat(process.waitFor()).isEqualTo(ExitStatus.exited(0));
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void the_one_of_a_further_process_belongs_to_its_user() {
    ProcessSpec spec = process("stat -c %u $(tty); echo up >$(tty)").toBuilder().user("77").build();
    try (Container container = waiting();
        ContainerProcess process = container.exec(spec)) {
      assertThat(new Screen(process).rest()).isEqualTo("77\nup\n");
    }
  }

  @Test
  void killing_a_further_process_ends_what_it_shows() {
    try (Container container = waiting();
        ContainerProcess process = container.exec(process("echo up; sleep 1000"))) {
      Screen screen = new Screen(process);
      screen.await("up");
      FutureTask<String> reading = new FutureTask<>(screen::rest);
      new Thread(reading).start();
      process.kill();
      assertThat(reading).succeedsWithin(LONG).isEqualTo("up\n");
    }
  }
}
