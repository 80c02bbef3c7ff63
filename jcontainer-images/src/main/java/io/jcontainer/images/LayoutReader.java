package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.Text;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes images from OCI's image layout, be it in a directory or in an archive. */
final class LayoutReader {
  static final String MARKER = "oci-layout";
  static final String INDEX = "index.json";
  static final String VERSION = "1.0.0";

  /** Where containerd and Docker have the name in full. */
  static final String NAME = "io.containerd.image.name";

  /** Where the specification has a name, of which most write the tag only. */
  static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final Lease lease;
  private final ImageStore store;
  private final BlobSource blobs;
  private final @Nullable LayerIntake intake;

  /** Taken already: indexes can share what is in them, and have exponentially many ways to it. */
  private final Set<Descriptor> taken = new HashSet<>();

  /**
   * A reader of one layout.
   *
   * @param intake is given the layers of images for this machine; null for none
   */
  LayoutReader(Lease lease, ImageStore store, BlobSource blobs, @Nullable LayerIntake intake) {
    this.lease = lease;
    this.store = store;
    this.blobs = blobs;
    this.intake = intake;
  }

  List<StoredImage> read(byte[] marker, byte[] index) throws IOException {
    String version = Json.object(MARKER, marker, 4096).string("imageLayoutVersion");
    if (!version.equals(VERSION)) {
      throw new InvalidImageException(
          "%s: imageLayoutVersion: must be %s, but is \"%s\""
              .formatted(MARKER, VERSION, Text.shown(version)));
    }
    Set<StoredImage> images = new LinkedHashSet<>();
    for (Descriptor image : Index.parse(MediaType.OCI_INDEX, index).manifests()) {
      if (take(image, 0, true)) {
        images.add(new StoredImage(name(image.annotations()), plain(image)));
      } else {
        throw new ImageNotFoundException("blob %s is not there".formatted(image.digest()));
      }
    }
    return List.copyOf(images);
  }

  private static Optional<ImageReference> name(Map<String, String> annotations) {
    try {
      if (annotations.containsKey(NAME)) {
        return Optional.of(ImageReference.parse(annotations.get(NAME)));
      }
      // A bare word may be a tag of a repository that is not named.
      return Optional.ofNullable(annotations.get(REF_NAME))
          .filter(text -> text.indexOf('/') >= 0 || text.indexOf(':') >= 0)
          .map(ImageReference::parse);
    } catch (InvalidSpecException e) {
      throw new InvalidImageException("index: annotations: " + e.getMessage(), e);
    }
  }

  /**
   * Takes a document and all that it refers to; false if it is not there.
   *
   * @param runs whether a container of it would be one of the image that is to be taken
   */
  private boolean take(Descriptor target, int depth, boolean runs) throws IOException {
    ImageDocument.checkDepth(target, depth);
    if (taken.contains(plain(target))) {
      return true;
    }
    Optional<byte[]> bytes = document(target);
    if (bytes.isEmpty()) {
      return false;
    }
    ImageDocument document = ImageDocument.parse(target.mediaType(), bytes.get());
    if (document instanceof Manifest manifest) {
      takeImage(manifest, runs);
    } else if (document instanceof Index index) {
      Optional<Descriptor> chosen = runs ? index.select(Platform.current()) : Optional.empty();
      for (Descriptor image : index.manifests()) {
        if (image.mediaType().isDocument()) {
          // those for other platforms may be missing
          take(image, depth + 1, chosen.filter(image::equals).isPresent());
        }
      }
    }
    lease.write(target, new ByteArrayInputStream(bytes.get()));
    taken.add(plain(target));
    return true;
  }

  private void takeImage(Manifest manifest, boolean runs) throws IOException {
    takeBlob(manifest.config(), lease::write);
    ImageConfig config = manifest.config().mediaType().isConfig() ? store.config(manifest) : null;
    LayerIntake to = intake;
    for (int i = 0; i < manifest.layers().size(); i++) {
      int index = i;
      takeBlob(
          manifest.layers().get(i),
          runs && config != null && to != null
              ? (layer, in) -> to.write(config, index, layer, in)
              : lease::write);
    }
  }

  private static Descriptor plain(Descriptor target) {
    return Descriptor.of(target.mediaType(), target.digest(), target.size());
  }

  private Optional<byte[]> document(Descriptor target) throws IOException {
    if (target.size() > ImageDocument.MAX_BYTES) {
      throw new InvalidImageException(
          "%s: has %d bytes; at most %d are read"
              .formatted(target.digest(), target.size(), ImageDocument.MAX_BYTES));
    }
    Optional<InputStream> found = blobs.open(target.digest());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = new VerifiedInput(found.get(), target)) {
      return Optional.of(in.readAllBytes());
    }
  }

  /** Who writes a blob. */
  private interface Writer {
    void write(Descriptor blob, InputStream in);
  }

  private void takeBlob(Descriptor blob, Writer writer) throws IOException {
    try (InputStream in =
        blobs
            .open(blob.digest())
            .orElseThrow(
                () ->
                    new ImageNotFoundException("blob %s is not there".formatted(blob.digest())))) {
      writer.write(blob, in);
    }
  }
}
