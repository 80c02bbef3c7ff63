package io.jcontainer.linux.plan;

/** The architectures that there is a launcher for. */
public enum Arch {
  X86_64,
  AARCH64;

  /**
   * The one that this JVM runs on.
   *
   * @throws UnsupportedOperationException on any other
   */
  public static Arch current() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> X86_64;
      case "aarch64" -> AARCH64;
      default ->
          throw new UnsupportedOperationException(
              "there is no launcher for " + System.getProperty("os.arch"));
    };
  }
}
