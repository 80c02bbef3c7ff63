package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoredImage;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code rmi}, which is {@code image rm}, too: removes names, and what has none left. */
final class RmiVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Runtimes runtimes;
  private final String name;
  private final ImageOption images;
  private final OptionSpec force =
      Options.flag(
          "Also an id with names in several repositories; what is not there is no failure.",
          "-f",
          "--force");
  private final OptionSpec noPrune =
      Options.flag("Leave the layers, which a later image prune removes.", "--no-prune");
  private final PositionalParamSpec names = Operands.several("IMAGE...", ImageNames.DESCRIPTION);

  RmiVerb(Caller caller, Complaints complaints, Runtimes runtimes, String name) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtimes = runtimes;
    this.name = name;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec remove = CommandSpec.create().name(name);
    if (!name.equals("rmi")) {
      remove.aliases("remove");
    }
    remove.addOption(force).addOption(noPrune).addOption(images.option()).addPositional(names);
    remove
        .usageMessage()
        .customSynopsis("jcontainer rmi [OPTIONS] IMAGE...")
        .description(
            "Takes names from images, and removes images that have none left. An id stands for all"
                + " names of the image.");
    return remove;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    int code =
        ImageNames.each(
            names.<List<String>>getValue(),
            complaints,
            text -> {
              try {
                remove(store, list, text);
              } catch (ImageNotFoundException e) {
                if (!Options.given(force)) {
                  throw e;
                }
                complaints.failure(e);
              }
            });
    if (!Options.given(noPrune)) {
      store.collect();
      images.pruneLayers(runtimes);
    }
    return code;
  }

  private void remove(ImageStore store, ImageList list, String text) {
    List<StoredImage> named = list.byName(text);
    List<ImageFacts> all =
        named.isEmpty()
            ? list.byId(text)
            : named.stream().map(image -> ImageFacts.of(store, image)).toList();
    if (named.isEmpty()
        && !Options.given(force)
        && all.stream().map(ImageFacts::repository).distinct().count() > 1) {
      throw new InvalidSpecException(
          "image",
          "%s has names in several repositories, %s: use them, or -f"
              .formatted(text, all.stream().map(ImageFacts::label).toList()));
    }
    for (ImageFacts image : all) {
      if (list.remove(image) && image.name().isPresent()) {
        caller.out().println("Untagged: " + image.label());
      }
    }
    Digest id = all.get(0).id();
    if (!list.has(id)) {
      caller.out().println("Deleted: " + id);
    }
  }
}
