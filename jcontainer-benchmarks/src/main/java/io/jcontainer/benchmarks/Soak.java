package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.StartFailedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Very many starts in a row: what this JVM and the kernel hold at the end is what they held at the
 * beginning, once the JVM was warm.
 */
public final class Soak {
  private static final String USAGE = "usage: dev/soak [-n STARTS]";
  private static final int WARM_UP = 5_000;
  private static final int LINES = 20;

  private static final Set<Holdings.Kind> FILLING =
      EnumSet.of(Holdings.Kind.HEAP, Holdings.Kind.RSS);

  /** How long the kernel may take to give back what ended last. */
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  private final ContainerRuntime runtime;
  private final ContainerSpec standard;
  private final ContainerSpec silent;
  private final ContainerSpec init;
  private final ContainerSpec pausing;
  private final ContainerSpec failing;

  private Soak(ContainerRuntime runtime, BenchDirectory directory) {
    this.runtime = runtime;
    standard = Specs.standard(directory);
    silent = Specs.nullStdio(directory);
    init = standard.toBuilder().init(true).build();
    pausing = Specs.pausing(directory);
    failing = standard.toBuilder().command("/not-there").build();
  }

  /**
   * Starts and compares; exits with 1 if something has grown.
   *
   * @param arguments as {@code dev/soak} takes them
   * @throws IOException if the static program cannot be written, or does not run
   */
  public static void main(String... arguments) throws IOException {
    try {
      int starts = starts(arguments);
      boolean same;
      try (BenchDirectory directory = BenchDirectory.create();
          ContainerRuntime runtime = ContainerRuntime.create()) {
        same = new Soak(runtime, directory).run(starts);
      }
      System.exit(same ? 0 : 1);
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + USAGE);
      System.exit(2);
    }
  }

  private static int starts(String... arguments) {
    if (arguments.length == 0) {
      return 100_000;
    }
    if (arguments.length != 2 || !arguments[0].equals("-n")) {
      throw new UsageException("unknown: " + String.join(" ", arguments));
    }
    return BenchOptions.positive(arguments[0], arguments[1]);
  }

  private boolean run(int starts) throws IOException {
    System.out.println(Report.host());
    StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "%8s %8s", "starts", "s"));
    for (Holdings.Kind kind : Holdings.Kind.values()) {
      head.append(String.format(Locale.ROOT, " %11s", kind.name().toLowerCase(Locale.ROOT)));
    }
    System.out.println(head);
    start(WARM_UP);
    Holdings before = settled(now -> true);
    long begin = System.nanoTime();
    print(0, begin, before);
    Holdings middle = before;
    for (int done = 0; done < starts; ) {
      int some = Math.min(starts - done, Math.max(1, starts / LINES));
      start(some);
      done += some;
      Holdings now = Holdings.now();
      print(done, begin, now);
      if (done <= starts / 2) {
        middle = now;
      }
    }
    Holdings half = middle;
    Holdings after = settled(now -> grown(before, half, now).isEmpty());
    print(starts, begin, after);
    List<String> grown = grown(before, half, after);
    System.out.println(grown.isEmpty() ? "nothing has grown" : "grown: " + grown);
    return grown.isEmpty();
  }

  /** Most are as usual; some are joined, some have an init, some fail. */
  private void start(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      if (i % 100 == 99) {
        fail();
      } else if (i % 50 == 7) {
        try (Container container = runtime.start(pausing);
            ContainerProcess process = container.exec(BenchDirectory.COMMAND)) {
          process.waitFor();
        }
      } else {
        ContainerSpec spec = i % 10 == 3 ? init : i % 2 == 0 ? standard : silent;
        try (Container container = runtime.start(spec)) {
          if (!container.waitFor().isSuccess()) {
            throw new IOException(container + " did not do what it should");
          }
        }
      }
    }
  }

  private void fail() throws IOException {
    try (Container container = runtime.start(failing)) {
      throw new IOException(container + " could be started");
    } catch (StartFailedException e) {
      if (!e.errno().equals("ENOENT")) {
        throw e;
      }
    }
  }

  /** The kernel takes namespaces apart after their end: waits until it is done, as far as it is. */
  private static Holdings settled(Predicate<Holdings> asBefore) throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    Holdings last = Holdings.now();
    while (System.nanoTime() - deadline < 0) {
      try {
        Thread.sleep(1_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return last;
      }
      Holdings next = Holdings.now();
      double slab = next.of(Holdings.Kind.SLAB);
      boolean still = slab < last.of(Holdings.Kind.SLAB) - 256;
      last = next;
      if (!still && asBefore.test(next)) {
        break;
      }
    }
    return last;
  }

  /**
   * What is more than it may be: exactly as it was, or nearly where others have a part in it. Heap
   * and memory are compared with those of the middle: the runtime keeps the programs of starts, up
   * to a limit, which takes some ten thousand of them.
   */
  private static List<String> grown(Holdings start, Holdings middle, Holdings after) {
    List<String> grown = new ArrayList<>();
    for (Holdings.Kind kind : Holdings.Kind.values()) {
      Holdings before = FILLING.contains(kind) ? middle : start;
      double slack =
          switch (kind) {
            case THREADS, DESCRIPTORS, CHILDREN, MOUNTS, CGROUPS -> 0;
            case HEAP -> 1 << 10;
            case RSS -> 32 << 10;
            case SLAB -> before.of(kind) / 4;
            case UNAVAILABLE -> Double.POSITIVE_INFINITY; // all others of the host are in it
          };
      if (after.of(kind) > before.of(kind) + slack) {
        grown.add(
            String.format(
                Locale.ROOT, "%s: %.0f, was %.0f", kind.title(), after.of(kind), before.of(kind)));
      }
    }
    return grown;
  }

  private static void print(int done, long begin, Holdings holdings) {
    StringBuilder line =
        new StringBuilder(
            String.format(Locale.ROOT, "%8d %8.0f", done, (System.nanoTime() - begin) / 1e9));
    for (Holdings.Kind kind : Holdings.Kind.values()) {
      line.append(String.format(Locale.ROOT, " %11.0f", holdings.of(kind)));
    }
    System.out.println(line);
  }
}
