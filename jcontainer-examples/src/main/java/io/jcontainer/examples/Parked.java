package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;

/** Greets each name in a container that was made before it was asked for. */
public final class Parked {
  private Parked() {}

  /** Prints each greeting in its order. */
  public static void main(String... names) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = ContainerSpec.of("sh", "-c", "echo hello $NAME");
      try (ContainerPool pool = runtime.pool(spec)) {
        for (String name : names) {
          try (Container container = pool.start(p -> p.env("NAME", name))) {
            System.out.print(container.stdout().readText());
          }
        }
      }
    }
  }
}
