package io.jcontainer.examples;

import io.jcontainer.ClockOffsets;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.time.Duration;

/** A container that believes the host was booted ten days earlier. */
public final class LaterClock {
  private LaterClock() {}

  /**
   * Prints the container's uptime.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("cat", "/proc/uptime")
              .namespaces(ns -> ns.clockOffsets(ClockOffsets.of(Duration.ofDays(10))))
              .build();
      try (Container container = runtime.start(spec)) {
        System.out.print(container.stdout().readText());
      }
    }
  }
}
