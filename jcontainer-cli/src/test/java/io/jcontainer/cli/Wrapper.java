package io.jcontainer.cli;

import java.nio.file.Path;

/** Where the wrapper of this checkout lies. */
final class Wrapper {
  /** Surefire and Failsafe run tests in the module's directory. */
  static final Path PATH = Path.of("../bin/jcontainer").toAbsolutePath().normalize();

  private Wrapper() {}
}
