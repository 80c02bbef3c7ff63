package io.jcontainer.cli;

import java.io.PrintStream;
import java.util.Map;

/**
 * What the command has of the process that called it.
 *
 * @param env its environment
 * @param out where results go
 * @param err where complaints go
 */
record Caller(Map<String, String> env, PrintStream out, PrintStream err) {

  /** Whether the caller wants stack traces from every call. */
  boolean debugs() {
    return !env.getOrDefault("JCONTAINER_DEBUG", "").isEmpty();
  }
}
