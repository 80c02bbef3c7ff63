package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.json.Text;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes images from an archive as {@code docker save} makes it: {@code manifest.json} names
 * configurations, layers and names. It has no manifests, so one of OCI's is made for each image.
 * Source: Docker's image specification 1.2, "Combined Image JSON + Filesystem Changeset Format".
 */
final class DockerArchive {
  static final String MANIFEST = "manifest.json";

  private final Lease lease;
  private final ArchiveFiles files;
  private final ImageLimits limits;
  private final @Nullable LayerIntake intake;

  /**
   * A reader of one archive.
   *
   * @param intake is given layers that are still in the archive; null if none are
   */
  DockerArchive(Lease lease, ArchiveFiles files, ImageLimits limits, @Nullable LayerIntake intake) {
    this.lease = lease;
    this.files = files;
    this.limits = limits;
    this.intake = intake;
  }

  List<StoredImage> read() throws IOException {
    List<StoredImage> images = new ArrayList<>();
    byte[] manifest = files.small(MANIFEST, ImageDocument.MAX_BYTES);
    for (JsonObject image : Json.objects(MANIFEST, manifest, ImageDocument.MAX_BYTES)) {
      Descriptor target = image(image.string("Config"), image.optionalStrings("Layers"));
      List<String> names = image.optionalStrings("RepoTags");
      if (names.isEmpty()) {
        images.add(new StoredImage(Optional.empty(), target));
      }
      for (String name : names) {
        images.add(new StoredImage(Optional.of(name(name)), target));
      }
    }
    return images;
  }

  private static ImageReference name(String text) {
    try {
      return ImageReference.parse(text);
    } catch (InvalidSpecException e) {
      throw new InvalidImageException(MANIFEST + ": RepoTags: " + e.getMessage(), e);
    }
  }

  private Descriptor image(String configName, List<String> layerNames) throws IOException {
    ImageConfig config = ImageConfig.parse(files.small(configName, ImageConfig.MAX_BYTES));
    if (config.diffIds().size() != layerNames.size()) {
      throw new InvalidImageException(
          "%s: Layers: there are %d, but the configuration names %d"
              .formatted(MANIFEST, layerNames.size(), config.diffIds().size()));
    }
    List<Descriptor> layers = new ArrayList<>();
    for (int i = 0; i < layerNames.size(); i++) {
      layers.add(layer(layerNames.get(i), config, i));
    }
    Descriptor blob = files.blob(configName, MediaType.OCI_CONFIG);
    return lease.write(MediaType.OCI_MANIFEST, Manifest.of(blob, layers).toBytes());
  }

  /**
   * Nothing but the configuration says which bytes a layer should have. If it is not compressed, it
   * is the blob that the configuration names; else it is hashed to be known.
   */
  private Descriptor layer(String name, ImageConfig config, int index) throws IOException {
    Digest diffId = config.diffIds().get(index);
    Compression compression;
    try (InputStream file = files.open(name);
        BufferedInputStream in = new BufferedInputStream(file)) {
      compression = Decompression.of(in);
    }
    MediaType mediaType = MediaType.ociLayer(compression);
    Optional<Long> size = files.sizeInside(name);
    if (compression == Compression.NONE && size.isPresent() && intake != null) {
      Descriptor layer = Descriptor.of(mediaType, diffId, size.get());
      try (InputStream in = files.open(name)) {
        intake.write(config, index, layer, in);
      }
      return layer;
    }
    try (InputStream file = files.open(name)) {
      InputStream tar = Decompression.open(file, limits);
      Layers.verify(tar, diffId, "layer \"%s\"".formatted(Text.shown(name)));
    }
    return files.blob(name, mediaType);
  }
}
