package io.jcontainer.linux;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;

/**
 * What a container that has run to its end has left to its caller.
 *
 * @param exit how it ended
 * @param out what it wrote
 * @param err what it wrote as its errors, at most 64 KiB: it is read after the output
 */
record Finished(ExitStatus exit, String out, String err) {

  /** Runs a container to its end and closes it. */
  static Finished of(ContainerRuntime runtime, ContainerSpec spec) {
    try (Container container = runtime.start(spec)) {
      String out = container.stdout().readText();
      String err = container.stderr().readText();
      return new Finished(container.waitFor(), out, err);
    }
  }

  /** The output of a command that has succeeded without a complaint. */
  String expectedOut() {
    if (!exit.isSuccess() || !err.isEmpty()) {
      throw new AssertionError(this);
    }
    return out;
  }

  @Override
  public String toString() {
    return "%s, out:\n%serr:\n%s".formatted(exit, out, err);
  }
}
