package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.ProcessSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a Java program calls in its own process.
 *
 * @param name the row's name
 * @param note what exactly is called
 * @param call starts the program and waits for its end
 */
record InJvm(String name, String note, Call call) implements Contestant {

  /** A call that returns when the end of the program is known, what is then to be closed. */
  interface Call {
    Rest run() throws IOException, InterruptedException;
  }

  /** What is left of it. */
  interface Rest {
    void close();
  }

  static InJvm processBuilder(String name, String note, String program) {
    List<String> command = List.of(program);
    return new InJvm(
        name,
        note,
        () -> {
          int code = new ProcessBuilder(command).start().waitFor();
          if (code != 0) {
            throw new IOException("it exited with " + code);
          }
          return () -> {};
        });
  }

  static InJvm container(String name, String note, ContainerRuntime runtime, ContainerSpec spec) {
    return containers(name, note, () -> runtime.start(spec));
  }

  /** Each of a spec of its own, made of a word that no other has. */
  static InJvm newSpecs(
      String name, String note, ContainerRuntime runtime, Function<String, ContainerSpec> spec) {
    AtomicInteger words = new AtomicInteger();
    return containers(
        name, note, () -> runtime.start(spec.apply("word" + words.incrementAndGet())));
  }

  /** Each of a pool, with a word and a variable of its own. */
  static InJvm parked(String name, String note, ContainerPool pool) {
    AtomicInteger words = new AtomicInteger();
    return containers(
        name,
        note,
        () -> {
          String word = "word" + words.incrementAndGet();
          return pool.start(p -> p.command(BenchDirectory.COMMAND, word).env("WORD", word));
        });
  }

  private static InJvm containers(String name, String note, Supplier<Container> start) {
    return new InJvm(name, note, () -> ended(start.get()));
  }

  private static Rest ended(ContainerProcess process) throws IOException {
    ExitStatus exit = process.waitFor();
    if (!exit.isSuccess()) {
      process.close();
      throw new IOException("it " + exit);
    }
    return process::close;
  }

  static InJvm exec(String name, String note, Container container, ProcessSpec spec) {
    return new InJvm(name, note, () -> ended(container.exec(spec)));
  }

  @Override
  public String startedBy() {
    return "JVM";
  }

  @Override
  public int warmUpRounds() {
    return 200;
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    long start = System.nanoTime();
    Rest rest = call.run();
    long took = System.nanoTime() - start;
    rest.close();
    return took;
  }

  /** A thread for each that runs at once, as a server has them. */
  @Override
  public long manyAtOnce(int count, int atOnce) throws IOException, InterruptedException {
    AtomicInteger left = new AtomicInteger(count);
    ExecutorService threads = Executors.newFixedThreadPool(atOnce);
    try {
      long start = System.nanoTime();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < atOnce; i++) {
        all.add(
            threads.submit(
                () -> {
                  while (left.getAndDecrement() > 0) {
                    call.run().close();
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      return System.nanoTime() - start;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } finally {
      threads.shutdown();
    }
  }
}
