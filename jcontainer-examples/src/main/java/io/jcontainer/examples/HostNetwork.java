package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Namespace;

/** Everything own but the network. */
public final class HostNetwork {
  private HostNetwork() {}

  /**
   * Lists the network interfaces that a container sees in the host's network namespace.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("ls", "/sys/class/net")
              .namespaces(ns -> ns.network(Namespace.host()))
              .build();
      try (Container container = runtime.start(spec)) {
        System.out.print(container.stdout().readText());
      }
    }
  }
}
