package io.jcontainer.benchmarks;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;

/** Starts peers as a Java program must: by {@link ProcessBuilder}. For hosts without a compiler. */
final class JvmStarter implements Starter {
  private final List<ProcessBuilder> commands = new ArrayList<>();
  private final ErrorFile errors;

  JvmStarter(ErrorFile errors) {
    this.errors = errors;
  }

  @Override
  public String label() {
    return "JVM";
  }

  @Override
  public int add(List<String> command) {
    commands.add(
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.appendTo(errors.path().toFile())));
    return commands.size() - 1;
  }

  @Override
  public long startToExit(int index) throws IOException, InterruptedException {
    long start = System.nanoTime();
    int code = commands.get(index).start().waitFor();
    long end = System.nanoTime();
    if (code != 0) {
      throw new IOException("it exited with %d: %s".formatted(code, errors.nextLine()));
    }
    return end - start;
  }

  @Override
  public void close() {}
}
