package io.jcontainer.cli;

import java.io.PrintStream;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What the command has of the process that called it.
 *
 * @param env its environment
 * @param out where results go
 * @param err where complaints go
 * @param terminal whether results are seen on a terminal
 */
record Caller(Map<String, String> env, PrintStream out, PrintStream err, BooleanSupplier terminal) {

  /** Whether the caller wants stack traces from every call. */
  boolean debugs() {
    return !env.getOrDefault("JCONTAINER_DEBUG", "").isEmpty();
  }
}
