package io.jcontainer.images;

import io.jcontainer.images.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A root file system that becomes an image of one layer. */
final class RootfsSource extends ImageSource {
  private final String label;
  private final LayerWriter writer;
  private final ImageConfig config;

  private RootfsSource(String label, LayerWriter writer, ImageConfig config) {
    this.label = label;
    this.writer = writer;
    this.config = config;
  }

  /** Writes the layer. */
  @FunctionalInterface
  private interface LayerWriter {
    Layer write(Lease lease, Lease.Part part, ImageLimits limits) throws IOException;
  }

  /** A layer that was written. */
  private record Layer(Compression compression, Descriptor content, Digest diffId) {}

  static RootfsSource ofTar(String label, Opener opener, ImageConfig config) {
    return new RootfsSource(
        "the tar " + label, (lease, part, limits) -> tar(opener, part, limits), config);
  }

  static RootfsSource ofDirectory(Path directory, Compression compression, ImageConfig config) {
    return new RootfsSource(
        "the directory " + directory,
        (lease, part, limits) -> directory(directory, compression, part),
        config);
  }

  /** It is stored as it is, so that its digest is that of the file that was given. */
  private static Layer tar(Opener opener, Lease.Part part, ImageLimits limits) throws IOException {
    Descriptor content;
    try (InputStream in = opener.open()) {
      content = part.copy(in, limits.expanded().bytes());
    }
    HashedOutput hash = new HashedOutput(OutputStream.nullOutputStream());
    try (BufferedInputStream file = new BufferedInputStream(Files.newInputStream(part.file()))) {
      Compression compression = Decompression.of(file);
      try (InputStream in = Decompression.open(file, compression, limits);
          InputStream hashed = new TeeInput(in, hash);
          TarReader tar = new TarReader(hashed)) {
        while (tar.next() != null) {
          // that it is one is all that is looked at
        }
        hashed.transferTo(OutputStream.nullOutputStream());
      }
      return new Layer(compression, content, hash.digest());
    }
  }

  private static Layer directory(Path directory, Compression compression, Lease.Part part)
      throws IOException {
    HashedOutput stored = part.output();
    try (stored) {
      HashedOutput tar = new HashedOutput(Compressors.open(stored, compression));
      try (tar) {
        new DirectoryTar(directory).writeTo(tar);
      }
      stored.flush();
      return new Layer(compression, stored.descriptor(), tar.digest());
    }
  }

  @Override
  String label() {
    return label;
  }

  @Override
  List<StoredImage> load(Lease lease, ImageStore store, ImageLimits limits) throws IOException {
    try (Lease.Part part = lease.part()) {
      Layer layer = writer.write(lease, part, limits);
      Descriptor blob =
          Descriptor.of(
              MediaType.ociLayer(layer.compression()),
              layer.content().digest(),
              layer.content().size());
      if (!lease.hold(blob)) {
        part.publish(blob.digest());
      }
      Descriptor written =
          lease.write(MediaType.OCI_CONFIG, config.withDiffIds(List.of(layer.diffId())).toBytes());
      Descriptor image =
          lease.write(MediaType.OCI_MANIFEST, Manifest.of(written, List.of(blob)).toBytes());
      return List.of(new StoredImage(Optional.empty(), image));
    }
  }
}
