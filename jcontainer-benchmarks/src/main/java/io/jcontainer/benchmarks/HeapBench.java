package io.jcontainer.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whether a big heap makes a start slower: two JVMs that differ in nothing else, in turns. */
final class HeapBench {
  /** The heap that the big one is compared with. */
  static final String SMALL = "128m";

  /** How many starts one JVM makes before it is the other's turn. */
  static final int BLOCK = 10;

  private static final int WARM_UP = 200;
  private static final List<String> NAMES = List.of("process-builder", "jcontainer");

  private HeapBench() {}

  /** The name of a row. */
  static String name(String contestant, String heap) {
    return contestant + "-heap" + heap;
  }

  static List<Row> run(BenchDirectory directory, String heap, int rounds)
      throws IOException, InterruptedException {
    try (Worker small = new Worker(directory, SMALL);
        Worker big = new Worker(directory, heap)) {
      List<Worker> workers = List.of(small, big);
      for (int done = -WARM_UP; done < rounds; done += BLOCK) {
        for (String name : NAMES) {
          for (Worker worker : workers) {
            worker.measure(name, done < 0 ? BLOCK : Math.min(BLOCK, rounds - done), done >= 0);
          }
        }
      }
      return workers.stream().flatMap(Worker::rows).toList();
    }
  }

  /** A JVM with a heap of this size, all of it resident. */
  private static final class Worker implements AutoCloseable {
    private final String heap;
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;
    private final Map<String, List<Long>> samples = new LinkedHashMap<>();

    Worker(BenchDirectory directory, String heap) throws IOException {
      this.heap = heap;
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xms" + heap,
                  "-Xmx" + heap,
                  "-XX:+AlwaysPreTouch",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  HeapWorker.class.getName(),
                  directory.path().toString())
              .redirectError(Redirect.INHERIT)
              .start();
      requests = process.outputWriter(StandardCharsets.UTF_8);
      answers = process.inputReader(StandardCharsets.UTF_8);
    }

    void measure(String name, int count, boolean keep) throws IOException {
      requests.write(name + " " + count + "\n");
      requests.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IOException("the JVM with a heap of " + heap + " has ended");
      }
      if (keep) {
        List<Long> kept = samples.computeIfAbsent(name, absent -> new ArrayList<>());
        Stream.of(answer.split(" ")).map(Long::valueOf).forEach(kept::add);
      }
    }

    Stream<Row> rows() {
      String note = "in a JVM with -Xms%1$s -Xmx%1$s -XX:+AlwaysPreTouch".formatted(heap);
      return samples.entrySet().stream()
          .map(sample -> new Row(name(sample.getKey(), heap), "JVM", note, sample.getValue()));
    }

    /** The worker ends with its input. */
    @Override
    public void close() throws IOException, InterruptedException {
      requests.close();
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("the JVM with a heap of " + heap + " exited with " + code);
      }
    }
  }
}
