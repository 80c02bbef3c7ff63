package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.ContainerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Somebody who sits at the terminal of a process: types, and reads what it shows. */
final class Screen {
  private final ContainerProcess process;
  private final StringBuilder shown = new StringBuilder();
  private int seen;

  Screen(ContainerProcess process) {
    this.process = process;
  }

  /** Types keys: {@code \r} is Enter, {@code \003} is Ctrl-C. */
  Screen type(String keys) {
    try {
      process.stdin().write(keys.getBytes(UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Reads until this is shown, behind what was waited for before; returns what came with it. */
  String await(String text) {
    byte[] buffer = new byte[4096];
    try {
      while (shown.indexOf(text, seen) < 0) {
        int count = process.stdout().read(buffer);
        if (count < 0) {
          throw new AssertionError("no \"" + text + "\" until the end of:\n" + shown);
        }
        shown.append(new String(buffer, 0, count, UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int from = seen;
    seen = shown.indexOf(text, seen) + text.length();
    return shown.substring(from, seen);
  }

  /** Reads to the end; returns all that has ever been shown, with the lines' ends of a file. */
  String rest() {
    shown.append(process.stdout().readText());
    return shown.toString().replace("\r\n", "\n");
  }
}
