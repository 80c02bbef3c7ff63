package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.RuntimeOptions;

/** What a container uses, and limits that change while it runs. */
public final class WatchAndPause {
  private WatchAndPause() {}

  /**
   * Counts the processes of a container, pauses it, and lets it have more of them.
   *
   * @param args none
   */
  public static void main(String... args) {
    RuntimeOptions options = RuntimeOptions.defaults().withCgroupDelegation(true);
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      ContainerSpec spec =
          ContainerSpec.builder().command("sleep", "60").limits(l -> l.pids(20)).build();
      try (Container container = runtime.start(spec)) {
        ContainerStats stats = container.stats();
        stats.cpu().ifPresent(cpu -> System.out.println("computed: " + !cpu.usage().isZero()));
        stats.pids().ifPresent(pids -> System.out.println("processes: " + pids.current()));
        container.pause();
        System.out.println("paused: " + container.isPaused());
        container.resume();
        container.update(spec.limits().orElseThrow().toBuilder().pids(100).build());
        container.stats().pids().ifPresent(pids -> System.out.println(pids.limit().getAsLong()));
      }
    }
  }
}
