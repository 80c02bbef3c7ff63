package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/**
 * One thing that the command can do, such as {@code run}. It is made anew for each call, so it may
 * keep its options in fields.
 */
interface Verb {

  /**
   * How picocli knows it: its name, options, operands and help. What all verbs have, {@code
   * --debug} and {@code --help}, {@link Jcontainer} adds.
   */
  CommandSpec description();

  /** Verbs that come behind this one, by name, such as {@code image ls}; one of them runs then. */
  default Map<String, Verb> parts() {
    return Map.of();
  }

  /** Whether options end with the first word that is none, as the rest belongs to a command. */
  default boolean optionsFirst() {
    return true;
  }

  /**
   * Does what the parsed options say.
   *
   * @return the exit code, see {@link ExitCode}
   * @throws ContainerException if it cannot be done
   */
  int run();
}
