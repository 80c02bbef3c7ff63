package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What the command has of the process that called it.
 *
 * @param env its environment
 * @param in what is read from it
 * @param typed whether that is typed on a terminal
 * @param out where results go
 * @param err where complaints go
 * @param terminal whether results are seen on a terminal
 */
record Caller(
    Map<String, String> env,
    InputStream in,
    BooleanSupplier typed,
    PrintStream out,
    PrintStream err,
    BooleanSupplier terminal) {

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
