package io.jcontainer.benchmarks;

import java.util.Iterator;
import java.util.List;

/**
 * What {@link ManyBench} was asked for.
 *
 * @param json whether to print an object a line instead of a table
 * @param count how many containers
 * @param pipes whether each has three pipes, or /dev/null for all streams
 */
record ManyOptions(boolean json, int count, boolean pipes) {
  static final String USAGE = "usage: dev/bench-many [--json] [-n COUNT] [--pipes]";

  /** Parses arguments; what is wrong with them is the message of UsageException. */
  static ManyOptions parse(String... arguments) {
    boolean json = false;
    int count = 1000;
    boolean pipes = false;
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String flag = rest.next();
      switch (flag) {
        case "--json" -> json = true;
        case "-n" -> count = BenchOptions.positive(flag, BenchOptions.value(flag, rest));
        case "--pipes" -> pipes = true;
        default -> throw new UsageException("unknown: " + flag);
      }
    }
    return new ManyOptions(json, count, pipes);
  }
}
