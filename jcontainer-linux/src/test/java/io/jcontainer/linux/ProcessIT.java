package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.Namespace;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.ProcFs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/** A container as a process: what it is given, what it gives back, and how it ends. */
@Tag("every-jdk")
@Timeout(60)
class ProcessIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void arguments_arrive_as_they_are() {
    String script = "for word; do printf '[%s]' \"$word\"; done";

    Finished finished =
        run(
            ContainerSpec.of(
                "sh", "-c", script, "sh", "two words", "", "ü€😀", "$HOME", "*", "\n"));

    assertThat(finished.expectedOut()).isEqualTo("[two words][][ü€😀][$HOME][*][\n]");
  }

  @Test
  void the_command_is_told_its_name_as_it_was_given() {
    assertThat(run(ContainerSpec.of("cat", "/proc/self/cmdline")).expectedOut())
        .isEqualTo("cat\0/proc/self/cmdline\0");
  }

  @Test
  void nothing_of_the_jvms_environment_is_inherited() {
    assertThat(run(ContainerSpec.of("env")).expectedOut().lines())
        .containsExactlyInAnyOrder("PATH=" + ContainerSpec.DEFAULT_PATH, "HOME=/tmp");
  }

  @Test
  void variables_are_passed_and_win_over_the_usual_ones() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("env", "-0")
            .env("PATH", "/usr/bin")
            .env("HOME", "/nowhere")
            .env("TEXT", "a=b\nüc")
            .env("EMPTY", "")
            .build();

    assertThat(run(spec).expectedOut().split("\0"))
        .containsExactlyInAnyOrder("PATH=/usr/bin", "HOME=/nowhere", "TEXT=a=b\nüc", "EMPTY=");
  }

  @Test
  void the_working_directory_is_the_root_or_the_one_asked_for() {
    assertThat(run(ContainerSpec.of("pwd", "-P")).expectedOut()).isEqualTo("/\n");
    assertThat(
            run(ContainerSpec.builder().command("pwd", "-P").cwd("/usr/bin").build()).expectedOut())
        .isEqualTo("/usr/bin\n");
  }

  @Test
  void the_umask_and_the_signal_mask_are_the_usual_ones() {
    assertThat(sh("umask; grep -E '^Sig(Blk|Ign)' /proc/self/status").expectedOut())
        .isEqualTo("0022\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  }

  @Test
  void the_exit_code_is_the_commands() {
    assertThat(sh("exit 0").exit()).isEqualTo(ExitStatus.exited(0));
    assertThat(sh("exit 3").exit()).isEqualTo(ExitStatus.exited(3));
    assertThat(sh("exit 255").exit()).isEqualTo(ExitStatus.exited(255));
  }

  @Test
  void a_command_that_a_signal_kills_says_which() {
    // Process 1 of a pid namespace is spared by signals of its own, so the host's is taken.
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", "kill -TERM $$")
            .namespaces(ns -> ns.pid(Namespace.host()))
            .build();

    ExitStatus exit = run(spec).exit();

    assertThat(exit).isEqualTo(ExitStatus.signaled(15));
    assertThat(exit.shellCode()).isEqualTo(143);
  }

  @Test
  void what_is_written_to_stdin_arrives_and_closing_it_is_the_end_of_file() throws IOException {
    try (Container cat = runtime.start(ContainerSpec.of("cat"))) {
      OutputStream stdin = cat.stdin();
      stdin.write("one\n".getBytes(UTF_8));
      assertThat(cat.stdout().readNBytes(4)).isEqualTo("one\n".getBytes(UTF_8));
      stdin.write("two\n".getBytes(UTF_8));
      stdin.close();

      assertThat(cat.stdout().readText()).isEqualTo("two\n");
      assertThat(cat.waitFor()).isEqualTo(ExitStatus.exited(0));
    }
  }

  @Test
  void writing_to_a_command_that_has_ended_fails_and_kills_nobody() {
    try (Container gone = runtime.start(ContainerSpec.of("true"))) {
      gone.waitFor();

      assertThatThrownBy(() -> gone.stdin().write(1)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void large_output_arrives_whole() throws IOException {
    int size = 64 << 20;
    try (Container container =
        runtime.start(
            ContainerSpec.of("sh", "-c", "yes 0123456789abcde | head -c " + size + "; echo end"))) {
      byte[] expected = "0123456789abcde\n".getBytes(UTF_8);
      byte[] buffer = new byte[1 << 16];
      InputStream out = container.stdout();
      for (int at = 0; at < size; ) {
        int count = out.read(buffer, 0, Math.min(buffer.length, size - at));
        assertThat(count).as("after %d bytes", at).isPositive();
        for (int i = 0; i < count; i++, at++) {
          if (buffer[i] != expected[at % 16]) {
            throw new AssertionError("another byte at " + at);
          }
        }
      }
      assertThat(container.stdout().readText()).isEqualTo("end\n");
    }
  }

  @Test
  void errors_come_by_a_stream_of_their_own() {
    assertThat(sh("echo out; echo err >&2"))
        .isEqualTo(new Finished(ExitStatus.exited(0), "out\n", "err\n"));
  }

  @Test
  void output_that_nobody_reads_is_no_obstacle_to_closing() {
    try (Container container = runtime.start(ContainerSpec.of("yes"))) {
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void output_of_a_command_that_has_ended_can_still_be_read() {
    try (Container container = runtime.start(ContainerSpec.of("echo", "kept"))) {
      container.waitFor();

      assertThat(container.stdout().readText()).isEqualTo("kept\n");
    }
  }

  @Test
  void standard_streams_can_be_opened_again_by_their_path() {
    ContainerSpec spec =
        ContainerSpec.of("sh", "-c", "cat /dev/stdin >/dev/stdout; echo err >/dev/stderr");
    try (Container container = runtime.start(spec)) {
      container.stdin().write("in\n".getBytes(UTF_8));
      container.stdin().close();

      assertThat(container.stdout().readText()).isEqualTo("in\n");
      assertThat(container.stderr().readText()).isEqualTo("err\n");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void streams_that_lead_to_null_are_dev_null() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", "cat; exec 3>&1; readlink /proc/self/fd/0 /proc/self/fd/3 >&2")
            .stdin(Stdio.NULL)
            .stdout(Stdio.NULL)
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.stderr().readText()).isEqualTo("/dev/null\n/dev/null\n");
      assertThat(container.waitFor().isSuccess()).isTrue();
      assertThatIllegalStateException().isThrownBy(container::stdin);
      assertThatIllegalStateException().isThrownBy(container::stdout);
    }
  }

  /** Runs in a JVM of its own, whose streams the test holds. */
  static final class Inherits {
    public static void main(String[] arguments) {
      try (ContainerRuntime runtime = ContainerRuntime.create();
          Container container =
              runtime.start(
                  ContainerSpec.builder()
                      .command("sh", "-c", "read line; echo \"got $line\"; echo err >&2")
                      .stdin(Stdio.INHERIT)
                      .stdout(Stdio.INHERIT)
                      .stderr(Stdio.INHERIT)
                      .build())) {
        container.waitFor();
      }
    }
  }

  @Test
  void inherited_streams_are_those_of_the_jvm() throws IOException {
    try (JvmFork jvm = JvmFork.start(Inherits.class)) {
      OutputStream stdin = jvm.process().getOutputStream();
      stdin.write("a line\n".getBytes(UTF_8));
      stdin.flush();

      assertThat(jvm.readLine(LONG)).isEqualTo("got a line");
      assertThat(jvm.waitFor(LONG)).isZero();
      assertThat(jvm.stderr()).contains("err");
    }
  }

  @Test
  void on_exit_is_completed_with_the_status_and_is_the_callers_own() throws Exception {
    try (Container container = waiting()) {
      CompletableFuture<ExitStatus> cancelled = container.onExit();
      CompletableFuture<Integer> code = container.onExit().thenApply(ExitStatus::code);
      assertThat(cancelled.cancel(true)).isTrue();
      assertThat(code).isNotDone();
      assertThat(container.isAlive()).isTrue();

      container.stdin().close();

      assertThat(code.get(20, TimeUnit.SECONDS)).isZero();
      assertThat(container.isAlive()).isFalse();
      assertThat(container.onExit()).isCompletedWithValue(ExitStatus.exited(0));
    }
  }

  @Test
  void waiting_with_a_limit_is_empty_until_the_end_has_come() throws IOException {
    try (Container container = waiting()) {
      assertThat(container.waitFor(Duration.ofMillis(10))).isEmpty();
      assertThat(container.waitFor(Duration.ZERO)).isEmpty();
      container.stdin().close();

      assertThat(container.waitFor(Duration.ofDays(365_000))).contains(ExitStatus.exited(0));
      assertThat(container.waitFor(Duration.ZERO)).contains(ExitStatus.exited(0));
    }
  }

  @Test
  void an_interrupted_wait_says_so_and_leaves_the_container_alone() {
    try (Container container = waiting()) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(container::waitFor).isInstanceOf(ContainerInterruptedException.class);
      assertThat(Thread.interrupted()).isTrue();

      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> container.waitFor(LONG))
          .isInstanceOf(ContainerInterruptedException.class);
      assertThat(Thread.interrupted()).isTrue();

      assertThat(container.isAlive()).isTrue();
    } finally {
      assertThat(Thread.interrupted()).isFalse();
    }
  }

  @Test
  void kill_ends_every_process_of_the_container() throws IOException {
    try (Container container =
        runtime.start(
            ContainerSpec.of("sh", "-c", "trap '' TERM; (setsid sleep 1000 &) ; echo up; cat"))) {
      assertThat(container.stdout().readNBytes(3)).isEqualTo("up\n".getBytes(UTF_8));
      container.kill();

      assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(9));
      // The other one held the pipe as well: its end of file is that one's end.
      assertThat(container.stdout().readText()).isEmpty();
      container.kill();
    }
  }

  @Test
  void a_timeout_kills_and_says_so() {
    ContainerSpec spec =
        ContainerSpec.builder().command("cat").timeout(Duration.ofMillis(50)).build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.waitFor(LONG)).contains(new ExitStatus(0, 9, true));
    }
  }

  @Test
  void the_timeout_that_comes_first_is_served_first() {
    ContainerSpec spec = ContainerSpec.builder().command("cat").timeout(LONG).build();
    try (Container later = runtime.start(spec);
        Container first = runtime.start(spec.toBuilder().timeout(Duration.ofMillis(50)).build())) {
      assertThat(first.waitFor(LONG)).contains(new ExitStatus(0, 9, true));
      assertThat(later.isAlive()).isTrue();
    }
  }

  @Test
  void a_timeout_that_is_not_reached_changes_nothing() {
    ContainerSpec spec = ContainerSpec.builder().command("true").timeout(LONG).build();
    assertThat(run(spec).exit()).isEqualTo(ExitStatus.exited(0));

    ContainerSpec forever = spec.toBuilder().timeout(Duration.ofSeconds(Long.MAX_VALUE)).build();
    assertThat(run(forever).exit()).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void a_kill_by_the_caller_is_no_timeout() {
    ContainerSpec spec = ContainerSpec.builder().command("cat").timeout(LONG).build();
    try (Container container = runtime.start(spec)) {
      container.kill();
      assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(9));
    }
  }

  @Test
  void closing_kills_and_may_be_repeated() {
    Container container = waiting();
    long pid = container.pid();
    container.close();

    assertThat(ProcFs.stat(pid)).isEmpty();
    assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(9));
    container.close();
    container.kill();
    assertThatThrownBy(() -> container.stdout().read()).isInstanceOf(IOException.class);
  }

  @Test
  void closing_ends_a_read_of_another_thread() throws Exception {
    Container container = waiting();
    CountDownLatch reading = new CountDownLatch(1);
    CompletableFuture<Object> result = new CompletableFuture<>();
    Thread reader =
        new Thread(
            () -> {
              try (InputStream out = container.stdout()) {
                reading.countDown();
                result.complete(out.read());
              } catch (IOException e) {
                result.complete(e);
              }
            });
    reader.start();
    reading.await();
    container.close();

    // The end of the stream, or an error, depending on who was faster.
    assertThat(result.get(20, TimeUnit.SECONDS))
        .satisfiesAnyOf(
            end -> assertThat(end).isEqualTo(-1),
            error -> assertThat(error).isInstanceOf(IOException.class));
    reader.join();
  }

  @Test
  void closing_from_many_threads_at_once_is_closing() throws Exception {
    Container container = waiting();
    ExecutorService executor = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> closings = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        closings.add(executor.submit(container::close));
      }
      for (Future<?> closing : closings) {
        closing.get(20, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdown();
    }
    assertThat(container.isAlive()).isFalse();
  }

  @Test
  void an_interrupted_start_says_so_and_leaves_nothing() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> runtime.start(ContainerSpec.of("cat")))
          .isInstanceOf(ContainerInterruptedException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void a_closed_runtime_has_ended_its_containers_and_starts_no_more() {
    ContainerRuntime other = ContainerRuntime.create();
    Container container = other.start(ContainerSpec.of("cat"));
    other.close();

    assertThat(container.waitFor(Duration.ZERO)).contains(ExitStatus.signaled(9));
    assertThatThrownBy(() -> other.start(ContainerSpec.of("true")))
        .isInstanceOf(ContainerGoneException.class)
        .hasMessageContaining("the runtime is closed");
    assertThatThrownBy(() -> other.plan(ContainerSpec.of("true")))
        .isInstanceOf(ContainerGoneException.class);
    other.close();
    container.close();
    assertThat(run(ContainerSpec.of("true")).exit().isSuccess()).isTrue();
  }

  @Test
  void many_threads_start_at_once_and_each_gets_its_own() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(16);
    try {
      startAtOnce(executor, 64);
    } finally {
      executor.shutdown();
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void virtual_threads_start_containers_too() throws Exception {
    ExecutorService executor =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try {
      startAtOnce(executor, 64);
    } finally {
      executor.shutdown();
    }
  }

  private void startAtOnce(ExecutorService executor, int count)
      throws InterruptedException, ExecutionException {
    List<Future<String>> outputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ContainerSpec spec = ContainerSpec.of("echo", Integer.toString(i));
      outputs.add(executor.submit(() -> run(spec).expectedOut()));
    }
    List<String> texts = new ArrayList<>();
    for (Future<String> output : outputs) {
      texts.add(output.get());
    }
    assertThat(texts).isEqualTo(IntStream.range(0, count).mapToObj(i -> i + "\n").toList());
  }
}
