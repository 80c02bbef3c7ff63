package io.jcontainer.images;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One image for one platform: its configuration and its layers. Sources: the OCI image
 * specification, manifest.md; Docker's image manifest version 2, schema 2.
 *
 * @param mediaType its own type, OCI's or Docker's
 * @param artifactType the kind of thing, if it is something else than an image
 * @param config the {@link ImageConfig}
 * @param layers the layers, the lowest first
 * @param subject another manifest that this one is about
 * @param annotations what is said about it
 * @since 0.1.0
 */
public record Manifest(
    MediaType mediaType,
    Optional<MediaType> artifactType,
    Descriptor config,
    List<Descriptor> layers,
    Optional<Descriptor> subject,
    Map<String, String> annotations)
    implements ImageDocument {

  /**
   * Copies the collections, and checks the type.
   *
   * @param mediaType its own type
   * @param artifactType the kind of thing
   * @param config the configuration
   * @param layers the layers, the lowest first
   * @param subject another manifest
   * @param annotations what is said about it
   * @throws InvalidImageException if the type is not that of a manifest
   */
  public Manifest {
    if (!mediaType.isManifest()) {
      throw new InvalidImageException("manifest: mediaType: " + mediaType + " is no manifest's");
    }
    layers = List.copyOf(layers);
    annotations = Copies.ordered(annotations);
  }

  /**
   * OCI's manifest of an image.
   *
   * @param config the configuration
   * @param layers the layers, the lowest first; those of Docker's types get OCI's
   * @return the manifest
   */
  public static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(
        MediaType.OCI_MANIFEST,
        Optional.empty(),
        config,
        layers.stream().map(Descriptor::ociLayer).toList(),
        Optional.empty(),
        Map.of());
  }

  static Manifest parse(MediaType mediaType, byte[] bytes) {
    return DocumentJson.manifest(mediaType, bytes);
  }

  @Override
  public byte[] toBytes() {
    return DocumentJson.bytes(this);
  }
}
