package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ContainerOutputTest {
  private static ContainerOutput of(String text) {
    return new ContainerOutput(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void text_is_utf_8_until_the_end() {
    assertThat(of("gr\u00fc\u00df\n\u20ac").readText()).isEqualTo("gr\u00fc\u00df\n\u20ac");
    assertThat(of("").readText()).isEmpty();
  }

  @Test
  void everything_can_be_transferred() throws IOException {
    byte[] bytes = new byte[200_000];
    bytes[199_999] = 1;
    ByteArrayOutputStream target = new ByteArrayOutputStream();

    assertThat(new ContainerOutput(new ByteArrayInputStream(bytes)).transferTo(target))
        .isEqualTo(200_000);
    assertThat(target.toByteArray()).isEqualTo(bytes);
  }

  @Test
  void bytes_that_are_no_utf_8_are_replaced() {
    byte[] bytes = {'a', (byte) 0xFF, 'b'};

    assertThat(new ContainerOutput(new ByteArrayInputStream(bytes)).readText())
        .isEqualTo("a\uFFFDb");
  }

  @Test
  void another_charset_can_be_asked_for() {
    byte[] bytes = {'a', (byte) 0xFC};

    assertThat(
            new ContainerOutput(new ByteArrayInputStream(bytes))
                .readText(StandardCharsets.ISO_8859_1))
        .isEqualTo("a\u00fc");
  }

  @Test
  void lines_come_without_their_ends_also_the_last() {
    try (Stream<String> lines = of("one\n\nthree").lines()) {
      assertThat(lines).containsExactly("one", "", "three");
    }
  }

  @Test
  void a_line_is_there_before_the_next_is_written() {
    InputStream source =
        new InputStream() {
          private final InputStream first =
              new ByteArrayInputStream("one\n".getBytes(StandardCharsets.UTF_8));

          @Override
          public int read() throws IOException {
            int next = first.read();
            return next >= 0 ? next : fail("read beyond the line that was asked for");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            int count = first.read(target, offset, length);
            return count >= 0 ? count : fail("read beyond the line that was asked for");
          }
        };

    try (Stream<String> lines = new ContainerOutput(source).lines()) {
      Iterator<String> iterator = lines.iterator();
      assertThat(iterator.next()).isEqualTo("one");
    }
  }

  @Test
  void reading_many_bytes_asks_the_source_once() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    InputStream source =
        new ByteArrayInputStream(new byte[100]) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            calls.incrementAndGet();
            return super.read(target, offset, length);
          }
        };

    try (ContainerOutput output = new ContainerOutput(source)) {
      assertThat(output.available()).isEqualTo(100);
      assertThat(output.read(new byte[100])).isEqualTo(100);
      assertThat(output.read()).isEqualTo(-1);
    }
    assertThat(calls).hasValue(1);
  }

  @Test
  void closing_closes_the_source() throws IOException {
    AtomicInteger closed = new AtomicInteger();
    InputStream source =
        new ByteArrayInputStream(new byte[0]) {
          @Override
          public void close() {
            closed.incrementAndGet();
          }
        };

    new ContainerOutput(source).close();

    assertThat(closed).hasValue(1);
  }

  @Test
  void a_failure_while_text_is_read_is_unchecked() {
    IOException failure = new IOException("broken");
    ContainerOutput output =
        new ContainerOutput(
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw failure;
              }

              @Override
              public int read(byte[] target, int offset, int length) throws IOException {
                throw failure;
              }
            });

    assertThatThrownBy(output::readText).isInstanceOf(UncheckedIOException.class).hasCause(failure);
    assertThatThrownBy(() -> output.lines().count())
        .isInstanceOf(UncheckedIOException.class)
        .hasCause(failure);
  }
}
