package io.jcontainer.examples;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Stdio;
import java.nio.file.Path;

/** Gives a command a text, follows its output line by line, and keeps its errors in a file. */
public final class StreamChoices {
  private StreamChoices() {}

  /**
   * Numbers two lines.
   *
   * @param arguments the file for errors
   */
  public static void main(String... arguments) {
    Path log = Path.of(arguments[0]);
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sh", "-c", "cat -n; echo done >&2")
              .stdin(Stdio.text("first\nsecond\n"))
              .stdout(Stdio.lines(line -> System.out.println(line.strip())))
              .stderr(Stdio.appendTo(log))
              .build();
      try (Container container = runtime.start(spec)) {
        container.waitFor();
      } // here, all lines have come
    }
  }
}
