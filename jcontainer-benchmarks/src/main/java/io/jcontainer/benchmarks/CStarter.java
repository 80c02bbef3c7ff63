package io.jcontainer.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Starts peers from a small single-threaded C program, so that no JVM's cost is charged to them.
 */
final class CStarter implements Starter {
  private final ErrorFile errors;
  private final Process driver;
  private final Writer requests;
  private final BufferedReader answers;
  private int count;

  private CStarter(ErrorFile errors, Process driver) {
    this.errors = errors;
    this.driver = driver;
    requests = driver.outputWriter(StandardCharsets.UTF_8);
    answers = driver.inputReader(StandardCharsets.UTF_8);
  }

  /** Compiles the driver, or answers empty where there is no C compiler. */
  static Optional<Path> compile(Path directory) throws IOException, InterruptedException {
    Optional<Path> compiler =
        Stream.of("cc", "gcc", "clang").flatMap(name -> Programs.find(name).stream()).findFirst();
    if (compiler.isEmpty()) {
      return Optional.empty();
    }
    Path source = directory.resolve("driver.c");
    try (InputStream in = CStarter.class.getResourceAsStream("driver.c")) {
      if (in == null) {
        throw new IOException("driver.c is missing from the class path");
      }
      Files.copy(in, source);
    }
    Path driver = directory.resolve("driver");
    Programs.run(
        directory,
        List.of(
            compiler.get().toString(),
            "-std=gnu11",
            "-D_GNU_SOURCE",
            "-O2",
            "-o",
            driver.toString(),
            source.toString()));
    return Optional.of(driver);
  }

  /**
   * Starts the driver.
   *
   * @param prefix a command that ends in executing its further arguments; empty for none
   */
  static CStarter start(List<String> prefix, Path driver, ErrorFile errors) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(driver.toString());
    command.add(errors.path().toString());
    Redirect append = Redirect.appendTo(errors.path().toFile());
    return new CStarter(errors, new ProcessBuilder(command).redirectError(append).start());
  }

  @Override
  public String label() {
    return "C";
  }

  @Override
  public int add(List<String> command) throws IOException {
    send("add " + command.size());
    for (String word : command) {
      send(word);
    }
    return count++;
  }

  @Override
  public long startToExit(int index) throws IOException {
    return ask("run " + index);
  }

  @Override
  public long manyAtOnce(int index, int count, int atOnce) throws IOException {
    return ask("many %d %d %d".formatted(index, count, atOnce));
  }

  private long ask(String request) throws IOException {
    send(request);
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the driver has ended: " + errors.nextLine());
    }
    String[] words = answer.split(" ", 2);
    int status = Integer.parseInt(words[1]);
    if (status != 0) {
      String how = status % 128 == 0 ? "exited with " + status / 256 : "died of " + status % 128;
      throw new IOException("it %s: %s".formatted(how, errors.nextLine()));
    }
    return Long.parseLong(words[0]);
  }

  private void send(String line) throws IOException {
    requests.write(line + "\n");
    requests.flush();
  }

  /** The driver ends with its input. */
  @Override
  public void close() throws IOException, InterruptedException {
    requests.close();
    if (!driver.waitFor(10, TimeUnit.SECONDS)) {
      driver.destroyForcibly();
      throw new IOException("the driver did not end with its input");
    }
  }
}
