package io.jcontainer.images;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How one document refers to a blob: its kind, digest and size, and what is said about it. Source:
 * the OCI image specification, descriptor.md.
 *
 * @param mediaType the kind of what is referred to
 * @param digest the digest of its bytes
 * @param size how many bytes it has, at least 0
 * @param urls other places to load it from, which nothing here ever does
 * @param annotations what is said about it
 * @param platform what it runs on, if it is an image in an index
 * @param artifactType the kind of thing, if it is a manifest of something else than an image
 * @since 0.1.0
 */
public record Descriptor(
    MediaType mediaType,
    Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    Optional<Platform> platform,
    Optional<MediaType> artifactType) {

  /**
   * Copies the collections, and checks the size.
   *
   * @param mediaType the kind of what is referred to
   * @param digest the digest of its bytes
   * @param size how many bytes it has
   * @param urls other places to load it from
   * @param annotations what is said about it
   * @param platform what it runs on
   * @param artifactType the kind of thing
   * @throws InvalidImageException if the size is negative
   */
  public Descriptor {
    if (size < 0) {
      throw new InvalidImageException("size: cannot be negative: " + size);
    }
    urls = List.copyOf(urls);
    annotations = Copies.ordered(annotations);
  }

  /**
   * One about which nothing else is said.
   *
   * @param mediaType the kind of what is referred to
   * @param digest the digest of its bytes
   * @param size how many bytes it has, at least 0
   * @return the descriptor
   */
  public static Descriptor of(MediaType mediaType, Digest digest, long size) {
    return new Descriptor(
        mediaType, digest, size, List.of(), Map.of(), Optional.empty(), Optional.empty());
  }

  /**
   * One of bytes that are at hand.
   *
   * @param mediaType their kind
   * @param bytes the blob
   * @return the descriptor, with a SHA-256
   */
  public static Descriptor of(MediaType mediaType, byte[] bytes) {
    return of(mediaType, Digest.of(bytes), bytes.length);
  }

  /** The same with the type that a layer has in OCI's manifests. */
  Descriptor ociLayer() {
    return new Descriptor(
        mediaType.ociLayer(), digest, size, urls, annotations, platform, artifactType);
  }

  /**
   * The same with other annotations.
   *
   * @param changed all annotations that it is to have
   * @return a copy
   */
  public Descriptor withAnnotations(Map<String, String> changed) {
    return new Descriptor(mediaType, digest, size, urls, changed, platform, artifactType);
  }

  /**
   * The same for a platform.
   *
   * @param changed what it runs on
   * @return a copy
   */
  public Descriptor withPlatform(Platform changed) {
    return new Descriptor(
        mediaType, digest, size, urls, annotations, Optional.of(changed), artifactType);
  }
}
