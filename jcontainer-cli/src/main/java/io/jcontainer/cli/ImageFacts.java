package io.jcontainer.cli;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.StoredImage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is shown of an image of the store. Its id is the digest of its configuration, as Docker's
 * are; that of the target if there is none.
 *
 * @param stored its name and its target
 * @param id what it is known by
 * @param content what it is made of; empty if that cannot be read, or it is no image that runs
 * @param problem why it cannot be read
 */
record ImageFacts(
    StoredImage stored, Digest id, Optional<Content> content, Optional<String> problem) {
  private static final int SHORT = 12;

  /**
   * What an image is made of.
   *
   * @param manifest of this machine's platform, or else of one that is there
   * @param config of the same
   */
  record Content(Manifest manifest, ImageConfig config) {}

  static ImageFacts of(ImageStore store, StoredImage stored) {
    try {
      Manifest manifest = manifest(store, stored.target());
      if (!manifest.config().mediaType().isConfig()) {
        return new ImageFacts(stored, stored.target().digest(), Optional.empty(), Optional.empty());
      }
      return new ImageFacts(
          stored,
          manifest.config().digest(),
          Optional.of(new Content(manifest, store.config(manifest))),
          Optional.empty());
    } catch (ImageException e) {
      return new ImageFacts(
          stored,
          stored.target().digest(),
          Optional.empty(),
          Optional.of(String.valueOf(e.getMessage())));
    }
  }

  /** Of an index, all images but one may be for other platforms than this. */
  private static Manifest manifest(ImageStore store, Descriptor target) {
    try {
      return store.manifest(target);
    } catch (ImageNotFoundException e) {
      if (store.contains(target) && store.document(target) instanceof Index index) {
        for (Descriptor each : index.manifests()) {
          if (each.mediaType().isManifest() && store.containsImage(each)) {
            return store.manifest(each);
          }
        }
      }
      throw e;
    }
  }

  Optional<ImageReference> name() {
    return stored.name();
  }

  /** The name as Docker shows it, or the id of one that has none. */
  String label() {
    return name().map(ImageReference::familiar).orElse(id.toString());
  }

  /** What it is called without tag and digest, as Docker shows it. */
  Optional<String> repository() {
    return name().map(ImageFacts::repository);
  }

  static String repository(ImageReference name) {
    return new ImageReference(name.domain(), name.path(), Optional.empty(), Optional.empty())
        .familiar();
  }

  /** The tag of a name that has no digest. */
  Optional<String> tag() {
    return name().filter(each -> each.digest().isEmpty()).flatMap(ImageReference::tag);
  }

  Digest digest() {
    return stored.target().digest();
  }

  Optional<Instant> created() {
    return content.flatMap(each -> each.config().created());
  }

  Map<String, String> labels() {
    return content.map(each -> each.config().execution().labels()).orElse(Map.of());
  }

  /** Its configuration and its layers; what there is if these cannot be told. */
  List<Descriptor> blobs() {
    return content
        .map(
            each ->
                Stream.concat(
                        Stream.of(each.manifest().config()), each.manifest().layers().stream())
                    .toList())
        .orElse(List.of(stored.target()));
  }

  /** How many bytes these have, compressed as they are. */
  long size() {
    return blobs().stream().mapToLong(Descriptor::size).sum();
  }

  String shortId() {
    return shortId(id);
  }

  static String shortId(Digest id) {
    return id.hex().substring(0, SHORT);
  }
}
