package io.jcontainer.cli;

import io.jcontainer.Terminal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What is told of things that go on side by side: on a terminal a line for each, which is drawn
 * anew as it goes on, as Docker does it; elsewhere a line for each thing that happens. For one
 * thread at a time.
 */
final class ProgressLines {
  /** So often a line is drawn anew while nothing but its numbers changes. */
  private static final long EACH_NANOS = 100_000_000;

  private final Consumer<String> out;
  private final Optional<Terminal> terminal;
  private final LongSupplier nanos;
  private final List<String> ids = new ArrayList<>();
  private final Map<String, Line> lines = new HashMap<>();

  /**
   * Nothing is there yet.
   *
   * @param out writes text, and what moves the cursor
   * @param terminal its size; empty if it is none
   * @param nanos a clock
   */
  ProgressLines(Consumer<String> out, Optional<Terminal> terminal, LongSupplier nanos) {
    this.out = out;
    this.terminal = terminal;
    this.nanos = nanos;
  }

  /** What a line says, and when that was drawn. */
  private record Line(String status, long drawnAt) {}

  /** Something has happened to one of the things. */
  void say(String id, String status) {
    show(id, status, "");
  }

  /** Something is on its way: the numbers are for terminals only. */
  void progress(String id, String status, long current, long total) {
    int columns = terminal.map(Terminal::columns).orElse(0);
    show(id, status, columns == 0 ? "" : " " + ProgressBar.of(current, total, columns));
  }

  private void show(String id, String status, String numbers) {
    Line before = lines.get(id);
    long now = nanos.getAsLong();
    if (before != null
        && before.status().equals(status)
        && (numbers.isEmpty() || now - before.drawnAt() < EACH_NANOS)) {
      return;
    }
    lines.put(id, new Line(status, now));
    String text = id + ": " + status + numbers;
    if (terminal.isEmpty()) {
      out.accept(text + "\n");
    } else {
      draw(id, text, terminal.get());
    }
  }

  /** The cursor is below the last line, before and afterwards. Sequences: ECMA-48. */
  private void draw(String id, String text, Terminal size) {
    // A line that is broken by the terminal would count as two.
    String cut = text.length() < size.columns() ? text : text.substring(0, size.columns() - 1);
    int index = ids.indexOf(id);
    if (index < 0) {
      ids.add(id);
      out.accept(cut + "\n");
      return;
    }
    int up = ids.size() - index;
    if (up < size.rows()) { // else it has left the screen
      out.accept("\033[" + up + "A\r\033[K" + cut + "\r\033[" + up + "B");
    }
  }
}
