package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoredImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code load}: takes the images of an archive, or of a directory in OCI's layout. */
final class LoadVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final OptionSpec input =
      Options.text(
          "FILE",
          "The archive, or a directory in OCI's image layout. Default: standard input.",
          "-i",
          "--input");
  private final OptionSpec quiet =
      Options.flag("Accepted: only what was loaded is printed.", "-q", "--quiet");

  LoadVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec load = CommandSpec.create().name("load");
    load.addOption(input).addOption(quiet).addOption(images.option());
    load.usageMessage()
        .customSynopsis("jcontainer load [OPTIONS]")
        .description(
            "Loads images from an archive that docker save, podman save, skopeo copy or jcontainer"
                + " save has made, also compressed by gzip or zstd.");
    return load;
  }

  @Override
  public int run() {
    Optional<Path> file = Options.<String>get(input).map(Path::of);
    if (file.isEmpty() && caller.isTyped()) {
      throw new InvalidSpecException(
          "input", "an archive is read from standard input, and that is a terminal: use -i FILE");
    }
    ImageSource source =
        file.map(
                path ->
                    Files.isDirectory(path) ? ImageSource.layout(path) : ImageSource.archive(path))
            .orElseGet(() -> ImageSource.archive(caller.in()));
    ImageStore store = images.store();
    StringBuilder loaded = new StringBuilder();
    for (StoredImage image : store.load(source)) {
      loaded
          .append(image.name().isPresent() ? "Loaded image: " : "Loaded image ID: ")
          .append(ImageFacts.of(store, image).label())
          .append('\n');
    }
    caller.print("what was loaded", loaded.toString());
    return ExitCode.OK;
  }
}
