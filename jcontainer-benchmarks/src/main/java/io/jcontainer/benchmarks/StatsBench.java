package io.jcontainer.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.RuntimeOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What it takes to look at containers: {@code stats()} of one, and of many once a second. On a busy
 * machine the times say little; the processor time that it took says the same as on an idle one.
 */
public final class StatsBench {
  private static final int WARM_UP = 5_000;
  private static final int CALLS = 200;
  private static final int ROUNDS = 50;
  private static final Duration EACH = Duration.ofSeconds(1);
  private static final long SECONDS = 10;

  private final ManyOptions options;

  private StatsBench(ManyOptions options) {
    this.options = options;
  }

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/bench-stats} takes them
   * @throws IOException if the static program cannot be written, or /proc not be read
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    try {
      new StatsBench(ManyOptions.parse(arguments)).run();
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\nusage: dev/bench-stats [--json] [-n COUNT]");
      System.exit(2);
    }
  }

  private void run() throws IOException, InterruptedException {
    if (!options.json()) {
      System.out.println(Report.host());
      System.out.println();
    }
    RuntimeOptions delegated = RuntimeOptions.defaults().withCgroupDelegation(true);
    try (BenchDirectory directory = BenchDirectory.create();
        ContainerRuntime runtime = ContainerRuntime.create(delegated)) {
      ContainerSpec spec =
          Specs.pausingSilently(directory).toBuilder()
              .limits(CgroupLimits.builder().memory("64m").cpus(0.5).pids(32).build())
              .build();
      try (Container container = runtime.start(spec)) {
        one(container);
      }
      many(runtime, spec);
    }
  }

  private void one(Container container) {
    for (int i = 0; i < WARM_UP; i++) {
      container.stats();
    }
    double[] micros = new double[ROUNDS];
    double[] used = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long processor = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      long begin = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        container.stats();
      }
      micros[round] = (System.nanoTime() - begin) / 1e3 / CALLS;
      long after = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      used[round] = (after - processor) / 1e3 / CALLS;
    }
    Arrays.sort(micros);
    Arrays.sort(used);
    print("stats() of one container, median", micros[ROUNDS / 2], "us");
    print("stats() of one container, least", micros[0], "us");
    print("the same, processor time, median", used[ROUNDS / 2], "us");
  }

  private void many(ContainerRuntime runtime, ContainerSpec spec) throws InterruptedException {
    AtomicLong told = new AtomicLong();
    List<Container> containers = new ArrayList<>();
    try {
      for (int i = 0; i < options.count(); i++) {
        containers.add(runtime.start(spec));
      }
      Thread.sleep(SECONDS * 1000); // what comes behind the starts is over
      double idle = share();
      containers.forEach(container -> container.stats(EACH).subscribe(new Counter(told)));
      Thread.sleep(SECONDS * 1000); // compiled by then
      told.set(0);
      double busy = share();
      String name = options.count() + " containers, each " + EACH.toSeconds() + " s";
      print(name + ", of one processor", busy - idle, "%");
      print(name + ", told in a second", told.get() / (double) SECONDS, "");
    } finally {
      containers.forEach(Container::close);
    }
  }

  /** What this JVM takes of one processor. */
  private static double share() throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long before = system.getProcessCpuTime();
    long begin = System.nanoTime();
    Thread.sleep(SECONDS * 1000);
    return 100.0 * (system.getProcessCpuTime() - before) / (System.nanoTime() - begin);
  }

  private void print(String what, double value, String unit) {
    System.out.println(
        options.json()
            ? String.format(
                Locale.ROOT, "{\"what\":\"%s\",\"value\":%.1f,\"unit\":\"%s\"}", what, value, unit)
            : String.format(Locale.ROOT, "%-44s %8.1f %s", what, value, unit));
  }

  /** Asks for all there is. */
  private record Counter(AtomicLong told) implements Flow.Subscriber<ContainerStats> {
    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ContainerStats stats) {
      told.incrementAndGet();
    }

    @Override
    public void onError(Throwable failure) {
      failure.printStackTrace();
    }

    @Override
    public void onComplete() {
      // The containers are closed at the end.
    }
  }
}
