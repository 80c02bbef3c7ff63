package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import java.time.Duration;

/** A command whose time is over. */
public final class Deadline {
  private Deadline() {}

  /**
   * Starts a command that would take a minute, and gives it a fraction of a second.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder().command("sleep", "60").timeout(Duration.ofMillis(100)).build();
      try (Container container = runtime.start(spec)) {
        ExitStatus exit = container.waitFor();
        System.out.println(exit + ", a shell would say " + exit.shellCode());
        System.out.println("timed out: " + exit.timedOut());
      }
    }
  }
}
