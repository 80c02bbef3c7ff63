package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code image unpack}: unpacks images that are here, so that no run has to. */
final class ImageUnpackVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Runtimes runtimes;
  private final ImageOption images;
  private final OptionSpec platform =
      Options.value(
          Platform.class,
          Platform::parse,
          "OS/ARCH[/VARIANT]",
          "What the image is for. Default: this machine.",
          "--platform");
  private final PositionalParamSpec names = Operands.several("IMAGE...", ImageNames.DESCRIPTION);

  ImageUnpackVerb(Caller caller, Complaints complaints, Runtimes runtimes) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtimes = runtimes;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec unpack = CommandSpec.create().name("unpack");
    unpack.addOption(platform).addOption(images.option()).addPositional(names);
    unpack
        .usageMessage()
        .customSynopsis("jcontainer image unpack [OPTIONS] IMAGE...")
        .description(
            "Unpacks the layers of images that are here, which otherwise the first run does. They"
                + " stay unpacked until the image is removed. No registry is asked: that is pull"
                + " --unpack.");
    return unpack;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    Optional<Platform> wanted = Options.get(platform);
    try (ContainerRuntime containers = images.runtime(runtimes)) {
      return ImageNames.each(
          names.<List<String>>getValue(),
          complaints,
          text -> {
            StoredImage image = list.stored(text);
            containers.unpack(list.called(image, wanted), PullPolicy.NEVER);
            caller.print(
                "what was unpacked",
                "%s: %s\n"
                    .formatted(
                        image.name().isPresent() ? "Unpacked image" : "Unpacked image ID",
                        ImageFacts.of(store, image).label()));
          });
    }
  }
}
