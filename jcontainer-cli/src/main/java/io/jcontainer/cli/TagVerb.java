package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code tag}: gives an image a further name. */
final class TagVerb implements Verb {
  private final ImageOption images;
  private final PositionalParamSpec source = Operands.one(0, "IMAGE", ImageNames.DESCRIPTION);
  private final PositionalParamSpec target =
      Operands.one(1, "NAME[:TAG]", "The name that it is to have as well.");

  TagVerb(Caller caller) {
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec tag = CommandSpec.create().name("tag");
    tag.addOption(images.option()).addPositional(source).addPositional(target);
    tag.usageMessage()
        .customSynopsis("jcontainer tag IMAGE NAME[:TAG]")
        .description("Gives an image a further name. Another image that had it loses it.");
    return tag;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    ImageReference name = ImageReference.parse(target.getValue());
    if (name.digest().isPresent()) {
      throw new InvalidSpecException("image", name + " has a digest: only a tag can be given");
    }
    ImageStore store = images.store();
    store.tag(name, new ImageList(store).stored(source.getValue()).target());
    return ExitCode.OK;
  }
}
