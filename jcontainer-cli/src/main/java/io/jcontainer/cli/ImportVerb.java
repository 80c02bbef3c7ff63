package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.Compression;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code import}: makes an image of a root file system. */
final class ImportVerb implements Verb {
  private static final String STDIN = "-";

  private final Caller caller;
  private final ImageOption images;
  private final OptionSpec changes = Options.changes("How programs start in it");
  private final OptionSpec message =
      Options.text("TEXT", "A comment, for history.", "-m", "--message");
  private final OptionSpec platform =
      Options.value(
          Platform.class, Platform::parse, "OS/ARCH", "Default: this machine's.", "--platform");
  private final PositionalParamSpec source =
      Operands.one(
          0, "FILE|DIR|-", "A tar, also compressed, a directory, or - for standard input.");
  private final PositionalParamSpec target =
      Operands.optional(1, "NAME[:TAG]", "What it is to be called.");

  ImportVerb(Caller caller) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec load = CommandSpec.create().name("import");
    load.addOption(changes).addOption(message).addOption(platform).addOption(images.option());
    load.addPositional(source).addPositional(target);
    load.usageMessage()
        .customSynopsis("jcontainer import [OPTIONS] FILE|DIR|- [NAME[:TAG]]")
        .description("Makes an image of one layer from a root file system, and prints its id.");
    return load;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    Optional<ImageReference> name = Options.<String>get(target).map(ImportVerb::name);
    ImageSource rootfs = source(source.getValue(), config());
    ImageStore store = images.store();
    StoredImage image =
        name.map(each -> store.load(rootfs, each)).orElseGet(() -> store.load(rootfs).get(0));
    caller.print("the id", ImageFacts.of(store, image).id() + "\n");
    return ExitCode.OK;
  }

  private static ImageReference name(String text) {
    ImageReference name = ImageReference.parse(text);
    if (name.digest().isPresent()) {
      throw new InvalidSpecException("image", name + " has a digest: only a tag can be given");
    }
    return name;
  }

  private ImageSource source(String text, ImageConfig config) {
    if (text.equals(STDIN)) {
      if (caller.isTyped()) {
        throw new InvalidSpecException(
            "source", "a tar is read from standard input, and that is a terminal");
      }
      return ImageSource.rootfs(caller.in(), config);
    }
    if (text.startsWith("http://") || text.startsWith("https://")) {
      throw new InvalidSpecException(
          "source", "nothing is downloaded: curl -L " + text + " | jcontainer import - NAME");
    }
    Path path = Path.of(text);
    return Files.isDirectory(path)
        ? ImageSource.directory(path, Compression.NONE, config)
        : ImageSource.rootfs(path, config);
  }

  private ImageConfig config() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    ImageConfig.Execution execution =
        ImageConfig.Execution.none().changed(Options.<List<String>>get(changes).orElse(List.of()));
    ImageConfig.History line =
        new ImageConfig.History(
            Optional.of(now),
            Optional.empty(),
            Optional.empty(),
            Options.<String>get(message)
                .or(() -> Optional.of("Imported from " + source.<String>getValue())),
            false);
    return new ImageConfig(
        Options.<Platform>get(platform).orElseGet(Platform::current),
        Optional.of(now),
        Optional.empty(),
        execution,
        List.of(),
        List.of(line));
  }
}
