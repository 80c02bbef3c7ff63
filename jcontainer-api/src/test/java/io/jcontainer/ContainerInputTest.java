package io.jcontainer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class ContainerInputTest {

  @Test
  void text_is_written_as_utf_8_and_bytes_as_they_are() throws IOException {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    try (ContainerInput input = new ContainerInput(target)) {
      input.writeText("ü€😀\n");
      input.write('x');
      input.write(new byte[] {1, 2, 3}, 1, 1);
      input.flush();
    }

    assertThat(target.toByteArray()).isEqualTo("ü€😀\nx\u0002".getBytes(UTF_8));
  }

  @Test
  void flushing_and_closing_reach_the_target() throws IOException {
    StringBuilder calls = new StringBuilder();
    OutputStream target =
        new OutputStream() {
          @Override
          public void write(int value) {
            throw new AssertionError(value);
          }

          @Override
          public void flush() {
            calls.append("flush ");
          }

          @Override
          public void close() {
            calls.append("close");
          }
        };
    ContainerInput input = new ContainerInput(target);
    input.flush();
    input.close();

    assertThat(calls).hasToString("flush close");
  }

  @Test
  void a_failure_of_writing_text_is_unchecked() {
    ContainerInput input =
        new ContainerInput(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                throw new IOException("made to fail");
              }
            });

    assertThatThrownBy(() -> input.writeText("x"))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("made to fail");
  }
}
