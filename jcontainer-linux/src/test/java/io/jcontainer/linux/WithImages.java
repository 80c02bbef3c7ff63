package io.jcontainer.linux;

import io.jcontainer.ContainerRuntime;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests that share images, each with a runtime of its own. */
abstract class WithImages {
  /** Set before the first test. */
  TestImages images = new TestImages(Path.of("/"));

  private @Nullable ContainerRuntime open;

  @BeforeEach
  void open() {
    open = images.runtime();
  }

  /** Before JDK 21, the selector of an HTTP client is closed when nobody has it any more. */
  @AfterEach
  void close() {
    runtime().close();
    System.gc();
  }

  ContainerRuntime runtime() {
    return Objects.requireNonNull(open);
  }
}
