package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.StoredImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code save}: writes images to an archive. */
final class SaveVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final OptionSpec output =
      Options.text("FILE", "Where to. Default: standard output.", "-o", "--output");
  private final PositionalParamSpec names = Operands.several("IMAGE...", ImageNames.DESCRIPTION);

  SaveVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec save = CommandSpec.create().name("save");
    save.addOption(output).addOption(images.option()).addPositional(names);
    save.usageMessage()
        .customSynopsis("jcontainer save [OPTIONS] IMAGE...")
        .description(
            "Saves images to a tar that docker load, podman load, skopeo and jcontainer load read."
                + " The same images give the same bytes.");
    return save;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    Optional<Path> file = Options.<String>get(output).map(Path::of);
    if (file.isEmpty() && caller.isSeen()) {
      throw new InvalidSpecException(
          "output", "an archive is nothing for a terminal: use -o FILE, or redirect the output");
    }
    ImageStore store = images.store();
    ImageList list = new ImageList(store);
    List<StoredImage> chosen = new ArrayList<>();
    for (String name : names.<List<String>>getValue()) {
      chosen.add(
          list.exactly(name)
              // what is called by its id or its digest is saved without a name, as Docker does it
              .orElseGet(() -> new StoredImage(Optional.empty(), list.stored(name).target())));
    }
    store.save(
        file.map(ImageTarget::archive)
            .orElseGet(() -> ImageTarget.archive(new CheckedOutput(caller.out()))),
        chosen.toArray(StoredImage[]::new));
    return ExitCode.OK;
  }
}
