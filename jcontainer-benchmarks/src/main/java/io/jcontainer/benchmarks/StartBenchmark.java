package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.ProcessSpec;
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

/** Start to exit of a program that does nothing, with {@link ProcessBuilder} as the baseline. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 2)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class StartBenchmark {
  private BenchDirectory directory;
  private ContainerRuntime runtime;
  private ContainerSpec standard;
  private ContainerSpec nullStdio;
  private ContainerSpec hostRootfs;
  private Container pausing;
  private ProcessSpec command;

  /** For JMH. */
  public StartBenchmark() {}

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
    nullStdio = Specs.nullStdio(directory);
    hostRootfs = Specs.hostRootfs("/usr/bin/true");
    pausing = runtime.start(Specs.pausing(directory));
    command = ProcessSpec.of(BenchDirectory.COMMAND);
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
   * The baseline: no container.
   *
   * @return its exit code
   * @throws IOException if it cannot be started
   * @throws InterruptedException if the thread is interrupted
   */
  @Benchmark
  public int processBuilder() throws IOException, InterruptedException {
    return new ProcessBuilder(directory.staticTrue().toString()).start().waitFor();
  }

  /**
   * All defaults.
   *
   * @return how it ended
   */
  @Benchmark
  public ExitStatus container() {
    return run(standard);
  }

  /**
   * Without pipes.
   *
   * @return how it ended
   */
  @Benchmark
  public ExitStatus containerNullStdio() {
    return run(nullStdio);
  }

  /**
   * A further process in a container that runs.
   *
   * @return how it ended
   */
  @Benchmark
  public ExitStatus exec() {
    try (ContainerProcess process = pausing.exec(command)) {
      return process.waitFor();
    }
  }

  /**
   * The host's dynamically linked program on the host's /usr.
   *
   * @return how it ended
   */
  @Benchmark
  public ExitStatus containerHostRootfs() {
    return run(hostRootfs);
  }

  private ExitStatus run(ContainerSpec spec) {
    try (Container container = runtime.start(spec)) {
      return container.waitFor();
    }
  }
}
