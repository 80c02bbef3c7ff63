package io.jcontainer.images;

import java.util.Map;
import java.util.Optional;

/**
 * What the name of an image leads to: the {@link Manifest} of one image, or an {@link Index} of
 * images for several platforms.
 *
 * @since 0.1.0
 */
public sealed interface ImageDocument permits Manifest, Index {
  /** The longest document that is read, in bytes: 4 MiB, as registries have it. */
  int MAX_BYTES = 4 << 20;

  /** How many indexes may lead from one to another: 8; images have one or none. */
  int MAX_DEPTH = 8;

  /**
   * Its own type.
   *
   * @return one of OCI's or Docker's for documents of this kind
   */
  MediaType mediaType();

  /**
   * The kind of thing, if it is something else than an image.
   *
   * @return what the document says
   */
  Optional<MediaType> artifactType();

  /**
   * Another manifest that this one is about, such as what a signature signs.
   *
   * @return what the document says
   */
  Optional<Descriptor> subject();

  /**
   * What is said about it.
   *
   * @return sorted by key
   */
  Map<String, String> annotations();

  /**
   * The document as JSON: the same value gives the same bytes. One that was parsed may have had
   * others, and fields that are not known here.
   *
   * @return UTF-8
   */
  byte[] toBytes();

  /**
   * Refuses to follow indexes without an end.
   *
   * @param document which was reached
   * @param depth how many indexes lead to it
   * @throws InvalidImageException if these are more than {@link #MAX_DEPTH}
   */
  static void checkDepth(Descriptor document, int depth) {
    if (depth > MAX_DEPTH) {
      throw new InvalidImageException(
          "index %s: more than %d indexes lead from one to another"
              .formatted(document.digest(), MAX_DEPTH));
    }
  }

  /**
   * Parses a document of a kind that is known from where it was referred to. It is refused if its
   * own {@code mediaType} is another one, or if it has the fields of another kind: a document that
   * is a manifest to one reader and an index to another shows each of them another image
   * (CVE-2021-41190). Fields that the specification does not know are allowed; a field that occurs
   * twice, or differs from a known one in case only, is refused.
   *
   * @param mediaType what the descriptor or the registry says that it is
   * @param bytes UTF-8, at most {@link #MAX_BYTES}
   * @return the document
   * @throws InvalidImageException if it is not what it has to be
   */
  static ImageDocument parse(MediaType mediaType, byte[] bytes) {
    if (mediaType.isManifest()) {
      return Manifest.parse(mediaType, bytes);
    }
    if (mediaType.isIndex()) {
      return Index.parse(mediaType, bytes);
    }
    throw new InvalidImageException(
        "mediaType: %s is neither an image's manifest nor an index".formatted(mediaType));
  }
}
