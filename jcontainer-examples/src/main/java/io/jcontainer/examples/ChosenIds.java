package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.RuntimeOptions;

/** A runtime whose containers use other ids of the host than the usual ones. */
public final class ChosenIds {
  private ChosenIds() {}

  /**
   * Prints the map of user ids as a container sees it.
   *
   * @param args the host's id that 0 stands for, and how many ids follow
   */
  public static void main(String... args) {
    long hostId = Long.parseLong(args[0]);
    long size = Long.parseLong(args[1]);
    RuntimeOptions options = RuntimeOptions.defaults().withIds(IdMapping.range(hostId, size));
    try (ContainerRuntime runtime = ContainerRuntime.create(options);
        Container container = runtime.start(ContainerSpec.of("cat", "/proc/self/uid_map"))) {
      System.out.print(container.stdout().readText());
    }
  }
}
