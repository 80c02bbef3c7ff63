package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.WriteLayer;
import io.jcontainer.images.tar.ArchiveFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code export}: the whole root file system of a container as a tar. */
final class ExportVerb implements Verb {
  private final Caller caller;
  private final Runtimes runtimes;
  private final WriteLayerChoice choice;
  private final OptionSpec output =
      Options.text("FILE", "Where to. Default: standard output.", "-o", "--output");

  ExportVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.runtimes = runtimes;
    this.choice = new WriteLayerChoice(caller, "");
  }

  @Override
  public CommandSpec description() {
    CommandSpec export = CommandSpec.create().name("export");
    export.addOption(output);
    choice.describe(export);
    export
        .usageMessage()
        .customSynopsis("jcontainer export [OPTIONS] " + WriteLayerChoice.SYNOPSIS)
        .description(
            "Writes the root file system of a container, its layers with its changes on top, as one"
                + " tar, which import takes.");
    return export;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    choice.requireRest(0);
    Optional<Path> file = Options.<String>get(output).map(Path::of);
    if (file.isEmpty() && caller.isSeen()) {
      throw new InvalidSpecException(
          "output", "a tar is nothing for a terminal: use -o FILE, or redirect the output");
    }
    try (ContainerRuntime containers = choice.runtime(runtimes)) {
      WriteLayer found = choice.find(containers);
      if (file.isPresent()) {
        toFile(found, file.get());
      } else {
        found.export(new BufferedOutputStream(new CheckedOutput(caller.out())));
      }
    } catch (UncheckedIOException e) {
      throw new ContainerException(
          "the tar cannot be written to %s: %s"
              .formatted(file.map(Path::toString).orElse("standard output"), e.getCause()),
          e);
    }
    return ExitCode.OK;
  }

  private static void toFile(WriteLayer container, Path file) {
    try {
      ArchiveFile.write(file, container::export);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
