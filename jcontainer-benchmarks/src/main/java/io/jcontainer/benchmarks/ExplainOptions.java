package io.jcontainer.benchmarks;

import java.util.Iterator;
import java.util.List;

/**
 * What {@link ExplainStart} was asked for.
 *
 * @param json whether to print an object a line instead of a table
 * @param rounds how often the container is started
 * @param spec which container
 */
record ExplainOptions(boolean json, int rounds, String spec) {
  static final String USAGE =
      "usage: dev/explain-start [--json] [-n ROUNDS]"
          + " [--of standard|read-only|own-userns|host-rootfs|image|init|limits]";

  /** Parses arguments; what is wrong with them is the message of UsageException. */
  static ExplainOptions parse(String... arguments) {
    boolean json = false;
    int rounds = 500;
    String spec = "standard";
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String flag = rest.next();
      switch (flag) {
        case "--json" -> json = true;
        case "-n" -> rounds = BenchOptions.positive(flag, BenchOptions.value(flag, rest));
        case "--of" -> spec = BenchOptions.value(flag, rest);
        default -> throw new UsageException("unknown: " + flag);
      }
    }
    return new ExplainOptions(json, rounds, spec);
  }
}
