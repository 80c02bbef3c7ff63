package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.RuntimeOptions;

/** A command that wants more memory than it may have. */
public final class MemoryLimit {
  private MemoryLimit() {}

  /**
   * Lets tail(1) look for the end of a line that has none.
   *
   * @param args none
   */
  public static void main(String... args) {
    RuntimeOptions options = RuntimeOptions.defaults().withCgroupDelegation(true);
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("tail", "/dev/zero")
              .limits(limits -> limits.memory("64m").cpus(0.5).pids(20))
              .build();
      try (Container container = runtime.start(spec)) {
        ExitStatus exit = container.waitFor();
        System.out.println(exit.signal().orElseThrow() + ", out of memory: " + exit.oomKilled());
      }
    }
  }
}
