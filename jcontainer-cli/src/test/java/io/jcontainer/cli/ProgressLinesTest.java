package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressLinesTest {
  private static final long SECOND = 1_000_000_000;

  private final StringBuilder out = new StringBuilder();
  private long now;

  private ProgressLines on(Terminal terminal) {
    return new ProgressLines(out::append, Optional.of(terminal), () -> now);
  }

  private final ProgressLines elsewhere =
      new ProgressLines(out::append, Optional.empty(), () -> now);

  @Test
  void elsewhere_each_thing_that_happens_is_a_line_and_numbers_are_none() {
    elsewhere.say("a", "Pulling fs layer");
    elsewhere.progress("a", "Downloading", 1, 10);
    now += SECOND;
    elsewhere.progress("a", "Downloading", 5, 10);
    elsewhere.say("b", "Already exists");
    elsewhere.say("a", "Pull complete");

    assertThat(out.toString())
        .isEqualTo("a: Pulling fs layer\na: Downloading\nb: Already exists\na: Pull complete\n");
  }

  @Test
  void on_a_terminal_each_has_a_line_that_is_drawn_anew() {
    Terminal size = new Terminal(10, 130);
    ProgressLines lines = on(size);
    lines.say("a", "Waiting");
    lines.say("b", "Waiting");
    lines.progress("a", "Downloading", 5_000_000, 10_000_000);
    lines.say("b", "Pull complete");
    lines.say("a", "Pull complete");

    assertThat(new FakeScreen(size).show(out.toString()))
        .containsExactly("a: Pull complete", "b: Pull complete", "");
    assertThat(out.toString())
        .contains(
            "a: Downloading [=========================>                         ]      5MB/10MB");
  }

  @Test
  void numbers_alone_are_drawn_ten_times_a_second_at_most() {
    ProgressLines lines = on(new Terminal(24, 80));
    for (int i = 0; i < 1_000; i++) {
      lines.progress("a", "Downloading", i, 1_000);
      now += SECOND / 1_000;
    }
    assertThat(out.toString().split("Downloading", -1)).hasSizeBetween(10, 12);
  }

  @Test
  void a_line_never_breaks_and_what_has_left_the_screen_is_let_be() {
    Terminal size = new Terminal(5, 40);
    ProgressLines lines = on(size);
    for (int i = 0; i < 8; i++) {
      lines.say("id" + i, "Waiting");
    }
    for (int i = 0; i < 8; i++) {
      lines.progress("id" + i, "Downloading with a very long word", 999, 999_999);
    }
    assertThat(new FakeScreen(size).show(out.toString()))
        .allSatisfy(line -> assertThat(line).hasSizeLessThan(40))
        .filteredOn(line -> line.contains("Downloading"))
        .hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "0,100,[>                                                  ]       0B/100B",
    "50,100,[=========================>                         ]      50B/100B",
    "100,100,[==================================================>]     100B/100B",
    "200,100,[==================================================>]     100B/100B"
  })
  void a_bar_goes_from_left_to_right_and_not_beyond(long current, long total, String bar) {
    assertThat(ProgressBar.of(current, total, 200)).isEqualTo(bar);
  }

  @Test
  void a_bar_is_as_wide_as_there_is_room_and_left_out_where_there_is_none() {
    assertThat(ProgressBar.of(1, 2, 80)).startsWith("[============>             ]");
    assertThat(ProgressBar.of(1, 2, 60)).isEqualTo("1B/2B");
    assertThat(ProgressBar.of(1_500, 0, 200)).isEqualTo("1.5kB");
  }

  /** As much of a terminal as is needed: it scrolls, and knows four sequences. */
  private static final class FakeScreen {
    private final Terminal size;
    private final List<StringBuilder> rows = new ArrayList<>(List.of(new StringBuilder()));
    private int row;
    private int column;

    FakeScreen(Terminal size) {
      this.size = size;
    }

    List<String> show(String text) {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '\n') {
          down();
          column = 0;
        } else if (c == '\r') {
          column = 0;
        } else if (c == '\033') {
          int end = i + 2;
          while (Character.isDigit(text.charAt(end))) {
            end++;
          }
          move(text.charAt(end), text.substring(i + 2, end));
          i = end;
        } else {
          put(c);
        }
      }
      return rows.stream().map(StringBuilder::toString).toList();
    }

    private void move(char command, String number) {
      switch (command) {
        case 'A' -> row = Math.max(rows.size() - size.rows(), row - Integer.parseInt(number));
        case 'B' -> row = Math.min(rows.size() - 1, row + Integer.parseInt(number));
        case 'K' -> rows.get(row).setLength(column);
        default -> throw new AssertionError("unknown sequence " + command);
      }
      assertThat(row).isNotNegative();
    }

    private void down() {
      row++;
      if (row == rows.size()) {
        rows.add(new StringBuilder());
      }
    }

    private void put(char c) {
      assertThat(column).as("the line breaks").isLessThan(size.columns());
      StringBuilder line = rows.get(row);
      while (line.length() <= column) {
        line.append(' ');
      }
      line.setCharAt(column++, c);
    }
  }
}
