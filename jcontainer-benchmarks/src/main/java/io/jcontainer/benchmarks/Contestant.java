package io.jcontainer.benchmarks;

import java.io.IOException;

/** One way of starting a program and waiting for its end. */
interface Contestant {

  /** The row's name. */
  String name();

  /** Who makes the system call that starts it: "JVM", or what stands in its place. */
  String startedBy();

  /** What exactly is run, for the table's legend. */
  String note();

  /** How many runs it needs before it is measured. */
  int warmUpRounds();

  /**
   * Runs it once.
   *
   * @return the nanoseconds from the start to the end, all that a caller waits for included
   * @throws IOException if it could not be started, or ended otherwise than with code 0
   */
  long startToExit() throws IOException, InterruptedException;

  /**
   * Runs it many times, so many at once: when one has ended, the next begins.
   *
   * @return the nanoseconds from the start of the first to the end of the last
   * @throws IOException if this one cannot be run so, or as {@link #startToExit} does
   */
  default long manyAtOnce(int count, int atOnce) throws IOException, InterruptedException {
    throw new IOException(name() + " is only run alone");
  }
}
