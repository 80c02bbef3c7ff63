package io.jcontainer.images;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A list of manifests: usually one image for several platforms. Sources: the OCI image
 * specification, image-index.md; Docker's manifest list.
 *
 * @param mediaType its own type, OCI's or Docker's
 * @param artifactType the kind of thing, if it is something else than an image
 * @param manifests what it lists
 * @param subject another manifest that this one is about
 * @param annotations what is said about it
 * @since 0.1.0
 */
public record Index(
    MediaType mediaType,
    Optional<MediaType> artifactType,
    List<Descriptor> manifests,
    Optional<Descriptor> subject,
    Map<String, String> annotations)
    implements ImageDocument {

  /**
   * Copies the collections, and checks the type.
   *
   * @param mediaType its own type
   * @param artifactType the kind of thing
   * @param manifests what it lists
   * @param subject another manifest
   * @param annotations what is said about it
   * @throws InvalidImageException if the type is not that of an index
   */
  public Index {
    if (!mediaType.isIndex()) {
      throw new InvalidImageException("index: mediaType: " + mediaType + " is no index's");
    }
    manifests = List.copyOf(manifests);
    annotations = Copies.ordered(annotations);
  }

  /**
   * OCI's index.
   *
   * @param manifests what it lists
   * @return the index
   */
  public static Index of(List<Descriptor> manifests) {
    return new Index(MediaType.OCI_INDEX, Optional.empty(), manifests, Optional.empty(), Map.of());
  }

  static Index parse(MediaType mediaType, byte[] bytes) {
    return DocumentJson.index(mediaType, bytes);
  }

  /**
   * The image for a platform: the first in the list that is meant for it, or else the first of
   * which nothing is said.
   *
   * @param platform what it is to run on
   * @return the descriptor of its manifest; empty if there is none for this platform
   */
  public Optional<Descriptor> select(Platform platform) {
    List<Descriptor> images =
        manifests.stream()
            .filter(each -> each.mediaType().isDocument())
            .filter(each -> each.artifactType().isEmpty())
            .toList();
    return images.stream()
        .filter(each -> each.platform().filter(platform::matches).isPresent())
        .findFirst()
        .or(() -> images.stream().filter(each -> each.platform().isEmpty()).findFirst());
  }

  /** What its images are for. */
  List<String> platforms() {
    return manifests.stream()
        .map(each -> each.platform().map(Platform::toString).orElse("an unnamed platform"))
        .toList();
  }

  @Override
  public byte[] toBytes() {
    return DocumentJson.bytes(this);
  }
}
