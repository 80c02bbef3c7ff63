package io.jcontainer.images;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Small images, whose layers are no tars: a store does not look into them. */
final class Samples {
  static final Platform PLATFORM = Platform.parse("linux/amd64");

  private Samples() {}

  static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Writes an image, which has no name yet. */
  static Descriptor write(Lease lease, byte[]... layers) {
    List<Descriptor> descriptors = new ArrayList<>();
    for (byte[] layer : layers) {
      Descriptor descriptor = Descriptor.of(MediaType.OCI_LAYER, layer);
      lease.write(descriptor, new ByteArrayInputStream(layer));
      descriptors.add(descriptor);
    }
    ImageConfig config =
        ImageConfig.of(PLATFORM, ImageConfig.Execution.none())
            .withDiffIds(descriptors.stream().map(Descriptor::digest).toList());
    Descriptor written = lease.write(MediaType.OCI_CONFIG, config.toBytes());
    return lease.write(MediaType.OCI_MANIFEST, Manifest.of(written, descriptors).toBytes());
  }

  /** Writes an image with a name. */
  static StoredImage keep(ImageStore store, String name, byte[]... layers) {
    try (Lease lease = store.lease()) {
      StoredImage image =
          new StoredImage(Optional.of(ImageReference.parse(name)), write(lease, layers));
      store.keep(image);
      return image;
    }
  }

  /** How a stream is read. */
  @FunctionalInterface
  interface Source {
    int read(byte[] buffer, int offset, int length) throws IOException;
  }

  static InputStream stream(Source source) {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return source.read(buffer, offset, length);
      }
    };
  }

  /**
   * Indexes above an image, each of which has the one below it often, each time with other
   * annotations: so many ways lead to the image that nobody can go all of them.
   *
   * @return the lowest first
   */
  static List<byte[]> manyWays(Descriptor image) {
    List<byte[]> indexes = new ArrayList<>();
    Descriptor below = image;
    for (int i = 0; i < ImageDocument.MAX_DEPTH - 1; i++) {
      List<Descriptor> same = new ArrayList<>();
      for (int j = 0; j < 100; j++) {
        same.add(below.withAnnotations(Map.of("way", String.valueOf(j))));
      }
      indexes.add(Index.of(same).toBytes());
      below = Descriptor.of(MediaType.OCI_INDEX, indexes.get(i));
    }
    return indexes;
  }
}
