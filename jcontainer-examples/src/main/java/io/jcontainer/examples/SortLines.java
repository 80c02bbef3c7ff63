package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerInput;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Stdio;
import java.io.IOException;

/** Writes to a container's standard input and reads its standard output. */
public final class SortLines {
  private SortLines() {}

  /**
   * Sorts its arguments in a container.
   *
   * @param words what to sort
   * @throws IOException if the container cannot be written to
   */
  public static void main(String... words) throws IOException {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec = ContainerSpec.builder().command("sort").stderr(Stdio.INHERIT).build();
      try (Container sort = runtime.start(spec)) {
        try (ContainerInput stdin = sort.stdin()) {
          stdin.writeText(String.join("\n", words));
        }
        sort.stdout().lines().forEach(System.out::println);
      }
    }
  }
}
