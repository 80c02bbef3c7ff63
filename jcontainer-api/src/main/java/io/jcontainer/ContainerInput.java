package io.jcontainer;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * What a container reads: an output stream with a helper for text. Unbuffered; for one writer at a
 * time. Writing waits while the pipe is full, and fails once nobody can read any more.
 *
 * @since 0.1.0
 */
public final class ContainerInput extends OutputStream {
  private final OutputStream target;

  /**
   * Wraps a stream; backends do this.
   *
   * @param target where the bytes go; closed with this one
   */
  public ContainerInput(OutputStream target) {
    this.target = target;
  }

  /**
   * Writes a text as UTF-8.
   *
   * @param text what to write; a line needs its {@code \n}
   * @throws UncheckedIOException if writing fails
   */
  public void writeText(String text) {
    try {
      target.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void write(int value) throws IOException {
    target.write(value);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    target.write(source, offset, length);
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }

  /** Gives the container an end of file. */
  @Override
  public void close() throws IOException {
    target.close();
  }
}
