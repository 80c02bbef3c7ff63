package io.jcontainer.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * One way of unpacking an image, each time into a directory that was not there before.
 *
 * @param name the row's name
 * @param startedBy who does it
 * @param note what exactly is done
 * @param fresh where it may make what it needs
 * @param action does it
 */
record ImageContestant(String name, String startedBy, String note, Path fresh, Action action)
    implements Contestant {

  /** Unpacks something in an empty directory. */
  interface Action {
    void in(Path directory) throws IOException, InterruptedException;
  }

  /** Commands of a shell, in which $1 is the directory. */
  static ImageContestant shell(String name, String script, Path fresh) {
    return new ImageContestant(
        name,
        "sh",
        script,
        fresh,
        directory -> run("sh", "-ec", script, "sh", directory.toString()));
  }

  static void run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectErrorStream(true)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(
          String.join(" ", List.of(command)) + ": exited with " + process.exitValue());
    }
  }

  @Override
  public int warmUpRounds() {
    return startedBy.equals("JVM") ? 15 : 1;
  }

  @Override
  public long startToExit() throws IOException, InterruptedException {
    Files.createDirectories(fresh);
    try {
      long start = System.nanoTime();
      action.in(fresh);
      return System.nanoTime() - start;
    } finally {
      run("rm", "-rf", fresh.toString());
    }
  }
}
