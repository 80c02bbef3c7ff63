package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.Image;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Platform;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** The options of {@code run} that say where its image comes from. */
final class ImageToRun {
  private final Caller caller;
  private final ImageOption images;
  private final OptionSpec pull =
      policy("Whether the registry is asked for the image. Default: if it is not here.", "--pull");
  private final OptionSpec platform =
      Options.text(
          "OS/ARCH[/VARIANT]",
          "What the image is for. Default: this machine; others need an emulator.",
          "--platform");

  ImageToRun(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  List<OptionSpec> options() {
    return List.of(pull, platform, images.option());
  }

  /** An option that says whether a registry is asked. */
  static OptionSpec policy(String description, String name) {
    return Options.value(
        PullPolicy.class, ImageToRun::policy, "always|missing|never", description, name);
  }

  private static PullPolicy policy(String text) {
    return switch (text) {
      case "always" -> PullPolicy.ALWAYS;
      case "missing" -> PullPolicy.MISSING;
      case "never" -> PullPolicy.NEVER;
      default ->
          throw new TypeConversionException("'" + text + "' is none of always, missing, never");
    };
  }

  /** Where images are, if that is said. */
  Optional<Path> directory() {
    return images.given();
  }

  /**
   * The image that a call names, which is pulled if need be. What this needs is loaded only now.
   *
   * @param text a name, an id, or the beginning of one
   */
  Image find(ContainerRuntime containers, String text) {
    PullPolicy chosen = Options.<PullPolicy>get(pull).orElse(PullPolicy.MISSING);
    String reference =
        new ImageFinder(caller, images.store())
            .find(text, chosen, Options.<String>get(platform).map(Platform::parse));
    return containers.image(reference, PullPolicy.NEVER);
  }
}
