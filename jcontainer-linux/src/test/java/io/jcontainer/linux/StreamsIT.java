package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where the standard streams of a container may lead, and that none of them hangs. */
@Tag("every-jdk")
@Timeout(60)
class StreamsIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  @BeforeEach
  void forgetLines() {
    lines.clear();
  }

  private static ContainerSpec.Builder script(String script) {
    return ContainerSpec.builder().command("sh", "-c", script);
  }

  private static <T> FutureTask<T> inAThread(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task;
  }

  private static void assertFailsAsClosed(FutureTask<?> task) {
    assertThatThrownBy(() -> task.get(20, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IOException.class)
        .hasMessageContaining("closed");
  }

  private String nextLine() {
    try {
      String line = lines.poll(20, TimeUnit.SECONDS);
      assertThat(line).as("the next line").isNotNull();
      return line;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // Closing.

  /** A container whose first process leaves another one behind, which holds its streams. */
  private ContainerSpec.Builder leavesASurvivor() {
    return script("sleep 1000 & echo $!; exec cat").namespaces(ns -> ns.pid(Namespace.host()));
  }

  private static void killSurvivor(String pid) {
    ProcessHandle survivor = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    survivor.destroyForcibly();
    survivor.onExit().join();
  }

  @Test
  void closing_ends_a_read_although_a_process_that_survives_holds_the_pipe() throws Exception {
    Container container = runtime.start(leavesASurvivor().build());
    BufferedReader out = new BufferedReader(new InputStreamReader(container.stdout(), UTF_8));
    String survivor = out.readLine();
    try {
      FutureTask<String> reading = inAThread(out::readLine);
      container.close();

      assertFailsAsClosed(reading);
    } finally {
      killSurvivor(survivor);
    }
  }

  @Test
  void closing_does_not_wait_for_lines_of_a_process_that_survives() {
    Container container = runtime.start(leavesASurvivor().stdout(Stdio.lines(lines::add)).build());
    String survivor = nextLine();
    try {
      container.close();
      assertThat(ProcessHandle.of(Long.parseLong(survivor))).isPresent();
    } finally {
      killSurvivor(survivor);
    }
  }

  @Test
  void closing_a_stream_ends_a_read_of_another_thread_and_nothing_else() throws Exception {
    try (Container container = runtime.start(script("echo up; cat >&2").build())) {
      assertThat(container.stdout().readNBytes(3)).isEqualTo("up\n".getBytes(UTF_8));
      FutureTask<Integer> reading = inAThread(() -> container.stdout().read());
      container.stdout().close();

      assertFailsAsClosed(reading);
      container.stdin().writeText("still here\n");
      assertThat(container.stderr().readNBytes(11)).isEqualTo("still here\n".getBytes(UTF_8));
    }
  }

  @Test
  void closing_a_stream_ends_a_write_that_waits_for_a_command_that_does_not_read()
      throws Exception {
    try (Container container = runtime.start(ContainerSpec.of("sleep", "1000"))) {
      FutureTask<Object> writing =
          inAThread(
              () -> {
                container.stdin().write(new byte[1 << 20]);
                return "";
              });
      assertThat(writing.isDone()).isFalse();
      container.stdin().close();

      assertFailsAsClosed(writing);
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void a_write_fails_and_does_not_wait_once_the_command_has_ended() throws Exception {
    try (Container container = runtime.start(script("read line").build())) {
      ContainerInput stdin = container.stdin();
      FutureTask<Object> writing =
          inAThread(
              () -> {
                stdin.write("line\n".getBytes(UTF_8));
                stdin.write(new byte[1 << 20]);
                return "";
              });

      assertThatThrownBy(() -> writing.get(20, TimeUnit.SECONDS))
          .hasCauseInstanceOf(IOException.class)
          .hasMessageContaining("EPIPE");
    }
  }

  @Test
  void an_interrupt_does_nothing_to_a_read_that_waits() throws Exception {
    try (Container cat = waiting()) {
      CompletableFuture<Thread> reader = new CompletableFuture<>();
      FutureTask<Boolean> reading =
          inAThread(
              () -> {
                reader.complete(Thread.currentThread());
                return cat.stdout().read() == 'x' && Thread.currentThread().isInterrupted();
              });
      reader.get().interrupt();
      cat.stdin().write('x');

      assertThat(reading.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  // Files.

  @Test
  void files_can_be_read_written_and_appended_to(@TempDir Path directory) throws IOException {
    Path in = Files.writeString(directory.resolve("in"), "from a file\n");
    Path out = Files.writeString(directory.resolve("out"), "what was there is longer than that\n");
    Path log = Files.writeString(directory.resolve("log"), "kept\n");
    ContainerSpec spec =
        script("cat; echo err >&2")
            .stdin(Stdio.from(in))
            .stdout(Stdio.to(out))
            .stderr(Stdio.appendTo(log))
            .build();
    for (int i = 0; i < 2; i++) {
      try (Container container = runtime.start(spec)) {
        assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(0));
      }
    }

    assertThat(out).hasContent("from a file\n");
    assertThat(log).hasContent("kept\nerr\nerr\n");
  }

  @Test
  void a_file_that_is_not_there_is_made(@TempDir Path directory) {
    Path out = directory.resolve("out");
    try (Container container =
        runtime.start(script("echo made").stdout(Stdio.to(out)).stderr(Stdio.STDOUT).build())) {
      container.waitFor();
    }

    assertThat(out).hasContent("made\n");
  }

  @Test
  void devices_are_files() throws IOException {
    ContainerSpec spec =
        script("head -c 3; echo lost >&2")
            .stdin(Stdio.from(Path.of("/dev/zero")))
            .stderr(Stdio.to(Path.of("/dev/null")))
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.stdout().readAllBytes()).isEqualTo(new byte[3]);
    }
  }

  @Test
  void a_fifo_or_a_directory_is_refused_and_not_waited_for(@TempDir Path directory)
      throws Exception {
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();

    assertRefused(script("cat").stdin(Stdio.from(fifo)), "stdin", "FIFO");
    assertRefused(script("cat").stdin(Stdio.from(directory)), "stdin", "directory");
    // Nobody reads it: the kernel would wait for that, or say ENXIO.
    assertThatThrownBy(() -> runtime.start(script("cat").stdout(Stdio.to(fifo)).build()))
        .isInstanceOf(StartFailedException.class)
        .hasMessageContaining("for stdout")
        .hasMessageContaining("ENXIO");
    FutureTask<InputStream> reader = inAThread(() -> Files.newInputStream(fifo));
    assertRefusedOnceRead(fifo, reader);
  }

  private void assertRefused(ContainerSpec.Builder spec, String field, String why) {
    assertThatThrownBy(() -> runtime.start(spec.build()))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(why);
  }

  private void assertRefusedOnceRead(Path fifo, FutureTask<InputStream> reader) {
    try (var writer = Files.newOutputStream(fifo);
        InputStream opened = reader.get()) {
      assertThat(opened).isNotNull();
      assertThat(writer).isNotNull();
      assertRefused(script("cat").stdout(Stdio.to(fifo)), "stdout", "FIFO");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void a_file_that_cannot_be_opened_is_named(@TempDir Path directory) {
    Path nothing = directory.resolve("nothing");
    assertThatThrownBy(() -> runtime.start(script("cat").stdin(Stdio.from(nothing)).build()))
        .isInstanceOfSatisfying(
            StartFailedException.class, e -> assertThat(e.errno()).isEqualTo("ENOENT"))
        .hasMessageContaining("open(\"" + nothing + "\", O_RDONLY")
        .hasMessageContaining("for stdin");
  }

  // Text, lines, others.

  @Test
  void text_is_read_to_its_end_from_wherever_it_is_opened() {
    String script = "head -c 4; echo; exec 3</dev/stdin; cat <&3";
    try (Container container = runtime.start(script(script).stdin(Stdio.text("text")).build())) {
      assertThat(container.stdout().readText()).isEqualTo("text\ntext");
      assertThat(container.stderr().readText()).isEmpty();
    }
  }

  @Test
  void many_bytes_arrive_whole_in_each_of_several_containers() throws IOException {
    byte[] content = new byte[5_000_001];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31 / 7);
    }
    ContainerSpec spec = ContainerSpec.builder().command("cat").stdin(Stdio.bytes(content)).build();
    try (Container one = runtime.start(spec);
        Container other = runtime.start(spec)) {
      assertThat(one.stdout().readAllBytes()).isEqualTo(content);
      assertThat(other.stdout().readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  void text_cannot_be_changed_or_executed() {
    String script =
        "echo x 1<>/proc/self/fd/0 || echo refused; /proc/self/fd/0 || echo refused; cat";
    try (Container container =
        runtime.start(
            script(script).stdin(Stdio.text("#!/bin/echo\n")).stderr(Stdio.NULL).build())) {
      assertThat(container.stdout().readText()).isEqualTo("refused\nrefused\n#!/bin/echo\n");
    }
  }

  @Test
  void merged_errors_come_in_the_order_in_which_they_are_written() {
    try (Container container =
        runtime.start(script("echo a; echo b >&2; echo c").stderr(Stdio.STDOUT).build())) {
      assertThat(container.stdout().readText()).isEqualTo("a\nb\nc\n");
    }
  }

  @Test
  void a_descriptor_of_the_jvm_is_shared_and_stays_open() throws IOException {
    JnaKernel kernel = new JnaKernel();
    Fd[] pipe = kernel.pipe();
    try (Fd reading = pipe[0];
        Fd writing = pipe[1]) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("echo", "through it")
              .stdout(Stdio.descriptor(writing.number()))
              .build();
      for (int i = 0; i < 2; i++) {
        try (Container container = runtime.start(spec)) {
          assertThat(container.waitFor().isSuccess()).isTrue();
        }
      }
      writing.close();
      try (InputStream in = Files.newInputStream(Path.of(reading.path()))) {
        assertThat(in.readAllBytes()).isEqualTo("through it\nthrough it\n".getBytes(UTF_8));
      }
    }
  }

  @Test
  void a_descriptor_that_is_not_open_is_a_failed_start() {
    assertThatThrownBy(
            () -> runtime.start(script("cat").stdin(Stdio.descriptor(1_000_000_000)).build()))
        .isInstanceOf(StartFailedException.class)
        .hasMessageContaining("EBADF");
  }

  @Test
  void lines_come_as_they_are_written_and_all_of_them_before_closing_returns() {
    Container container =
        runtime.start(
            script("echo one; read x; printf 'two\\nrest'; echo e >&2; cat")
                .stdout(Stdio.lines(lines::add))
                .build());
    try {
      assertThat(nextLine()).isEqualTo("one");
      container.stdin().writeText("go on\n");
      assertThat(container.stderr().lines().findFirst()).contains("e"); // so the rest is written
    } finally {
      container.close();
    }

    assertThat(lines).containsExactly("two", "rest");
  }

  @Test
  void a_stream_of_lines_can_be_opened_again_by_its_path() {
    ContainerSpec spec =
        script("echo out >/dev/stdout; echo err >/dev/stderr; cat")
            .stdout(Stdio.lines(lines::add))
            .stderr(Stdio.lines(lines::add))
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(nextLine()).isIn("out", "err");
      assertThat(nextLine()).isIn("out", "err");
      assertThat(container.isAlive()).isTrue();
    }
  }

  @Test
  void a_consumer_may_close_its_container() throws Exception {
    CompletableFuture<Container> started = new CompletableFuture<>();
    CompletableFuture<ExitStatus> closed = new CompletableFuture<>();
    Container container =
        runtime.start(
            script("printf 'stop\\nthe rest\\n'; cat")
                .stdout(
                    Stdio.lines(
                        line -> {
                          started.join().close();
                          lines.add(line);
                          closed.complete(started.join().waitFor());
                        }))
                .build());
    started.complete(container);

    assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(ExitStatus.signaled(9));
    container.close();
    assertThat(lines).containsExactly("stop", "the rest");
  }

  @Test
  void a_command_does_not_wait_for_a_consumer_that_has_failed() {
    ContainerSpec spec =
        script("yes | head -c 1000000; echo end >&2")
            .stdout(
                Stdio.lines(
                    line -> {
                      throw new IllegalStateException("thrown on purpose");
                    }))
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.stderr().readText()).isEqualTo("end\n");
      assertThat(container.waitFor(LONG)).contains(ExitStatus.exited(0));
    }
  }

  // Memory.

  /** Reads much more than its heap holds. */
  static final class ReadsMuch {
    public static void main(String[] arguments) throws IOException {
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        long little = read(runtime, 16L << 20) + readLines(runtime, 16L << 20);
        long peak = peak();
        long much = read(runtime, 4L << 30) + readLines(runtime, 256L << 20);
        System.out.println(little + " " + much + " " + (peak() - peak));
      }
    }

    private static ContainerSpec.Builder zeros(long size) {
      return ContainerSpec.builder().command("head", "-c", Long.toString(size), "/dev/zero");
    }

    private static long read(ContainerRuntime runtime, long size) throws IOException {
      try (Container container = runtime.start(zeros(size).build())) {
        byte[] buffer = new byte[1 << 16];
        long all = 0;
        for (int n = container.stdout().read(buffer); n >= 0; n = container.stdout().read(buffer)) {
          all += n;
        }
        return all;
      }
    }

    /** One line without an end. */
    private static long readLines(ContainerRuntime runtime, long size) {
      AtomicLong all = new AtomicLong();
      Stdio count = Stdio.lines(line -> all.addAndGet(line.length()));
      try (Container container = runtime.start(zeros(size).stdout(count).build())) {
        container.waitFor();
      }
      return all.get();
    }

    /** Of all memory that was resident, in KiB: VmHWM of proc_pid_status(5). */
    private static long peak() throws IOException {
      String line =
          Files.readAllLines(Path.of("/proc/self/status")).stream()
              .filter(it -> it.startsWith("VmHWM:"))
              .findFirst()
              .orElseThrow();
      return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
  }

  @Test
  void four_gibibytes_of_output_need_no_more_memory_than_a_little() {
    try (JvmFork jvm = JvmFork.start(List.of("-Xmx32m"), ReadsMuch.class)) {
      String[] answer = jvm.readLine(Duration.ofSeconds(50)).split(" ", -1);

      assertThat(Long.parseLong(answer[0])).isEqualTo(2 * (16L << 20));
      assertThat(Long.parseLong(answer[1])).isEqualTo((4L << 30) + (256L << 20));
      // What the heap grows within its limit, and the compiler's code.
      assertThat(Long.parseLong(answer[2])).as("KiB more at the peak").isLessThan(40 << 10);
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }

  @Test
  void streams_that_are_no_pipes_need_no_descriptor_of_the_jvm() {
    int before = OwnDescriptors.now().size();
    ContainerSpec spec =
        script("sleep 1000")
            .stdin(Stdio.text("in"))
            .stdout(Stdio.to(Path.of("/dev/null")))
            .stderr(Stdio.STDOUT)
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.isAlive()).isTrue();
      // What was prepared for it is closed behind its start.
      Poll.until(LONG, () -> OwnDescriptors.now().size() == before + 1);
      assertThat(OwnDescriptors.now()).hasSize(before + 1); // the pidfd
    }
  }
}
