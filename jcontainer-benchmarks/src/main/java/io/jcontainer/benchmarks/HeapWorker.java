package io.jcontainer.benchmarks;

import io.jcontainer.ContainerRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/**
 * The JVM whose heap is measured: starts containers and processes as {@link HeapBench} asks.
 *
 * <p>A request is a line, {@code NAME COUNT}; the answer a line of as many nanoseconds.
 */
public final class HeapWorker {
  private HeapWorker() {}

  /**
   * Answers requests until there are no more.
   *
   * @param arguments the benchmark's directory
   * @throws IOException if a program cannot be started or fails
   * @throws InterruptedException if the thread is interrupted
   */
  public static void main(String... arguments) throws IOException, InterruptedException {
    BenchDirectory directory = new BenchDirectory(Path.of(arguments[0]));
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      Map<String, Contestant> contestants =
          Map.of(
              "process-builder",
              InJvm.processBuilder("process-builder", "", directory.staticTrue().toString()),
              "jcontainer",
              InJvm.container("jcontainer", "", runtime, Specs.standard(directory)));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] words = line.split(" ", 2);
        Contestant contestant = contestants.get(words[0]);
        if (contestant == null) {
          throw new IOException("no contestant " + words[0]);
        }
        StringBuilder answer = new StringBuilder();
        for (int i = Integer.parseInt(words[1]); i > 0; i--) {
          answer.append(contestant.startToExit()).append(' ');
        }
        System.out.println(answer.toString().strip());
      }
    }
  }
}
