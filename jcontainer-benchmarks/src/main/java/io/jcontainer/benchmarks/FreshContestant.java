package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Something that needs a directory that was not there before, each time.
 *
 * @param name the row's name
 * @param startedBy who does it
 * @param note what exactly is done
 * @param warmUpRounds how many runs it needs before it is measured
 * @param place where the directory is made, and removed
 * @param preparation is made before the clock runs
 */
record FreshContestant(
    String name,
    String startedBy,
    String note,
    int warmUpRounds,
    Path place,
    Preparation preparation)
    implements Contestant {

  /** What is measured; is closed when the clock has stopped. */
  interface Work extends AutoCloseable {
    void run() throws IOException, InterruptedException;

    @Override
    default void close() throws IOException {}
  }

  /** Prepares the work in an empty directory. */
  interface Preparation {
    Work in(Path directory) throws IOException, InterruptedException;
  }

  /** Commands of a shell, in which $1 is the directory. */
  static FreshContestant shell(String name, String script, Path place) {
    return new FreshContestant(
        name,
        "sh",
        script,
        1,
        place,
        directory -> () -> Programs.run("sh", "-ec", script, "sh", directory.toString()));
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    Path fresh = Files.createDirectory(place.resolve("fresh"));
    try (Work work = preparation.in(fresh)) {
      long start = System.nanoTime();
      work.run();
      return System.nanoTime() - start;
    } finally {
      Programs.run("rm", "-rf", fresh.toString());
    }
  }
}
