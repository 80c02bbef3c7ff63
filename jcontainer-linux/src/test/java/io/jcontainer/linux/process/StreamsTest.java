package io.jcontainer.linux.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class StreamsTest {
  private final FakeKernel kernel = new FakeKernel();
  private final List<Streams> opened = new ArrayList<>();

  private Streams open(Stdio stdin, Stdio stdout, Stdio stderr) {
    Streams streams =
        Streams.open(
            kernel,
            "test",
            ProcessSpec.builder()
                .command("true")
                .stdin(stdin)
                .stdout(stdout)
                .stderr(stderr)
                .build());
    opened.add(streams);
    return streams;
  }

  @AfterEach
  void close() {
    opened.forEach(Streams::releaseTheirs);
    opened.forEach(Streams::close);
  }

  private List<String> theirs(Streams streams) {
    return streams.theirs().stream().map(fd -> kernel.openDescriptors().get(fd.number())).toList();
  }

  @Test
  void the_process_gets_its_streams_in_their_order() {
    assertThat(theirs(open(Stdio.NULL, Stdio.INHERIT, Stdio.descriptor(7))))
        .containsExactly("/dev/null", "duplicate of 1", "duplicate of 7");
    assertThat(theirs(open(Stdio.PIPE, Stdio.PIPE, Stdio.lines(line -> {}))))
        .containsExactly("pipe, to read", "pipe, to write", "pipe, to write");
    assertThat(theirs(open(Stdio.text("in"), Stdio.NULL, Stdio.NULL)))
        .containsExactly("memfd jcontainer-stdin", "/dev/null", "/dev/null");
  }

  @Test
  void merged_errors_are_the_very_descriptor_of_the_output() {
    Streams streams = open(Stdio.NULL, Stdio.PIPE, Stdio.STDOUT);

    assertThat(streams.theirs().get(2)).isSameAs(streams.theirs().get(1));
    streams.releaseTheirs();
    streams.close();
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void only_a_pipe_can_be_had_as_a_stream() {
    Streams streams = open(Stdio.text(""), Stdio.lines(line -> {}), Stdio.STDOUT);

    assertThatIllegalStateException()
        .isThrownBy(() -> streams.stdin(this))
        .withMessageContaining("stdin");
    assertThatIllegalStateException().isThrownBy(() -> streams.output(1, this));
    assertThatIllegalStateException().isThrownBy(() -> streams.output(2, this));
  }

  @ParameterizedTest
  @CsvSource({"pipe2", "fcntl", "open"})
  void what_cannot_all_be_made_leaves_no_descriptor_and_no_thread(String call) {
    List<Thread> before = threads();
    kernel.failNext(call, Errno.EMFILE);

    assertThatThrownBy(() -> open(Stdio.PIPE, Stdio.lines(l -> {}), Stdio.NULL))
        .isInstanceOf(SyscallException.class);

    assertThat(kernel.openDescriptors()).isEqualTo(Map.of());
    assertThat(threads()).isEqualTo(before);
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("jcontainer-lines-test"))
        .toList();
  }

  @Test
  void closing_gives_the_consumer_what_was_written_although_the_pipe_stays_open() throws Exception {
    List<String> lines = new ArrayList<>();
    Streams streams = open(Stdio.NULL, Stdio.lines(lines::add), Stdio.NULL);
    FdStream theirs = new FdStream(kernel, streams.theirs().get(1));
    kernel.awaitPolling(1);
    byte[] text = "one\ntwo\nrest".getBytes(UTF_8);
    theirs.write(text, 0, text.length);

    streams.close();

    assertThat(lines).containsExactly("one", "two", "rest");
    assertThat(threads()).isEmpty();
  }

  @Test
  void consumers_may_close_the_streams_that_they_get_lines_from() throws Exception {
    List<String> lines = new ArrayList<>();
    CompletableFuture<Streams> written = new CompletableFuture<>();
    Streams streams =
        open(
            Stdio.NULL,
            Stdio.lines(
                line -> {
                  written.join().close();
                  lines.add(line);
                }),
            Stdio.lines(line -> written.join().close()));
    for (int i = 1; i < 3; i++) {
      new FdStream(kernel, streams.theirs().get(i)).write("a\nb\n".getBytes(UTF_8), 0, 4);
    }
    streams.releaseTheirs();
    written.complete(streams);
    streams.close();

    assertThat(lines).containsExactly("a", "b");
    assertThat(threads()).isEmpty();
  }

  // A terminal.

  private Streams terminal() {
    ProcessSpec spec = ProcessSpec.builder().command("true").terminal(new Terminal(25, 81)).build();
    Streams streams = Streams.open(kernel, "test", spec);
    opened.add(streams);
    return streams;
  }

  @Test
  void a_process_with_a_terminal_brings_its_streams_itself() {
    assertThat(theirs(terminal())).containsExactly("/dev/null", "/dev/null", "/dev/null");
  }

  @Test
  void a_terminal_is_resized_as_long_as_one_of_its_directions_is_open() throws IOException {
    Streams streams = terminal();
    Fd master = kernel.fd("master");
    streams.takeTerminal(master);
    String call = "resize " + master.number() + " 3 4";

    streams.stdin(this).close();
    streams.resize(new Terminal(3, 4));
    assertThat(kernel.calls()).contains(call);

    streams.output(1, this).close();
    streams.resize(new Terminal(5, 6));
    assertThat(kernel.calls()).filteredOn(it -> it.startsWith("resize")).containsExactly(call);
  }

  @Test
  void closing_the_keyboard_types_the_end_of_the_line_and_of_the_file() throws IOException {
    Streams streams = terminal();
    streams.takeTerminal(kernel.fd("master"));
    streams.stdin(this).close();
    streams.stdin(this).close();

    assertThat(kernel.calls()).containsOnlyOnce("write [4, 4]");
  }

  @Test
  void closing_the_keyboard_types_nothing_where_keys_have_no_meaning() throws IOException {
    Streams streams = terminal();
    streams.takeTerminal(kernel.fd("master"));
    kernel.setEndOfFileKey(OptionalInt.empty());
    streams.stdin(this).close();

    assertThat(kernel.calls()).noneMatch(call -> call.startsWith("write"));
  }

  @Test
  void a_terminal_that_nobody_has_any_more_is_closed_like_any_other() throws IOException {
    Streams streams = terminal();
    streams.takeTerminal(kernel.fd("master"));
    kernel.failNext("write", Errno.EIO);
    streams.stdin(this).close();
    streams.releaseTheirs();
    streams.close();

    assertThat(kernel.openDescriptors()).isEmpty();
    assertThat(kernel.buffers()).isZero();
  }

  @Test
  void a_terminal_that_cannot_be_taken_over_is_closed() {
    Streams streams = terminal();
    kernel.failNext("fcntl", Errno.EBADF);
    Fd master = kernel.fd("master");
    assertThatThrownBy(() -> streams.takeTerminal(master)).isInstanceOf(SyscallException.class);
    streams.releaseTheirs();
    streams.close();

    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void what_has_no_terminal_has_no_size() {
    Streams streams = open(Stdio.PIPE, Stdio.PIPE, Stdio.PIPE);
    assertThatIllegalStateException().isThrownBy(() -> streams.resize(Terminal.DEFAULT));
  }
}
