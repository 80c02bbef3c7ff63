package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.TransferListener;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code pull}: loads images from a registry. */
final class PullVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final RegistryAccess access;
  private final UnpackOption unpack;
  private final OptionSpec allTags =
      Options.flag("All images that the repository has.", "-a", "--all-tags");
  private final OptionSpec platform =
      Options.value(
          Platform.class,
          Platform::parse,
          "OS/ARCH[/VARIANT]",
          "What it is to run on. Default: this machine.",
          "--platform");
  private final OptionSpec quiet = Options.flag("Only the name in full.", "-q", "--quiet");
  private final OptionSpec policy =
      ImageToRun.policy(
          "Whether the registry is asked: always, which is the default, or if the image is not"
              + " here; with never that is an error.",
          "--policy");
  private final PositionalParamSpec name =
      Operands.one(0, "NAME[:TAG|@DIGEST]", "Such as alpine, or example.org:5000/team/app:1.");

  PullVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
    this.unpack = new UnpackOption(caller, runtimes, images);
    this.access = new RegistryAccess(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec pull = CommandSpec.create().name("pull");
    pull.addOption(allTags).addOption(platform).addOption(policy).addOption(quiet);
    pull.addOption(unpack.option());
    access.options().forEach(pull::addOption);
    pull.addOption(images.option()).addPositional(name);
    pull.usageMessage()
        .customSynopsis("jcontainer pull [OPTIONS] NAME[:TAG|@DIGEST]")
        .description(
            "Loads an image from a registry, Docker Hub if the name has none. What is here already"
                + " is not loaded again. Interrupted, it leaves what it was: the next pull, and"
                + " image prune, remove the rest.");
    return pull;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    String text = name.getValue();
    ImageReference reference = ImageReference.parse(text);
    unpack.load(
        Options.get(platform),
        (store, sink) ->
            Options.given(allTags)
                ? pullAll(reference, store, sink)
                : List.of(pull(text, reference, store, sink)));
    return ExitCode.OK;
  }

  private StoredImage pull(
      String text, ImageReference reference, ImageStore store, @Nullable LayerSink sink) {
    Optional<Descriptor> known = store.find(reference);
    PullPolicy chosen = Options.<PullPolicy>get(policy).orElse(PullPolicy.ALWAYS);
    if (chosen != PullPolicy.ALWAYS) {
      if (known.filter(target -> isHere(store, target)).isPresent()) {
        tell("Status: Image is here already: " + reference.familiar() + "\n");
        caller.print("the name", reference + "\n");
        return new StoredImage(Optional.of(reference), known.get());
      }
      if (chosen == PullPolicy.NEVER) {
        throw new ImageNotFoundException(
            "no image \"%s\" for %s is here, and --policy=never asks no registry"
                .formatted(reference.familiar(), wanted()));
      }
    }
    if (!text.contains("@") && !text.substring(text.lastIndexOf('/') + 1).contains(":")) {
      tell("Using default tag: latest\n");
    }
    try (Registry registry = access.open(reference.domain())) {
      return pull(registry, reference, store, sink);
    }
  }

  private Platform wanted() {
    return Options.<Platform>get(platform).orElseGet(Platform::current);
  }

  /** What is here for another platform is not here for this one. */
  private boolean isHere(ImageStore store, Descriptor target) {
    try {
      new ImageList(store).select(target, Options.get(platform));
      return true;
    } catch (ImageNotFoundException e) {
      return false;
    }
  }

  private List<StoredImage> pullAll(
      ImageReference reference, ImageStore store, @Nullable LayerSink sink) {
    if (reference.digest().isPresent() || !reference.tag().equals(Optional.of("latest"))) {
      throw new InvalidSpecException("image", "with -a a name has neither tag nor digest");
    }
    try (Registry registry = access.open(reference.domain())) {
      List<String> tags = registry.tags(reference);
      return tags.stream().map(tag -> pull(registry, reference.withTag(tag), store, sink)).toList();
    }
  }

  private StoredImage pull(
      Registry registry, ImageReference reference, ImageStore store, @Nullable LayerSink sink) {
    Optional<Digest> before = store.find(reference).map(Descriptor::digest);
    tell(
        "%s: Pulling from %s\n"
            .formatted(
                reference.digest().map(Digest::toString).or(reference::tag).orElse(""),
                reference.path()));
    TransferListener listener =
        Options.given(quiet)
            ? TransferListener.none()
            : TransferLines.ofPull(TransferLines.on(caller));
    StoredImage image =
        sink == null
            ? registry.pull(reference, wanted(), store, listener)
            : registry.pull(reference, wanted(), store, listener, sink);
    if (!isHere(store, image.target())) {
      caller.err().println("WARNING: %s is not for %s".formatted(reference.familiar(), wanted()));
    }
    Digest digest = image.target().digest();
    tell(
        "Digest: %s\nStatus: %s for %s\n"
            .formatted(
                digest,
                before.equals(Optional.of(digest))
                    ? "Image is up to date"
                    : "Downloaded newer image",
                reference.familiar()));
    caller.print("the name", reference + "\n");
    return image;
  }

  private void tell(String text) {
    if (!Options.given(quiet)) {
      caller.print("the progress", text);
    }
  }
}
