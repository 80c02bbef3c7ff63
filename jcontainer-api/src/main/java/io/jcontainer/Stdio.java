package io.jcontainer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Where one of the standard streams of a process leads. Not every choice fits every stream; one
 * that does not is refused when the spec is built.
 *
 * @since 0.1.0
 */
public sealed interface Stdio {
  /**
   * To the JVM: {@link Container#stdin()}, {@link Container#stdout()}, {@link Container#stderr()}.
   */
  Stdio PIPE = new Pipe();

  /** To wherever the JVM's own stream leads. */
  Stdio INHERIT = new Inherit();

  /** To {@code /dev/null}: input is empty, output is thrown away. */
  Stdio NULL = new Null();

  /** For standard error: to wherever standard output leads, in the order in which it is written. */
  Stdio STDOUT = new SameAsStdout();

  /** A pipe to the JVM. */
  record Pipe() implements Stdio {}

  /** The JVM's own stream. */
  record Inherit() implements Stdio {}

  /** The device that is empty and takes everything. */
  record Null() implements Stdio {}

  /** What standard output is. */
  record SameAsStdout() implements Stdio {}

  /**
   * A file that is read.
   *
   * @param file its path
   */
  record From(Path file) implements Stdio {}

  /**
   * A file that is written.
   *
   * @param file its path
   * @param append whether what it holds is kept, and what is written goes behind it
   */
  record To(Path file, boolean append) implements Stdio {}

  /**
   * Bytes that are read.
   *
   * @param content the bytes; copied
   */
  @SuppressWarnings("ArrayRecordComponent") // it is copied, and compared by what it holds
  record Bytes(byte[] content) implements Stdio {
    /**
     * Copies them.
     *
     * @param content the bytes
     */
    public Bytes {
      content = content.clone();
    }

    /**
     * The bytes.
     *
     * @return a copy
     */
    @Override
    public byte[] content() {
      return content.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(content);
    }

    /** Says how many there are, for they may be secret. */
    @Override
    public String toString() {
      return content.length + " bytes";
    }
  }

  /**
   * Lines that are handed over.
   *
   * @param consumer who gets them
   */
  record Lines(Consumer<String> consumer) implements Stdio {}

  /**
   * A descriptor of the JVM.
   *
   * @param number its number
   */
  record Descriptor(int number) implements Stdio {}

  /**
   * For standard input: from a file. The JVM opens it when the process is started, with its own
   * rights: open(2). It may be a regular file or a device; a FIFO is refused, because opening it
   * would wait for somebody who writes.
   *
   * @param file its path, which the JVM must be allowed to read
   * @return the choice
   */
  static Stdio from(Path file) {
    return new From(file);
  }

  /**
   * For output: to a file, which is made if it is not there, and emptied if it is. The JVM opens it
   * when the process is started, with its own rights and umask: open(2). It may be a regular file
   * or a device; a FIFO is refused, because opening it would wait for somebody who reads. For both
   * outputs in one file, let standard error be {@link #STDOUT}.
   *
   * @param file its path, which the JVM must be allowed to write
   * @return the choice
   */
  static Stdio to(Path file) {
    return new To(file, false);
  }

  /**
   * For output: the same as {@link #to}, but what the file holds is kept, and each write goes to
   * its end.
   *
   * @param file its path, which the JVM must be allowed to write
   * @return the choice
   */
  static Stdio appendTo(Path file) {
    return new To(file, true);
  }

  /**
   * For standard input: these bytes, then the end of file. They lie in memory that the process
   * cannot change: memfd_create(2). No thread writes them, and no process that does not read them
   * is in the way.
   *
   * @param content what the process reads
   * @return the choice
   */
  static Stdio bytes(byte[] content) {
    return new Bytes(content);
  }

  /**
   * For standard input: this text as UTF-8, then the end of file, as {@link #bytes} has it.
   *
   * @param content what the process reads
   * @return the choice
   */
  static Stdio text(String content) {
    return new Bytes(content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * For output: to a consumer, a line at a time, without its end, as UTF-8; bytes that are none
   * become U+FFFD. A line ends as one of {@link java.io.BufferedReader} does; one that is longer
   * than 65,536 characters comes in pieces.
   *
   * <p>A daemon thread of the library calls the consumer, one for each such stream; a process that
   * writes more than a pipe holds waits for it. If the consumer throws something, that is logged,
   * and the rest of the output is read and thrown away. {@link Container#close()} returns when the
   * consumer has got everything, and so waits for it; but not if it is such a thread that calls it.
   *
   * @param consumer who gets the lines; for several containers of one spec at the same time, from
   *     several threads at the same time
   * @return the choice
   */
  static Stdio lines(Consumer<String> consumer) {
    return new Lines(consumer);
  }

  /**
   * A descriptor that the JVM has open, by its number: what it stands for when the process is
   * started. The process gets a duplicate, dup(2), which shares the position in a file, and the
   * JVM's stays open. Such numbers come from native code, or from whoever started the JVM.
   *
   * @param number at least 0
   * @return the choice
   */
  static Stdio descriptor(int number) {
    return new Descriptor(number);
  }
}
