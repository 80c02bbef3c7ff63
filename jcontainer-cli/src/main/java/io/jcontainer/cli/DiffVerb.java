package io.jcontainer.cli;

import io.jcontainer.Change;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code diff}: what a container has changed in its root file system. */
final class DiffVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final WriteLayerChoice choice;

  DiffVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.choice = new WriteLayerChoice(caller, "");
  }

  @Override
  public CommandSpec description() {
    CommandSpec diff = CommandSpec.create().name("diff");
    choice.describe(diff);
    diff.usageMessage()
        .customSynopsis("jcontainer diff " + WriteLayerChoice.SYNOPSIS)
        .description(
            "Lists what a container has added (A), changed (C) and deleted (D) above the layers of"
                + " its image, or of --rootfs.");
    return diff;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    choice.requireRest(0);
    List<Change> changes;
    try (ContainerRuntime containers = choice.runtime(runtimes)) {
      changes = choice.find(containers).changes();
    }
    for (Change change : changes) {
      print(change);
    }
    if (caller.out().checkError()) {
      throw new ContainerException("the changes cannot be written to standard output");
    }
    return ExitCode.OK;
  }

  /** A container chooses its names: a terminal must not take them for commands. */
  private void print(Change change) {
    if (caller.isSeen()) {
      caller.out().println(TableText.printable(change.toString()));
    } else {
      caller.out().print(change.kind().letter() + " ");
      byte[] path = change.pathBytes();
      caller.out().write(path, 0, path.length);
      caller.out().print('\n');
    }
  }
}
