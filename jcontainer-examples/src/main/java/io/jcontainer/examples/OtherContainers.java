package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.time.Duration;

/** A container of another runtime, which could as well be in another JVM. */
public final class OtherContainers {
  private OtherContainers() {}

  /**
   * Finds a container by its name, looks into it, and stops it.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime others = ContainerRuntime.create();
        Container server =
            others.start(
                ContainerSpec.builder()
                    .name("example-web")
                    .command("sleep", "60")
                    .hostname("web")
                    .init(true)
                    .build());
        ContainerRuntime runtime = ContainerRuntime.create()) {
      for (ContainerHandle each : runtime.containers()) {
        System.out.println(each.id() + " " + each.name().orElse("-") + " " + each.command());
      }
      ContainerHandle web = runtime.find("example-web").orElseThrow();
      try (ContainerProcess process = web.exec("hostname")) {
        System.out.print(process.stdout().readText());
      }
      web.stop(Duration.ofSeconds(10));
      System.out.println(server.waitFor());
    }
  }
}
