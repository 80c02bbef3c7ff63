package io.jcontainer.examples;

import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.RuntimeOptions;
import java.nio.file.Path;

/** What a container has changed, told, and made an image of. */
public final class WhatHasChanged {
  private WhatHasChanged() {}

  /**
   * Tells it.
   *
   * @param args a root file system with a shell, the directory for images, and a file to copy to
   */
  public static void main(String... args) {
    Path base = Path.of(args[0]).toAbsolutePath();
    Path result = Path.of(args[2]);
    RuntimeOptions options = RuntimeOptions.defaults().withImageDirectory(Path.of(args[1]));
    try (ContainerRuntime runtime = ContainerRuntime.create(options)) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .rootfs(LayeredRootfs.directory(base).inspectable())
              .command("sh", "-c", "echo done >/result; rm /etc/group")
              .build();
      try (Container container = runtime.start(spec)) {
        container.waitFor();
        container.changes().forEach(System.out::println);
        container.copyFrom("/result", result);
        System.out.println(container.commit(CommitOptions.of("example.org/app:1")).digest());
      }
    }
  }
}
