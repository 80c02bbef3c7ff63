package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.LayeredRootfs;
import java.nio.file.Path;

/** Layers that become a root in another way where the host cannot make an overlay of them. */
public final class LayersAnywhere {
  private LayersAnywhere() {}

  /**
   * Says what the layers become, and lists a directory of them.
   *
   * @param args two directories: a root file system with a shell, and one with {@code app}
   */
  public static void main(String... args) {
    Path base = Path.of(args[0]).toAbsolutePath();
    Path app = Path.of(args[1]).toAbsolutePath();
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      LayeredRootfs rootfs = LayeredRootfs.layers(base, app).withFallback();
      ContainerSpec spec = ContainerSpec.builder().rootfs(rootfs).command("ls", "/app").build();
      LaunchPlan.Step first = runtime.plan(spec).steps().get(0);
      System.out.println(first.actor() == Actor.JVM ? first : "an overlay");
      try (Container container = runtime.start(spec)) {
        System.out.print(container.stdout().readText());
      }
    }
  }
}
