package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PullPolicy;
import io.jcontainer.WriteLayer;
import io.jcontainer.images.ImageStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What {@code diff}, {@code export} and {@code commit} look at: a container that runs, or what
 * {@code run --writable-in} has kept.
 */
final class WriteLayerChoice {
  static final String SYNOPSIS = "(CONTAINER | --writable-in DIR (IMAGE | --rootfs DIR))";

  private final ImageOption images;
  private final PositionalParamSpec words;
  private final OptionSpec writableIn =
      Options.value(
          Path.class,
          RunOptions::directory,
          "DIR",
          "Instead of a container, what run --writable-in has kept in this directory.",
          "--writable-in");
  private final OptionSpec rootfs =
      Options.list(
          Path.class,
          RunOptions::directory,
          "DIR",
          "The directories that it was kept above, the lowest first, if it was no image.",
          "--rootfs");

  /**
   * The choice.
   *
   * @param label of words behind it, that are the verb's own; empty for none
   */
  WriteLayerChoice(Caller caller, String label) {
    this.images = new ImageOption(caller.env());
    this.words =
        PositionalParamSpec.builder()
            .paramLabel("CONTAINER|IMAGE" + label)
            .hideParamSyntax(true)
            .index("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .arity("0..*")
            .description(
                "A container that runs, as ps shows it; with --writable-in the image below.")
            .build();
  }

  void describe(CommandSpec verb) {
    verb.addOption(writableIn).addOption(rootfs).addOption(images.option()).addPositional(words);
  }

  ImageStore store() {
    return images.store();
  }

  /** The words behind those that make the choice. */
  List<String> rest() {
    List<String> all = Options.<List<String>>get(words).orElse(List.of());
    return isOfDirectories() || all.isEmpty() ? all : all.subList(1, all.size());
  }

  private boolean isOfDirectories() {
    return Options.get(writableIn).isPresent() && Options.get(rootfs).isPresent();
  }

  /** Refuses words that are too many. */
  void requireRest(int most) {
    if (rest().size() > most) {
      throw new InvalidSpecException(
          "arguments",
          "\"%s\" is one word too many; the form is %s".formatted(rest().get(most), SYNOPSIS));
    }
  }

  ContainerRuntime runtime(Runtimes runtimes) {
    return runtimes.with(Optional.empty(), images.given());
  }

  /** What the runtime knows an image by, for one that is named by its id, or its beginning. */
  private String known(String text) {
    ImageList list = new ImageList(store());
    return !list.byName(text).isEmpty()
        ? text
        : list.startingWith(text).stream()
            .findFirst()
            .map(image -> image.stored().target().digest().toString())
            .orElse(text);
  }

  /** Finds it; nothing of it is read before it is asked. */
  WriteLayer find(ContainerRuntime containers) {
    Optional<String> named =
        isOfDirectories()
            ? Optional.empty()
            : Options.<List<String>>get(words).map(all -> all.get(0));
    Optional<List<Path>> directories = Options.get(rootfs);
    Optional<Path> kept = Options.get(writableIn);
    if (kept.isEmpty()) {
      if (directories.isPresent()) {
        throw new InvalidSpecException("rootfs", "--rootfs needs --writable-in");
      }
      return Handles.find(
          containers,
          named.orElseThrow(
              () ->
                  new InvalidSpecException("container", "none is named; the form is " + SYNOPSIS)));
    }
    if (named.isEmpty() && directories.isEmpty()) {
      throw new InvalidSpecException(
          "rootfs", "--writable-in needs what it was kept above: an image, or --rootfs");
    }
    LayeredRootfs below =
        directories
            .map(LayeredRootfs::layers)
            .orElseGet(
                () -> LayeredRootfs.image(known(named.orElseThrow())).pull(PullPolicy.NEVER));
    return containers.writeLayer(
        // it is not run
        ContainerSpec.builder().command("/").rootfs(below.writableIn(kept.get())).build());
  }
}
