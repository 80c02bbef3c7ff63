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
   * @param command the program's path and its arguments, none with a newline
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

  @Override
  void close() throws IOException, InterruptedException;
}
