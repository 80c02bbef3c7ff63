package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageUnpacker;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The option {@code --unpack} of verbs that bring images: these are unpacked while they come in.
 */
final class UnpackOption {
  private final Caller caller;
  private final Runtimes runtimes;
  private final ImageOption images;
  private final OptionSpec unpack =
      Options.flag(
          "Unpack its layers while they come in, so that no run has to. They stay unpacked until"
              + " the image is removed.",
          "--unpack");

  UnpackOption(Caller caller, Runtimes runtimes, ImageOption images) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.images = images;
  }

  /** Brings images. */
  interface Loader {
    /** Brings them to a store; the sink takes layers that come in, if there is one. */
    List<StoredImage> load(ImageStore store, @Nullable LayerSink sink);
  }

  OptionSpec option() {
    return unpack;
  }

  boolean isGiven() {
    return Options.given(unpack);
  }

  /**
   * Has images brought, and unpacks them if that was asked for.
   *
   * @param platform for which of an index; empty for this machine's
   */
  List<StoredImage> load(Optional<Platform> platform, Loader loader) {
    if (!isGiven()) {
      return loader.load(images.store(), null);
    }
    List<StoredImage> loaded = new ArrayList<>();
    try (ContainerRuntime containers = images.runtime(runtimes)) {
      ImageUnpacker.of(containers)
          .unpack(
              (store, sink) -> {
                loaded.addAll(loader.load(store, sink));
                return loaded.stream()
                    .flatMap(image -> target(store, image, platform).stream())
                    .distinct()
                    .toList();
              });
    }
    return loaded;
  }

  /** Which image is unpacked: what no container can be started of is no failure of the load. */
  private Optional<Descriptor> target(
      ImageStore store, StoredImage image, Optional<Platform> platform) {
    try {
      Descriptor chosen = new ImageList(store).select(image.target(), platform);
      store.config(store.manifest(chosen));
      return Optional.of(chosen);
    } catch (ImageNotFoundException | InvalidImageException e) {
      caller
          .err()
          .println(
              "WARNING: %s was not unpacked: %s"
                  .formatted(ImageFacts.of(store, image).label(), e.getMessage()));
      return Optional.empty();
    }
  }
}
