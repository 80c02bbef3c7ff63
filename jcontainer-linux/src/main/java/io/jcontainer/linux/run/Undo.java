package io.jcontainer.linux.run;

import java.util.ArrayDeque;
import java.util.Deque;

/** What must be taken back if a start fails: done in reverse order, unless it is kept. */
final class Undo {
  private final Deque<Runnable> actions = new ArrayDeque<>();

  /** Remembers how to take the last thing back. */
  void push(Runnable action) {
    actions.push(action);
  }

  /** Nothing is to be taken back any more. */
  void forget() {
    actions.clear();
  }

  /** Takes everything back; what fails now is added to the failure, and the rest is still done. */
  void runAfter(Throwable failure) {
    while (!actions.isEmpty()) {
      try {
        actions.pop().run();
      } catch (RuntimeException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
