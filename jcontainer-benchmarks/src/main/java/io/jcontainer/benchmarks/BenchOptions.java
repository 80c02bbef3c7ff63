package io.jcontainer.benchmarks;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@link StartBench} was asked for.
 *
 * @param json whether to print an object a line instead of a table
 * @param rounds how often each contestant is measured
 * @param only the names of the contestants to measure; empty for all
 * @param heap the size of the big heap to compare with, as {@code -Xmx} takes it
 * @param threads how many at once, to measure how many there are in a second; empty to measure how
 *     long one takes
 */
record BenchOptions(
    boolean json, int rounds, Set<String> only, Optional<String> heap, OptionalInt threads) {
  private static final int BATCHES = 20;

  static final String USAGE =
      "usage: dev/bench-start [--json] [-n ROUNDS] [--only NAME,NAME...]"
          + " [--heap SIZE | --threads COUNT]";

  /** Parses arguments; what is wrong with them is the message of UsageException. */
  static BenchOptions parse(String... arguments) {
    boolean json = false;
    OptionalInt rounds = OptionalInt.empty();
    OptionalInt threads = OptionalInt.empty();
    Set<String> only = Set.of();
    Optional<String> heap = Optional.empty();
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String flag = rest.next();
      switch (flag) {
        case "--json" -> json = true;
        case "-n" -> rounds = OptionalInt.of(positive(flag, value(flag, rest)));
        case "--only" -> only = new TreeSet<>(Arrays.asList(value(flag, rest).split("[, ]+")));
        case "--heap" -> heap = Optional.of(size(flag, value(flag, rest)));
        case "--threads" -> threads = OptionalInt.of(atMost99(flag, value(flag, rest)));
        default -> throw new UsageException("unknown: " + flag);
      }
    }
    if (heap.isPresent() && threads.isPresent()) {
      throw new UsageException("--heap and --threads are not for one run");
    }
    return new BenchOptions(
        json, rounds.orElse(threads.isPresent() ? BATCHES : 300), only, heap, threads);
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

  private static int atMost99(String flag, String text) {
    int number = positive(flag, text);
    if (number > 99) {
      throw new UsageException(flag + " needs a number up to 99, not " + text);
    }
    return number;
  }

  private static String size(String flag, String text) {
    if (!text.matches("[1-9][0-9]*[kmgKMG]")) {
      throw new UsageException(flag + " needs a size such as 4g, not " + text);
    }
    return text;
  }
}
