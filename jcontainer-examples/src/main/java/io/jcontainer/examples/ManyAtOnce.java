package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Starts a container for each word, without a thread that waits. */
public final class ManyAtOnce {
  private ManyAtOnce() {}

  /** Prints each word in its order. */
  public static void main(String... words) {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      List<CompletableFuture<Container>> starting = new ArrayList<>();
      for (String word : words) {
        starting.add(runtime.startAsync(ContainerSpec.of("echo", word)));
      }
      for (CompletableFuture<Container> each : starting) {
        try (Container container = each.join()) {
          System.out.print(container.stdout().readText());
        }
      }
    }
  }
}
