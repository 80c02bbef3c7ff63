package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * What the command has of the process that called it.
 *
 * @param env its environment
 * @param in what is read from it
 * @param out where results go
 * @param err where complaints go
 * @param terminals whether a descriptor, 0, 1 or 2, is a terminal
 */
record Caller(
    Map<String, String> env,
    InputStream in,
    PrintStream out,
    PrintStream err,
    IntPredicate terminals) {

  /** Whether what is read is typed on a terminal. */
  boolean isTyped() {
    return terminals.test(0);
  }

  /** Whether results are seen on a terminal. */
  boolean isSeen() {
    return terminals.test(1);
  }

  /** Whether complaints are seen on a terminal. */
  boolean isErrSeen() {
    return terminals.test(2);
  }

  /**
   * Prints a result in one write, which a pipe takes whole: a reader that leaves early, as head(1),
   * is no failure.
   *
   * @param what it is, for the message
   * @throws ContainerException if it cannot be written
   */
  void print(String what, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    if (out.checkError()) {
      throw new ContainerException(what + " cannot be written to standard output");
    }
  }

  /** Whether the caller wants stack traces from every call. */
  boolean debugs() {
    return !env.getOrDefault("JCONTAINER_DEBUG", "").isEmpty();
  }
}
