package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.nio.file.Path;

/** Copies files into a running container and out of it. */
public final class CopyFiles {
  private CopyFiles() {}

  /**
   * Sorts a file in a container.
   *
   * @param args the file, and where the sorted one goes
   */
  public static void main(String... args) {
    Path words = Path.of(args[0]);
    Path sorted = Path.of(args[1]);
    try (ContainerRuntime runtime = ContainerRuntime.create();
        Container container = runtime.start(ContainerSpec.of("sleep", "60"))) {
      container.copyTo(words, "/tmp/words");
      try (ContainerProcess sort = container.exec("sort", "-o", "/tmp/sorted", "/tmp/words")) {
        sort.waitFor();
      }
      container.copyFrom("/tmp/sorted", sorted);
    }
  }
}
