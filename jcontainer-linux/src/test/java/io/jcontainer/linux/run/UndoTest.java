package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UndoTest {
  private final Undo undo = new Undo();
  private final List<String> done = new ArrayList<>();
  private final RuntimeException failure = new RuntimeException("the start");

  @Test
  void what_was_made_last_is_taken_back_first() {
    undo.push(() -> done.add("first"));
    undo.push(() -> done.add("second"));

    undo.runAfter(failure);

    assertThat(done).containsExactly("second", "first");
    assertThat(failure).hasNoSuppressedExceptions();
  }

  @Test
  void both_failures_are_kept_and_the_rest_is_still_done() {
    RuntimeException second = new RuntimeException("the clean-up");
    RuntimeException third = new RuntimeException("the clean-up too");
    undo.push(() -> done.add("first"));
    undo.push(
        () -> {
          throw third;
        });
    undo.push(
        () -> {
          throw second;
        });

    undo.runAfter(failure);

    assertThat(done).containsExactly("first");
    assertThat(failure).hasMessage("the start");
    assertThat(failure.getSuppressed()).containsExactly(second, third);
  }

  @Test
  void nothing_is_taken_back_twice() {
    undo.push(() -> done.add("once"));

    undo.runAfter(failure);
    undo.runAfter(failure);

    assertThat(done).containsExactly("once");
  }
}
