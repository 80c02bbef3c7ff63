package io.jcontainer.benchmarks;

import java.io.IOException;
import java.util.List;

/** Starts the peers' programs and times them. */
interface Starter extends AutoCloseable {

  /** How this is called in the table. */
  String label();

  /**
   * Makes a command known.
   *
   * @param command the program's path and its arguments, none with a newline; one that ends with
   *     "-00" ends with another number for each that runs at the same time
   * @return what {@link #startToExit} wants
   */
  int add(List<String> command) throws IOException;

  /**
   * Runs a command to its end, without input, its output thrown away.
   *
   * @param index what {@link #add} answered
   * @return the nanoseconds that it took
   * @throws IOException if it did not end with code 0; the message has its first error line
   */
  long startToExit(int index) throws IOException, InterruptedException;

  /**
   * Runs a command so often, so many at once.
   *
   * @return the nanoseconds that all took together
   * @throws IOException if one did not end with code 0
   */
  default long manyAtOnce(int index, int count, int atOnce) throws IOException {
    throw new IOException("many at once need a C compiler, for their starter");
  }

  @Override
  void close() throws IOException, InterruptedException;
}
