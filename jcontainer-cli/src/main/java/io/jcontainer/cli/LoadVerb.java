package io.jcontainer.cli;

import io.jcontainer.ImageLimits;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code load}: takes the images of an archive, or of a directory in OCI's layout. */
final class LoadVerb implements Verb {
  private final Caller caller;
  private final ImageOption images;
  private final UnpackOption unpack;
  private final OptionSpec input =
      Options.text(
          "FILE",
          "The archive, or a directory in OCI's image layout. Default: standard input.",
          "-i",
          "--input");
  private final OptionSpec quiet = Options.flag("No bar of how far it has come.", "-q", "--quiet");

  LoadVerb(Caller caller, Runtimes runtimes) {
    this.caller = caller;
    this.images = new ImageOption(caller.env());
    this.unpack = new UnpackOption(caller, runtimes, images);
  }

  @Override
  public CommandSpec description() {
    CommandSpec load = CommandSpec.create().name("load");
    load.addOption(input).addOption(quiet).addOption(unpack.option()).addOption(images.option());
    load.usageMessage()
        .customSynopsis("jcontainer load [OPTIONS]")
        .description(
            "Loads images from an archive that docker save, podman save, skopeo copy or jcontainer"
                + " save has made, also compressed by gzip or zstd.");
    return load;
  }

  @Override
  public int run() {
    Optional<Path> file = Options.<String>get(input).map(Path::of);
    if (file.isEmpty() && caller.isTyped()) {
      throw new InvalidSpecException(
          "input", "an archive is read from standard input, and that is a terminal: use -i FILE");
    }
    List<StoredImage> all =
        unpack.load(
            Optional.empty(),
            (store, sink) -> sink == null ? load(store, file) : load(store, file, sink));
    ImageStore store = images.store();
    StringBuilder loaded = new StringBuilder();
    for (StoredImage image : all) {
      loaded
          .append(image.name().isPresent() ? "Loaded image: " : "Loaded image ID: ")
          .append(ImageFacts.of(store, image).label())
          .append('\n');
    }
    caller.print("what was loaded", loaded.toString());
    return ExitCode.OK;
  }

  private static ImageSource source(Path path) {
    return Files.isDirectory(path) ? ImageSource.layout(path) : ImageSource.archive(path);
  }

  /** Its layers are taken out of the order in which they stand, so they are told one by one. */
  private List<StoredImage> load(ImageStore store, Optional<Path> file, LayerSink sink) {
    boolean tells = caller.isSeen() && !Options.given(quiet);
    return store.load(
        file.map(LoadVerb::source).orElseGet(() -> ImageSource.archive(caller.in())),
        tells ? new ToldLayers(sink, TransferLines.on(caller)) : sink);
  }

  /** Tells when a layer is taken. */
  private record ToldLayers(LayerSink sink, ProgressLines lines) implements LayerSink {
    @Override
    public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
        throws IOException {
      say(layer, "Unpacking");
      sink.take(config, index, layer, tar);
      say(layer, "Unpack complete");
    }

    private void say(Descriptor layer, String status) {
      synchronized (lines) { // several are taken at once
        lines.say(ImageFacts.shortId(layer.digest()), status);
      }
    }

    @Override
    public ImageLimits limits() {
      return sink.limits();
    }
  }

  private List<StoredImage> load(ImageStore store, Optional<Path> file) {
    if (file.isEmpty()) {
      return store.load(ImageSource.archive(caller.in()));
    }
    Path path = file.get();
    if (!caller.isSeen() || Options.given(quiet) || !Files.isRegularFile(path)) {
      return store.load(source(path));
    }
    ProgressLines lines = TransferLines.on(caller);
    String name = TableText.printable(String.valueOf(path.getFileName()));
    try (InputStream in = Files.newInputStream(path)) {
      long size = Files.size(path);
      InputStream told =
          new CountedInput(in, bytes -> lines.progress(name, "Loading", bytes, size));
      List<StoredImage> loaded = store.load(ImageSource.archive(path.toString(), told));
      lines.say(name, "Load complete");
      return loaded;
    } catch (IOException e) {
      throw new ImageException("cannot read " + path + ": " + e, e);
    }
  }
}
