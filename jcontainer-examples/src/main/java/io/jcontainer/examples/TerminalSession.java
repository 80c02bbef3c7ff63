package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Terminal;

/** A command that asks whoever sits at its terminal. */
public final class TerminalSession {
  private TerminalSession() {}

  /**
   * Answers.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sh", "-c", "stty size; read answer </dev/tty; echo it was $answer")
              .terminal(new Terminal(24, 80))
              .build();
      try (Container container = runtime.start(spec)) {
        container.stdin().writeText("yes\n");
        System.out.print(container.stdout().readText());
      }
    }
  }
}
