package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/** The option {@code --images}, which all verbs of images have: where these are. */
final class ImageOption {
  static final String VARIABLE = "JCONTAINER_IMAGES";

  private final Map<String, String> env;
  private final OptionSpec directory =
      Options.value(
          Path.class,
          ImageOption::directory,
          "DIR",
          "Where images are. Default: $JCONTAINER_IMAGES, or else /var/lib/jcontainer for root,"
              + " ~/.local/share/jcontainer for others.",
          "--images");

  /**
   * The option.
   *
   * @param env the caller's environment
   */
  ImageOption(Map<String, String> env) {
    this.env = env;
  }

  OptionSpec option() {
    return directory;
  }

  private static Path directory(String text) {
    if (text.isEmpty()) {
      throw new InvalidSpecException("images", "a directory is needed");
    }
    return Path.of(text).toAbsolutePath();
  }

  /** Opens the store, which is made if it is not there. */
  ImageStore store() {
    return ImageStore.open(path().resolve("store"));
  }

  private Path path() {
    return Options.<Path>get(directory)
        .or(() -> variable(VARIABLE).map(ImageOption::directory))
        .orElseGet(this::usual);
  }

  private Path usual() {
    if (isRoot()) {
      return Path.of("/var/lib/jcontainer");
    }
    return variable("XDG_DATA_HOME")
        .filter(text -> text.startsWith("/")) // others are to be ignored, says its specification
        .map(Path::of)
        .or(() -> variable("HOME").map(home -> Path.of(home, ".local", "share")))
        .orElseThrow(
            () ->
                new InvalidSpecException(
                    "images", "neither HOME nor " + VARIABLE + " is set: use --images"))
        .resolve("jcontainer");
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(env.get(name)).filter(text -> !text.isEmpty());
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is needed", e);
    }
  }
}
