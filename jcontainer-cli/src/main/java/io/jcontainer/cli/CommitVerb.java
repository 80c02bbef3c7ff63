package io.jcontainer.cli;

import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.WriteLayer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code commit}: makes an image of what a container has changed. */
final class CommitVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final WriteLayerChoice choice;
  private final OptionSpec author = Options.text("TEXT", "Who made it.", "-a", "--author");
  private final OptionSpec message =
      Options.text("TEXT", "A comment, for history.", "-m", "--message");
  private final OptionSpec changes = Options.changes("What is otherwise than in the image below");
  private final OptionSpec pause =
      Options.flag(
          "Pause the container meanwhile, so that it is of one moment; needs its cgroups.",
          "-p",
          "--pause");

  CommitVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.choice = new WriteLayerChoice(caller, " [NAME[:TAG]]");
  }

  @Override
  public CommandSpec description() {
    CommandSpec commit = CommandSpec.create().name("commit");
    commit.addOption(author).addOption(changes).addOption(message).addOption(pause);
    choice.describe(commit);
    commit
        .usageMessage()
        .customSynopsis(
            "jcontainer commit [OPTIONS] " + WriteLayerChoice.SYNOPSIS + " [NAME[:TAG]]")
        .description(
            "Makes an image of a container, and prints its id: the layers of its image, and its"
                + " changes as one more. Of --rootfs, all becomes one layer.");
    return commit;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    choice.requireRest(1);
    CommitOptions.Builder options = CommitOptions.builder();
    choice.rest().forEach(options::name);
    Options.use(author, options::author);
    Options.use(message, options::message);
    Options.useEach(changes, options::change);
    Image image;
    try (ContainerRuntime containers = choice.runtime(runtimes)) {
      image = commit(choice.find(containers), options.build());
    }
    String id = new ImageList(choice.store()).byId(image.digest()).get(0).id().toString();
    caller.print("the id", id + "\n");
    return ExitCode.OK;
  }

  private Image commit(WriteLayer layer, CommitOptions options) {
    if (!Options.given(pause)) {
      return layer.commit(options);
    }
    if (!(layer instanceof ContainerHandle container)) {
      throw new InvalidSpecException("pause", "no container runs there");
    }
    if (container.isPaused()) {
      return layer.commit(options); // and it stays paused
    }
    container.pause();
    try {
      return layer.commit(options);
    } finally {
      container.resume();
    }
  }
}
