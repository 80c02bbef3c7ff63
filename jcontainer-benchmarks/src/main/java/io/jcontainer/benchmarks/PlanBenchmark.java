package io.jcontainer.benchmarks;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it takes to think a start through without doing it. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class PlanBenchmark {
  private BenchDirectory directory;
  private ContainerRuntime runtime;
  private ContainerSpec standard;
  private ContainerSpec hostRootfs;

  /** For JMH. */
  public PlanBenchmark() {}

  /**
   * Makes the runtime and the specs.
   *
   * @throws IOException if the static program cannot be written
   */
  @Setup
  public void open() throws IOException {
    runtime = ContainerRuntime.create();
    directory = BenchDirectory.create();
    standard = Specs.standard(directory);
    hostRootfs = Specs.hostRootfs("/usr/bin/true");
  }

  /**
   * Closes the runtime.
   *
   * @throws IOException if the static program cannot be deleted
   */
  @TearDown
  public void close() throws IOException {
    runtime.close();
    directory.close();
  }

  /**
   * The plan of a container with all defaults.
   *
   * @return the plan
   */
  @Benchmark
  public LaunchPlan plan() {
    return runtime.plan(standard);
  }

  /**
   * The plan of a container that shows the host's programs.
   *
   * @return the plan
   */
  @Benchmark
  public LaunchPlan planHostRootfs() {
    return runtime.plan(hostRootfs);
  }
}
