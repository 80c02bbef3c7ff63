package io.jcontainer.examples;

import io.jcontainer.ByteSize;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import java.nio.file.Path;

/** Two directories as layers, and a write layer that vanishes with the container. */
public final class Layers {
  private Layers() {}

  /**
   * Shows a file of the upper directory, and overwrites it in the container.
   *
   * @param args two directories: a root file system with a shell, and one with {@code app/greeting}
   */
  public static void main(String... args) {
    Path base = Path.of(args[0]).toAbsolutePath();
    Path app = Path.of(args[1]).toAbsolutePath();
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      LayeredRootfs rootfs = LayeredRootfs.layers(base, app).writable(ByteSize.parse("64m"));
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(rootfs)
              .command("sh", "-c", "cat /app/greeting; echo changed >/app/greeting")
              .build();
      for (int i = 0; i < 2; i++) {
        try (Container container = runtime.start(spec)) {
          System.out.print(container.stdout().readText());
        }
      }
    }
  }
}
