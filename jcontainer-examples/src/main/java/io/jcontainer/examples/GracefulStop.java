package io.jcontainer.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.time.Duration;
import java.util.Scanner;

/** A command that ends in its own way when it is asked to. */
public final class GracefulStop {
  private static final String SERVER =
      "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.1; done";

  private GracefulStop() {}

  /**
   * Starts it, waits until it is ready, and stops it.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = ContainerSpec.builder().command("sh", "-c", SERVER).init(true).build();
      try (Container server = runtime.start(spec)) {
        Scanner out = new Scanner(server.stdout(), UTF_8);
        System.out.println(out.nextLine());
        System.out.println(server.stop(Duration.ofSeconds(10)));
        System.out.println(out.nextLine());
      }
    }
  }
}
