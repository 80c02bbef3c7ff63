package io.jcontainer.linux.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LineThreadTest {
  private final FakeKernel kernel = new FakeKernel();

  private void give(byte[] output, Consumer<String> consumer)
      throws IOException, InterruptedException {
    Fd[] pipe = kernel.pipe();
    LineThread thread = LineThread.start("test", new FdStream(kernel, pipe[0]), consumer);
    try (FdStream in = new FdStream(kernel, pipe[1])) {
      in.write(output, 0, output.length);
    }
    thread.join();
    assertThat(kernel.openDescriptors()).isEmpty();
    assertThat(kernel.buffers()).isZero();
  }

  private List<String> lines(String output) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    give(output.getBytes(UTF_8), lines::add);
    return lines;
  }

  @Test
  void a_line_ends_as_one_of_a_buffered_reader_does() throws Exception {
    for (String output :
        List.of("", "\n", "a", "a\n", "a\nb", "a\r\nb\rc\n\nd", "\r\r\n\n", "a\r", "ü€😀\n")) {
      assertThat(lines(output)).as(output).isEqualTo(output.lines().toList());
    }
  }

  @Test
  void bytes_that_are_no_text_are_replaced() throws Exception {
    List<String> lines = new ArrayList<>();
    give(new byte[] {'a', (byte) 0xFF, 'b', '\n'}, lines::add);

    assertThat(lines).containsExactly("a\uFFFDb");
  }

  @Test
  void a_long_line_comes_in_pieces() throws Exception {
    String piece = "x".repeat(1 << 16);

    assertThat(lines(piece + piece + "y\nz")).containsExactly(piece, piece, "y", "z");
    assertThat(lines(piece + "\n\nz")).containsExactly(piece, "", "z");
    assertThat(lines(piece)).containsExactly(piece);
  }

  @Test
  void a_piece_never_ends_in_the_middle_of_a_character() throws Exception {
    String text = "x".repeat((1 << 16) - 1) + "😀y";

    assertThat(lines(text)).containsExactly("x".repeat((1 << 16) - 1) + "😀", "y");
  }

  @Test
  void when_the_consumer_fails_the_rest_is_read_and_thrown_away() throws Exception {
    List<String> lines = new ArrayList<>();
    byte[] output = "line\n".repeat(100_000).getBytes(UTF_8);

    give(
        output,
        line -> {
          lines.add(line);
          throw new AssertionError("thrown on purpose");
        });

    assertThat(lines).hasSize(1);
  }
}
