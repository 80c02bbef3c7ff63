package io.jcontainer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/**
 * What a container writes: an input stream with helpers for text. Unbuffered; for one reader at a
 * time.
 *
 * @since 0.1.0
 */
public final class ContainerOutput extends InputStream {
  private final InputStream source;

  /**
   * Wraps a stream; backends do this.
   *
   * @param source where the bytes come from; closed with this one
   */
  public ContainerOutput(InputStream source) {
    this.source = source;
  }

  /**
   * Everything until the end, as UTF-8; bytes that are none become U+FFFD.
   *
   * @return the text
   * @throws UncheckedIOException if reading fails
   */
  public String readText() {
    return readText(StandardCharsets.UTF_8);
  }

  /**
   * Everything until the end.
   *
   * @param charset how the bytes are to be understood
   * @return the text
   * @throws UncheckedIOException if reading fails
   */
  public String readText(Charset charset) {
    try {
      return new String(readAllBytes(), charset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The lines until the end, as UTF-8, read as the stream is consumed.
   *
   * @return the lines without their ends; reading fails with {@link UncheckedIOException}
   */
  public Stream<String> lines() {
    return new BufferedReader(new InputStreamReader(this, StandardCharsets.UTF_8)).lines();
  }

  @Override
  public int read() throws IOException {
    return source.read();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return source.read(target, offset, length);
  }

  /** In pieces of what a pipe holds, which takes fewer calls than the JDK's way. */
  @Override
  public long transferTo(OutputStream target) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long all = 0;
    for (int count = read(buffer); count >= 0; count = read(buffer)) {
      target.write(buffer, 0, count);
      all += count;
    }
    return all;
  }

  @Override
  public int available() throws IOException {
    return source.available();
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
