package io.jcontainer.benchmarks;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Stdio;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * One way of reading what a command writes: from its first byte to the end of the stream.
 *
 * @param name the row's name
 * @param note what exactly is read, and how
 * @param source starts the command, hands over its standard output, and waits for its end
 * @param chunk how many bytes are asked for at a time
 */
record StreamContestant(String name, String note, Source source, int chunk) implements Contestant {
  /** How many bytes the command writes. */
  static final long BYTES = 512L << 20;

  private static final List<String> COMMAND =
      List.of("dd", "if=/dev/zero", "bs=64k", "count=" + BYTES / (64 << 10), "status=none");

  /** A command whose output can be read. */
  interface Source {
    long read(Reading reading) throws IOException, InterruptedException;
  }

  /** What is done with it. */
  interface Reading {
    long of(InputStream stream) throws IOException;
  }

  static StreamContestant processBuilder(int chunk) {
    return new StreamContestant(
        name("process-builder", chunk),
        "Process.getInputStream() of the same command, " + kib(chunk) + " at a time",
        reading -> {
          Process process = new ProcessBuilder(COMMAND).start();
          long nanos = reading.of(process.getInputStream());
          if (process.waitFor() != 0) {
            throw new IOException("it exited with " + process.exitValue());
          }
          return nanos;
        },
        chunk);
  }

  static StreamContestant container(ContainerRuntime runtime, int chunk) {
    ContainerSpec spec =
        ContainerSpec.builder().command(COMMAND).stdin(Stdio.NULL).stderr(Stdio.NULL).build();
    return new StreamContestant(
        name("jcontainer", chunk),
        "Container.stdout() of " + String.join(" ", COMMAND) + ", " + kib(chunk) + " at a time",
        reading -> {
          try (Container container = runtime.start(spec)) {
            long nanos = reading.of(container.stdout());
            if (!container.waitFor().isSuccess()) {
              throw new IOException("it " + container.waitFor());
            }
            return nanos;
          }
        },
        chunk);
  }

  private static String name(String source, int chunk) {
    return source + "-" + (chunk >> 10) + "k";
  }

  private static String kib(int chunk) {
    return (chunk >> 10) + " KiB";
  }

  @Override
  public String startedBy() {
    return "JVM";
  }

  @Override
  public int warmUpRounds() {
    return 3;
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    return source.read(this::nanos);
  }

  private long nanos(InputStream stream) throws IOException {
    byte[] buffer = new byte[chunk];
    long all = Math.max(0, stream.read(buffer));
    long start = System.nanoTime();
    for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
      all += count;
    }
    long nanos = System.nanoTime() - start;
    if (all != BYTES) {
      throw new IOException("only " + all + " bytes came");
    }
    return nanos;
  }
}
