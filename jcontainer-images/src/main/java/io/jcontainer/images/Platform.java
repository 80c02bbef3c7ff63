package io.jcontainer.images;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What an image runs on, in the words of Go's {@code GOOS} and {@code GOARCH}.
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code amd64} or {@code arm64}
 * @param variant of the architecture, such as {@code v7}
 * @param osVersion a version of the operating system, which only images for Windows have
 * @param osFeatures features of the operating system, such as {@code win32k}
 * @since 0.1.0
 */
public record Platform(
    String os,
    String architecture,
    Optional<String> variant,
    Optional<String> osVersion,
    List<String> osFeatures) {

  /**
   * Copies the list.
   *
   * @param os such as {@code linux}
   * @param architecture such as {@code amd64}
   * @param variant of the architecture
   * @param osVersion a version of the operating system
   * @param osFeatures features of the operating system
   */
  public Platform {
    osFeatures = List.copyOf(osFeatures);
  }

  /**
   * One without version and features.
   *
   * @param os such as {@code linux}
   * @param architecture such as {@code amd64}
   * @param variant of the architecture
   * @return the platform
   */
  public static Platform of(String os, String architecture, Optional<String> variant) {
    return new Platform(os, architecture, variant, Optional.empty(), List.of());
  }

  /**
   * Parses the form of Docker's {@code --platform}. Names of architectures that {@code uname -m}
   * has are understood as well: {@code x86_64} is {@code amd64}, {@code aarch64} is {@code arm64}.
   *
   * @param text such as {@code linux/arm64} or {@code linux/arm/v7}
   * @return the platform
   * @throws io.jcontainer.InvalidSpecException if it is of another form
   */
  public static Platform parse(String text) {
    return PlatformText.parse(text);
  }

  /**
   * What images for this machine are for: Linux, whatever this JVM runs on, with the architecture
   * of the JVM.
   *
   * @return such as {@code linux/amd64}
   */
  public static Platform current() {
    String architecture = System.getProperty("os.arch", "amd64").toLowerCase(Locale.ROOT);
    return PlatformText.parse("linux/" + architecture);
  }

  /**
   * Whether an image for another platform is meant for this one: the same system, architecture and
   * variant, where {@code arm64} is {@code v8} and {@code arm} is {@code v7} if nothing is said.
   * Version and features of the system are not looked at.
   *
   * @param image what an image is for
   * @return true if it is meant for this platform
   */
  public boolean matches(Platform image) {
    return os.equals(image.os)
        && architecture.equals(image.architecture)
        && PlatformText.variant(this).equals(PlatformText.variant(image));
  }

  /** As Docker writes it: {@code linux/arm/v7}. */
  @Override
  public String toString() {
    return os + "/" + architecture + variant.map(text -> "/" + text).orElse("");
  }
}
