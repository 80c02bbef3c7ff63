package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.run.LinuxRuntime;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a start consists of: every step of the plan and every call of the JVM with its time, on one
 * clock. A second runtime makes the same start without the clocks, in turns, to show what these
 * cost.
 */
public final class ExplainStart {
  private static final int WARM_UP = 300;

  private final TracedKernel traced = new TracedKernel(new JnaKernel());

  /** By how many bytes of times they send: what is prepared may be there or not. */
  private final Map<Integer, ClockedPlan> plans = new HashMap<>();

  private ExplainStart() {}

  /**
   * Measures and prints.
   *
   * @param arguments as {@code dev/explain-start} takes them
   * @throws IOException if the static program cannot be written, or does not run
   */
  public static void main(String... arguments) throws IOException {
    try {
      ExplainOptions options = ExplainOptions.parse(arguments);
      Timeline timeline = new ExplainStart().run(options);
      if (options.json()) {
        timeline.json(System.out);
      } else {
        timeline.table(options, System.out);
      }
    } catch (UsageException e) {
      System.err.println(e.getMessage() + "\n" + ExplainOptions.USAGE);
      System.exit(2);
    }
  }

  private Timeline run(ExplainOptions options) throws IOException {
    Timeline timeline = new Timeline();
    try (BenchDirectory directory = BenchDirectory.create()) {
      RuntimeOptions of = RuntimeOptions.defaults().withImageDirectory(directory.images());
      measure(options, spec(options.spec(), directory), of, timeline);
    }
    return timeline;
  }

  private void measure(
      ExplainOptions options, ContainerSpec spec, RuntimeOptions of, Timeline timeline)
      throws IOException {
    try (LinuxRuntime clocked = new LinuxRuntime(traced.kernel(), of, this::withClocks);
        ContainerRuntime plain = ContainerRuntime.create(of)) {
      for (int round = -WARM_UP; round < options.rounds(); round++) {
        List<Event> events = start(clocked, spec);
        long begin = System.nanoTime();
        try (Container container = plain.start(spec)) {
          container.waitFor();
          if (round >= 0) {
            timeline.add(events, System.nanoTime() - begin);
          }
        }
      }
    }
  }

  private Plan withClocks(Plan plan) {
    if (!ClockedPlan.fits(plan)) {
      return plan;
    }
    ClockedPlan made = ClockedPlan.of(plan);
    plans.put(made.size(), made);
    return made.plan();
  }

  private List<Event> start(LinuxRuntime runtime, ContainerSpec spec) throws IOException {
    traced.take();
    long begin = System.nanoTime();
    try (Container container = runtime.start(spec)) {
      long started = System.nanoTime();
      boolean success = container.waitFor().isSuccess();
      long ended = System.nanoTime();
      List<Event> jvm = traced.take();
      byte[] times = container.stdout().readAllBytes();
      ClockedPlan plan = plans.get(times.length);
      if (!success || plan == null) {
        throw new IOException(container + " did not do what it should");
      }
      List<Event> events = new ArrayList<>(List.of(new Event("jvm", Timeline.START, begin, begin)));
      for (String thread : new TreeSet<>(jvm.stream().map(Event::by).toList())) {
        List<Event> calls = jvm.stream().filter(event -> event.by().equals(thread)).toList();
        boolean starts = !thread.endsWith("watcher");
        events.addAll(
            Timeline.withJava(calls, starts ? begin : Long.MAX_VALUE, starts ? started : ended));
      }
      events.addAll(plan.events(times));
      events.add(new Event("jvm", Timeline.STARTED, started, started));
      events.add(new Event("jvm", Timeline.ENDED, ended, ended));
      return events;
    }
  }

  private static ContainerSpec spec(String name, BenchDirectory directory) throws IOException {
    return switch (name) {
      case "standard" -> Specs.standard(directory);
      case "read-only" -> Specs.readOnly(directory);
      case "own-userns" -> Specs.ownUserNamespace(directory);
      case "host-rootfs" -> Specs.hostRootfs("/usr/bin/true");
      case "limits" -> Specs.limited(directory);
      case "image" -> Specs.image(directory);
      case "init" -> Specs.standard(directory).toBuilder().init(true).build();
      default -> throw new UsageException("no container " + name);
    };
  }
}
