package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.time.Duration;

/** The first example: a command, what it prints, and how it ends. */
public final class HelloContainer {
  private HelloContainer() {}

  /**
   * Runs it.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sh", "-c", "echo hello from $(hostname)")
              .hostname("box")
              .timeout(Duration.ofSeconds(5))
              .build();
      try (Container container = runtime.start(spec)) {
        System.out.print(container.stdout().readText());
        System.out.println(container.waitFor());
      }
    }
  }
}
