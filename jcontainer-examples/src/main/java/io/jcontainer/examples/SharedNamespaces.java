package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Namespace;

/** A second container in some of the first one's namespaces. */
public final class SharedNamespaces {
  private SharedNamespaces() {}

  /**
   * Prints the name of the first container, and of its process 1, as the second one sees them.
   *
   * @param args none
   */
  public static void main(String... args) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec first = ContainerSpec.builder().command("cat").hostname("first").build();
      try (Container server = runtime.start(first)) {
        ContainerSpec second =
            ContainerSpec.builder()
                .command("sh", "-c", "hostname; cat /proc/1/comm")
                .namespaces(
                    ns ->
                        ns.network(Namespace.of(server))
                            .pid(Namespace.of(server))
                            .uts(Namespace.of(server)))
                .build();
        try (Container sidecar = runtime.start(second)) {
          System.out.print(sidecar.stdout().readText());
        }
      }
    }
  }
}
