package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.TransferListener;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code push}: uploads images to a registry. */
final class PushVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final RegistryAccess access;
  private final OptionSpec allTags =
      Options.flag("All images of this repository that are here.", "-a", "--all-tags");
  private final OptionSpec platform =
      Options.value(
          Platform.class,
          Platform::parse,
          "OS/ARCH[/VARIANT]",
          "Of an image for several platforms this one alone.",
          "--platform");
  private final OptionSpec quiet = Options.flag("Only the name in full.", "-q", "--quiet");
  private final PositionalParamSpec name =
      Operands.one(0, "NAME[:TAG]", "A name of the image, which tells the registry, too.");

  PushVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
    this.access = new RegistryAccess(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec push = CommandSpec.create().name("push");
    push.addOption(allTags).addOption(platform).addOption(quiet);
    access.options().forEach(push::addOption);
    push.addOption(images.option()).addPositional(name);
    push.usageMessage()
        .customSynopsis("jcontainer push [OPTIONS] NAME[:TAG]")
        .description(
            "Uploads an image to the registry that its name tells. What is there already is not"
                + " uploaded again.");
    return push;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageReference reference = ImageReference.parse(name.getValue());
    if (reference.digest().isPresent()) {
      throw new InvalidSpecException("image", reference + " has a digest: push a tag");
    }
    ImageStore store = images.store();
    List<StoredImage> chosen = chosen(reference, store);
    tell("The push refers to repository [%s]\n".formatted(reference.repository()));
    try (Registry registry = access.open(reference.domain())) {
      for (StoredImage image : chosen) {
        push(registry, image, image.name().orElse(reference), store);
      }
    }
    return ExitCode.OK;
  }

  private List<StoredImage> chosen(ImageReference reference, ImageStore store) {
    List<StoredImage> chosen =
        store.images().stream()
            .filter(
                image ->
                    image
                        .name()
                        .filter(
                            each ->
                                Options.given(allTags)
                                    ? each.digest().isEmpty()
                                        && each.repository().equals(reference.repository())
                                    : each.equals(reference))
                        .isPresent())
            .toList();
    if (chosen.isEmpty()) {
      throw new ImageNotFoundException(
          "no image \"%s\" is in %s: give one this name by tag, or images lists what there is"
              .formatted(reference.familiar(), store.directory()));
    }
    return chosen;
  }

  private void push(
      Registry registry, StoredImage image, ImageReference reference, ImageStore store) {
    TransferListener listener =
        Options.given(quiet)
            ? TransferListener.none()
            : TransferLines.ofPush(TransferLines.on(caller));
    Optional<Platform> one = Options.get(platform);
    StoredImage pushed =
        one.isPresent()
            ? registry.push(image, one.get(), reference, store, listener)
            : registry.push(image, reference, store, listener);
    tell(
        "%s: digest: %s size: %d\n"
            .formatted(
                reference.tag().orElse(""), pushed.target().digest(), pushed.target().size()));
    if (Options.given(quiet)) {
      caller.print("the name", reference + "\n");
    }
  }

  private void tell(String text) {
    if (!Options.given(quiet)) {
      caller.print("the progress", text);
    }
  }
}
