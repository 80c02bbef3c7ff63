package io.jcontainer.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The same start many times: when each of its parts begins, and how long it takes. */
final class Timeline {
  /** The first event of each start. */
  static final String START = "start() is called";

  /** When the caller has its container. */
  static final String STARTED = "start() has returned";

  /** The last event. */
  static final String ENDED = "waitFor() has returned";

  private static final String JAVA = "Java, before ";

  /** What the JVM does between two calls is not shown if it takes less. */
  private static final double SHORT = 2_000;

  private static final int WIDTH = 88;

  /** A part, and which of its name it is in its process. */
  private record Key(String by, String what, int ordinal) {}

  private record Part(Key key, List<Long> starts, List<Long> times) {
    double at() {
      return median(starts);
    }

    boolean isShown() {
      return !key.what().startsWith(JAVA) || median(times) >= SHORT;
    }
  }

  private record Run(long begin, long end, Map<Key, Event> events) {}

  private final List<Run> runs = new ArrayList<>();
  private final List<Long> plain = new ArrayList<>();

  /**
   * Adds what the JVM did between these calls of one thread.
   *
   * @param from when it began to be about this start, or {@link Long#MAX_VALUE} for the first call
   * @param until when somebody went on because of it
   */
  static List<Event> withJava(List<Event> calls, long from, long until) {
    List<Event> all = new ArrayList<>();
    long last = from;
    for (Event call : calls) {
      if (last < call.begin()) {
        all.add(new Event(call.by(), JAVA + call.what(), last, call.begin()));
      }
      all.add(call);
      last = call.end();
    }
    if (!calls.isEmpty() && last < until) {
      all.add(new Event(calls.get(0).by(), JAVA + "the caller goes on", last, until));
    }
    return all;
  }

  /**
   * Adds a start.
   *
   * @param withoutClocks nanoseconds that the same took without any clocks
   */
  void add(List<Event> events, long withoutClocks) {
    Map<Key, Event> run = new LinkedHashMap<>();
    Map<Key, Integer> seen = new HashMap<>();
    for (Event event : events) {
      int ordinal = seen.merge(new Key(event.by(), event.what(), 0), 1, Integer::sum);
      run.put(new Key(event.by(), event.what(), ordinal), event);
    }
    runs.add(new Run(events.get(0).begin(), events.get(events.size() - 1).end(), run));
    plain.add(withoutClocks);
  }

  /**
   * What most starts consist of: who is faster in a race decides whose thread does some of it, and
   * medians of different starts do not belong together.
   */
  private List<Run> alike() {
    Map<Set<Key>, List<Run>> ways = new HashMap<>();
    for (Run run : runs) {
      ways.computeIfAbsent(run.events().keySet(), absent -> new ArrayList<>()).add(run);
    }
    return Collections.max(ways.values(), Comparator.comparingInt(List::size));
  }

  /** In the order of their begin. */
  private static List<Part> parts(List<Run> alike) {
    Map<Key, Part> parts = new LinkedHashMap<>();
    for (Run run : alike) {
      run.events()
          .forEach(
              (key, event) -> {
                Part part =
                    parts.computeIfAbsent(
                        key, absent -> new Part(absent, new ArrayList<>(), new ArrayList<>()));
                part.starts().add(event.begin() - run.begin());
                part.times().add(event.end() - event.begin());
              });
    }
    return parts.values().stream().sorted(Comparator.comparingDouble(Part::at)).toList();
  }

  /** An object a line. */
  void json(PrintStream out) {
    for (Part part : parts(alike())) {
      out.println(
          String.format(
              Locale.ROOT,
              "{\"by\":\"%s\",\"step\":\"%s\",\"at_us\":%.1f,\"median_us\":%.1f,\"min_us\":%.1f,"
                  + "\"n\":%d}",
              part.key().by(),
              escaped(part.key().what()),
              part.at() / 1e3,
              median(part.times()) / 1e3,
              min(part.times()) / 1e3,
              part.times().size()));
    }
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  /** A line a part, the milestones, and what the clocks cost. */
  void table(ExplainOptions options, PrintStream out) throws IOException {
    List<Run> alike = alike();
    List<Part> parts = parts(alike);
    List<Long> whole = runs.stream().map(run -> run.end() - run.begin()).toList();
    out.println(
        "A start of the container %s, part by part, microseconds; %d of %d starts, which went alike"
            .formatted(options.spec(), alike.size(), runs.size()));
    out.println(Report.host());
    out.println();
    out.println(String.format(Locale.ROOT, "%8s %8s %8s  %-12s", "at", "median", "min", "by"));
    parts.stream().filter(Part::isShown).forEach(part -> out.println(line(part)));
    out.println();
    out.println("at: median of when it begins, since start() was called. The lines overlap: the");
    out.println("JVM waits while others work. A step lasts until the next of its process begins,");
    out.println("with the clock's reading. Java closes descriptors, too.");
    out.println(
        String.format(
            Locale.ROOT,
            "Java between two calls, where it is shorter than %.0f and not shown: %.0f in all",
            SHORT / 1e3,
            parts.stream()
                    .filter(part -> !part.isShown())
                    .mapToDouble(part -> median(part.times()))
                    .sum()
                / 1e3));
    out.println(
        String.format(
            Locale.ROOT,
            "start to exit: median %.0f, min %.0f; without any clocks, in turns: %.0f, %.0f",
            median(whole) / 1e3,
            min(whole) / 1e3,
            median(plain) / 1e3,
            min(plain) / 1e3));
  }

  private static String line(Part part) {
    String what = part.key().what();
    return String.format(
        Locale.ROOT,
        "%8.0f %8.1f %8.1f  %-12s %s",
        part.at() / 1e3,
        median(part.times()) / 1e3,
        min(part.times()) / 1e3,
        part.key().by(),
        what.length() > WIDTH ? what.substring(0, WIDTH - 3) + "..." : what);
  }

  private static double median(List<Long> values) {
    List<Long> sorted = values.stream().sorted().toList();
    return (sorted.get(sorted.size() / 2) + sorted.get((sorted.size() - 1) / 2)) / 2.0;
  }

  private static double min(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).min().orElseThrow();
  }
}
