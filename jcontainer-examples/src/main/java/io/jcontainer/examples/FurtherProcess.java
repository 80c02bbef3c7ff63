package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ProcessSpec;
import java.time.Duration;

/** A further process in a container that runs. */
public final class FurtherProcess {
  private FurtherProcess() {}

  /**
   * Looks into a container from inside.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create();
        Container server =
            runtime.start(
                ContainerSpec.builder().command("sleep", "60").hostname("server").build())) {
      ProcessSpec look =
          ProcessSpec.builder()
              .command("sh", "-c", "echo $(hostname) runs $(cat /proc/1/comm)")
              .timeout(Duration.ofSeconds(5))
              .build();
      try (ContainerProcess process = server.exec(look)) {
        System.out.print(process.stdout().readText());
        System.out.println(process.waitFor());
      }
    }
  }
}
