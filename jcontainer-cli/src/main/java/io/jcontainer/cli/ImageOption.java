package io.jcontainer.cli;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayerUsage;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
    return ImageStore.open(ImageDirectory.store(path()));
  }

  private Path path() {
    return given().or(() -> variable(env)).orElseGet(ImageDirectory::usual);
  }

  /**
   * Removes unpacked layers that no image has any more and no container uses. If none were ever
   * unpacked, no runtime is made for it.
   *
   * @return how many were removed
   */
  int pruneLayers(Runtimes runtimes) {
    if (!Files.isDirectory(ImageDirectory.layers(path()))) {
      return 0;
    }
    try (ContainerRuntime containers = runtime(runtimes)) {
      return containers.pruneLayers();
    }
  }

  /** What unpacked layers need on disk; nothing, and no runtime, if none were ever unpacked. */
  LayerUsage layerUsage(Runtimes runtimes) {
    if (!Files.isDirectory(ImageDirectory.layers(path()))) {
      return new LayerUsage(0, 0, Set.of(), ByteSize.ofBytes(0), ByteSize.ofBytes(0));
    }
    try (ContainerRuntime containers = runtime(runtimes)) {
      return containers.layerUsage();
    }
  }

  /** A runtime with these images. */
  ContainerRuntime runtime(Runtimes runtimes) {
    return runtimes.with(Optional.empty(), given());
  }

  /** What the option says. */
  Optional<Path> given() {
    return Options.get(directory);
  }

  /** What the environment says, which is for all verbs. */
  static Optional<Path> variable(Map<String, String> env) {
    return Optional.ofNullable(env.get(VARIABLE))
        .filter(text -> !text.isEmpty())
        .map(ImageOption::directory);
  }
}
