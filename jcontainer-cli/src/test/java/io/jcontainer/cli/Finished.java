package io.jcontainer.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A process that has ended.
 *
 * @param code its exit code
 * @param out its standard output
 * @param err its standard error
 */
record Finished(int code, String out, String err) {
  private static final long PATIENCE_SECONDS = 60;

  /** A started process, whose output goes to files so that nothing can block. */
  record Running(Process process, Path out, Path err) {

    /** Waits for the end; what takes too long is killed, and fails the test. */
    Finished await() {
      try {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError(
              "no end after " + PATIENCE_SECONDS + " s; it wrote:\n" + take(out) + take(err));
        }
        return new Finished(process.exitValue(), take(out), take(err));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted while waiting for a process", e);
      }
    }

    private static String take(Path file) {
      try {
        String text = Files.readString(file);
        Files.delete(file);
        return text;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static Running start(ProcessBuilder builder, String stdin) {
    try {
      Path out = Files.createTempFile("jcontainer-test", ".out");
      Path err = Files.createTempFile("jcontainer-test", ".err");
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      try (OutputStream input = process.getOutputStream()) {
        input.write(stdin.getBytes(StandardCharsets.UTF_8));
      }
      return new Running(process, out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
