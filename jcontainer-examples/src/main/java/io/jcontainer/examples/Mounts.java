package io.jcontainer.examples;

import io.jcontainer.ByteSize;
import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Mount;
import java.nio.file.Path;

/** Gives a container a directory of the host, a place for its work, and a secret. */
public final class Mounts {
  private Mounts() {}

  /**
   * Prints what it finds.
   *
   * @param arguments a directory with a file {@code greeting}
   */
  public static void main(String... arguments) {
    Path data = Path.of(arguments[0]);
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sh", "-c", "cat /data/greeting /run/secret >/work/both; cat /work/both")
              .mount(
                  Mount.bind(data, "/data"),
                  Mount.tmpfs("/work").size(ByteSize.parse("16m")),
                  Mount.file("/run/secret", "s3cret\n").mode(0400))
              .maskedPaths("/proc/version")
              .build();
      try (Container container = runtime.start(spec)) {
        System.out.print(container.stdout().readText());
      }
    }
  }
}
