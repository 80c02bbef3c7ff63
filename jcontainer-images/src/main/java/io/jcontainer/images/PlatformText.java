package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Text;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How platforms are written, and what is meant where one is written in two ways. */
final class PlatformText {
  private static final Pattern FORM =
      Pattern.compile("([a-z0-9_.-]+)/([a-z0-9_.-]+)(?:/([a-z0-9_.-]+))?");

  /** The names of the kernel, of the JVM, and older ones of Docker's. */
  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          "x86_64", "amd64",
          "x86-64", "amd64",
          "aarch64", "arm64",
          "armhf", "arm",
          "i386", "386",
          "i486", "386",
          "i586", "386",
          "i686", "386",
          "x86", "386");

  private static final Map<String, String> VARIANTS = Map.of("arm64", "v8", "arm", "v7");

  private PlatformText() {}

  static Platform parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new InvalidSpecException(
          "platform",
          "\"%s\" is not of the form os/architecture or os/architecture/variant, such as linux/arm64"
              .formatted(Text.shown(text)));
    }
    String architecture = ARCHITECTURES.getOrDefault(matcher.group(2), matcher.group(2));
    return Platform.of(matcher.group(1), architecture, Optional.ofNullable(matcher.group(3)));
  }

  /** The variant, said or not. */
  static String variant(Platform platform) {
    return platform.variant().orElse(VARIANTS.getOrDefault(platform.architecture(), ""));
  }
}
