package io.jcontainer.images;

import io.jcontainer.images.json.Text;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What kind of document or blob something is. Any type of the form of RFC 6838 is allowed; those
 * that an image is made of are constants here, OCI's and Docker's.
 *
 * @param value such as {@code application/vnd.oci.image.manifest.v1+json}
 * @since 0.1.0
 */
public record MediaType(String value) {
  private static final Pattern FORM =
      Pattern.compile(
          "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}");

  /** OCI's manifest of one image. */
  public static final MediaType OCI_MANIFEST = of("application/vnd.oci.image.manifest.v1+json");

  /** OCI's list of manifests. */
  public static final MediaType OCI_INDEX = of("application/vnd.oci.image.index.v1+json");

  /** OCI's configuration of an image. */
  public static final MediaType OCI_CONFIG = of("application/vnd.oci.image.config.v1+json");

  /** A layer that is not compressed. */
  public static final MediaType OCI_LAYER = of("application/vnd.oci.image.layer.v1.tar");

  /** A layer that is compressed by gzip. */
  public static final MediaType OCI_LAYER_GZIP = of("application/vnd.oci.image.layer.v1.tar+gzip");

  /** A layer that is compressed by zstd. */
  public static final MediaType OCI_LAYER_ZSTD = of("application/vnd.oci.image.layer.v1.tar+zstd");

  /** Docker's manifest of one image, schema 2. */
  public static final MediaType DOCKER_MANIFEST =
      of("application/vnd.docker.distribution.manifest.v2+json");

  /** Docker's list of manifests. */
  public static final MediaType DOCKER_INDEX =
      of("application/vnd.docker.distribution.manifest.list.v2+json");

  /** Docker's configuration of an image. */
  public static final MediaType DOCKER_CONFIG =
      of("application/vnd.docker.container.image.v1+json");

  /** Docker's layer, compressed by gzip. */
  public static final MediaType DOCKER_LAYER_GZIP =
      of("application/vnd.docker.image.rootfs.diff.tar.gzip");

  private static final MediaType DOCKER_LAYER = of("application/vnd.docker.image.rootfs.diff.tar");
  private static final MediaType DOCKER_LAYER_ZSTD =
      of("application/vnd.docker.image.rootfs.diff.tar.zstd");
  private static final MediaType DOCKER_FOREIGN_LAYER_GZIP =
      of("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  private static final String OCI_RESTRICTED_LAYER =
      "application/vnd.oci.image.layer.nondistributable.v1.tar";

  /**
   * Checks the form.
   *
   * @param value a type and a subtype, without parameters
   * @throws InvalidImageException if it is of another form
   */
  public MediaType {
    if (!FORM.matcher(value).matches()) {
      throw new InvalidImageException(
          "mediaType: \"%s\" is not a type and a subtype as in RFC 6838"
              .formatted(Text.shown(value)));
    }
  }

  private static MediaType of(String value) {
    return new MediaType(value);
  }

  /**
   * Whether it is a {@link Manifest}, of OCI's or Docker's kind.
   *
   * @return true if it is one of the two
   */
  public boolean isManifest() {
    return equals(OCI_MANIFEST) || equals(DOCKER_MANIFEST);
  }

  /**
   * Whether it is an {@link Index}, of OCI's or Docker's kind.
   *
   * @return true if it is one of the two
   */
  public boolean isIndex() {
    return equals(OCI_INDEX) || equals(DOCKER_INDEX);
  }

  /**
   * Whether it is an {@link ImageDocument}: a manifest or an index.
   *
   * @return true if it is one of the two
   */
  public boolean isDocument() {
    return isManifest() || isIndex();
  }

  /**
   * Whether it is an {@link ImageConfig}, of OCI's or Docker's kind. Manifests of other things than
   * images have configurations of other types.
   *
   * @return true if it is one of the two
   */
  public boolean isConfig() {
    return equals(OCI_CONFIG) || equals(DOCKER_CONFIG);
  }

  /**
   * How a layer of this type is compressed.
   *
   * @return empty if it is no type of a layer that is known here
   */
  public Optional<Compression> layerCompression() {
    if (equals(OCI_LAYER) || equals(DOCKER_LAYER) || value.equals(OCI_RESTRICTED_LAYER)) {
      return Optional.of(Compression.NONE);
    }
    if (equals(OCI_LAYER_GZIP)
        || equals(DOCKER_LAYER_GZIP)
        || equals(DOCKER_FOREIGN_LAYER_GZIP)
        || value.equals(OCI_RESTRICTED_LAYER + "+gzip")) {
      return Optional.of(Compression.GZIP);
    }
    if (equals(OCI_LAYER_ZSTD)
        || equals(DOCKER_LAYER_ZSTD)
        || value.equals(OCI_RESTRICTED_LAYER + "+zstd")) {
      return Optional.of(Compression.ZSTD);
    }
    return Optional.empty();
  }

  /** OCI's type of a layer that is compressed in this way. */
  static MediaType ociLayer(Compression compression) {
    return switch (compression) {
      case NONE -> OCI_LAYER;
      case GZIP -> OCI_LAYER_GZIP;
      case ZSTD -> OCI_LAYER_ZSTD;
    };
  }

  /** OCI's type for a layer's of Docker's; any other is as it is. */
  MediaType ociLayer() {
    if (equals(DOCKER_FOREIGN_LAYER_GZIP)) {
      return of(OCI_RESTRICTED_LAYER + "+gzip");
    }
    boolean docker = equals(DOCKER_LAYER) || equals(DOCKER_LAYER_GZIP) || equals(DOCKER_LAYER_ZSTD);
    return docker ? layerCompression().map(MediaType::ociLayer).orElse(this) : this;
  }

  @Override
  public String toString() {
    return value;
  }
}
