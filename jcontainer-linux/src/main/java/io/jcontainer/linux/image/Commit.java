package io.jcontainer.linux.image;

import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Image;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Signal;
import io.jcontainer.images.Compression;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.ImageConfig.History;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.WrittenLayer;
import io.jcontainer.linux.copy.LayerWalk;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/** An image that is made of a container: one layer above those of the image below. */
final class Commit {
  private final ImageCatalog catalog;
  private final ContainerSpec spec;
  private final CommitOptions options;
  private final Instant now;

  /**
   * Makes nothing yet.
   *
   * @param spec what the container was started of, with its image found
   */
  Commit(ImageCatalog catalog, ContainerSpec spec, CommitOptions options) {
    this.catalog = catalog;
    this.spec = spec;
    this.options = options;
    this.now = options.created().orElseGet(Instant::now);
  }

  /** What lies below. */
  private record Below(List<Descriptor> layers, ImageConfig config) {}

  /** Makes it. */
  Image of(LayerWalk walk) {
    Optional<ImageReference> name = options.name().map(Commit::name);
    try (Lease lease = catalog.store().lease()) {
      Below below = below(lease);
      Execution execution = execution(below.config().execution());
      boolean fromScratch = below.layers().isEmpty();
      AtomicBoolean any = new AtomicBoolean(true);
      WrittenLayer written =
          lease.write(
              Compression.NONE,
              tar -> {
                if (fromScratch) {
                  LayerTar.wholeLayer(walk, tar);
                } else {
                  any.set(LayerTar.changes(walk, tar));
                }
              });
      List<Descriptor> layers = new ArrayList<>(below.layers());
      List<Digest> diffIds = new ArrayList<>(below.config().diffIds());
      if (any.get()) {
        layers.add(written.descriptor());
        diffIds.add(written.diffId());
      }
      if (layers.size() > ImageStore.MAX_LAYERS) {
        throw new ImageException(
            "the image has %d layers already, and no container is started of more"
                .formatted(ImageStore.MAX_LAYERS));
      }
      ImageConfig config = config(below.config(), execution, diffIds, !any.get());
      Descriptor configuration = lease.write(MediaType.OCI_CONFIG, config.toBytes());
      Descriptor image =
          lease.write(MediaType.OCI_MANIFEST, Manifest.of(configuration, layers).toBytes());
      // First whether it is one that a container can be started of.
      Image made = ImageValues.of(name.map(ImageReference::toString), image, config);
      catalog.store().keep(new StoredImage(name, image));
      return made;
    }
  }

  /** What it may be called. */
  static ImageReference name(String text) {
    ImageReference name = ImageReference.parse(text);
    if (name.digest().isPresent()) {
      throw new InvalidSpecException(
          "name", "\"%s\" has a digest, which an image gets by what it is".formatted(text));
    }
    return name;
  }

  private Below below(Lease lease) {
    String digest = spec.rootfs().orElseThrow().imageDigest().orElse(null);
    if (digest == null) {
      return new Below(List.of(), ImageConfig.of(Platform.current(), Execution.none()));
    }
    Descriptor target = catalog.present(digest);
    ImageCatalog.Contents contents = catalog.hold(lease, digest, target);
    return new Below(contents.manifest().layers(), contents.config());
  }

  private ImageConfig config(
      ImageConfig below, Execution execution, List<Digest> diffIds, boolean empty) {
    List<History> history = ofEachLayer(below, below.created().orElse(now));
    history.add(
        new History(
            Optional.of(now),
            Optional.of(String.join(" ", spec.command())),
            options.author(),
            options.message(),
            empty));
    return new ImageConfig(
        below.platform(),
        Optional.of(now),
        options.author().or(below::author),
        execution,
        diffIds,
        history);
  }

  /**
   * The history of the image below with a line for each of its layers: whoever reads one takes the
   * n-th line that made a layer for that of the n-th layer. umoci(1) wants a time in each.
   */
  private static List<History> ofEachLayer(ImageConfig below, Instant created) {
    List<History> history = new ArrayList<>(below.history());
    long told = history.stream().filter(line -> !line.emptyLayer()).count();
    History missing =
        new History(
            Optional.of(created), Optional.empty(), Optional.empty(), Optional.empty(), false);
    for (long i = told; i < below.diffIds().size(); i++) {
      history.add(missing);
    }
    return history;
  }

  private Execution execution(Execution below) {
    List<String> inherited = options.entrypoint().isPresent() ? List.of() : below.cmd();
    Execution execution =
        new Execution(
            options.user().orElse(below.user()),
            environment(below.env()),
            options.entrypoint().orElse(below.entrypoint()),
            options.command().orElse(inherited),
            options.workingDirectory().orElse(below.workingDir()),
            both(below.exposedPorts(), options.exposedPorts()),
            both(below.volumes(), options.volumes()),
            labels(below.labels()),
            options.stopSignal().map(Signal::toString).or(below::stopSignal));
    return options.changes().isEmpty() ? execution : execution.changed(options.changes());
  }

  private static Set<String> both(Set<String> below, Set<String> added) {
    Set<String> both = new TreeSet<>(below);
    both.addAll(added);
    return both;
  }

  private List<String> environment(List<String> below) {
    Map<String, String> variables = new LinkedHashMap<>();
    below.forEach(each -> variables.put(nameOf(each), each));
    options.environment().forEach((key, value) -> variables.put(key, key + "=" + value));
    return List.copyOf(variables.values());
  }

  private static String nameOf(String variable) {
    int equals = variable.indexOf('=');
    return equals < 0 ? variable : variable.substring(0, equals);
  }

  private Map<String, String> labels(Map<String, String> below) {
    Map<String, String> labels = new LinkedHashMap<>(below);
    labels.putAll(options.labels());
    return labels;
  }
}
