package io.jcontainer.benchmarks;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@link StartBench} was asked for.
 *
 * @param json whether to print an object a line instead of a table
 * @param rounds how often each contestant is measured
 * @param only the names of the contestants to measure; empty for all
 * @param heap the size of the big heap to compare with, as {@code -Xmx} takes it
 */
record BenchOptions(boolean json, int rounds, Set<String> only, Optional<String> heap) {
  static final String USAGE =
      "usage: dev/bench-start [--json] [-n ROUNDS] [--only NAME,NAME...] [--heap SIZE]";

  /** Parses arguments; what is wrong with them is the message of UsageException. */
  static BenchOptions parse(String... arguments) {
    boolean json = false;
    int rounds = 300;
    Set<String> only = Set.of();
    Optional<String> heap = Optional.empty();
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String flag = rest.next();
      switch (flag) {
        case "--json" -> json = true;
        case "-n" -> rounds = positive(flag, value(flag, rest));
        case "--only" -> only = new TreeSet<>(Arrays.asList(value(flag, rest).split("[, ]+")));
        case "--heap" -> heap = Optional.of(size(flag, value(flag, rest)));
        default -> throw new UsageException("unknown: " + flag);
      }
    }
    return new BenchOptions(json, rounds, only, heap);
  }

  static String value(String flag, Iterator<String> rest) {
    if (!rest.hasNext()) {
      throw new UsageException(flag + " needs a value");
    }
    return rest.next();
  }

  static int positive(String flag, String text) {
    if (!text.matches("[1-9][0-9]{0,6}")) {
      throw new UsageException(flag + " needs a number above 0, not " + text);
    }
    return Integer.parseInt(text);
  }

  private static String size(String flag, String text) {
    if (!text.matches("[1-9][0-9]*[kmgKMG]")) {
      throw new UsageException(flag + " needs a size such as 4g, not " + text);
    }
    return text;
  }
}
