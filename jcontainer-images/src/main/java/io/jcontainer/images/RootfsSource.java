package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
    WrittenLayer write(Lease lease, ImageLimits limits) throws IOException;
  }

  static RootfsSource ofTar(String label, Opener opener, ImageConfig config) {
    return new RootfsSource(
        "the tar " + label, (lease, limits) -> tar(opener, lease, limits), config);
  }

  static RootfsSource ofDirectory(Path directory, Compression compression, ImageConfig config) {
    return new RootfsSource(
        "the directory " + directory,
        (lease, limits) -> lease.write(compression, new DirectoryTar(directory)::writeTo),
        config);
  }

  /** It is stored as it is, so that its digest is that of the file that was given. */
  private static WrittenLayer tar(Opener opener, Lease lease, ImageLimits limits)
      throws IOException {
    try (Lease.Part part = lease.part()) {
      Descriptor content;
      try (InputStream in = opener.open()) {
        content = part.copy(in, limits.expanded().bytes());
      }
      HashedOutput hash = new HashedOutput(OutputStream.nullOutputStream());
      Compression compression;
      try (BufferedInputStream file = new BufferedInputStream(Files.newInputStream(part.file()))) {
        compression = Decompression.of(file);
        read(Decompression.open(file, compression, limits), hash);
      }
      Descriptor blob =
          Descriptor.of(MediaType.ociLayer(compression), content.digest(), content.size());
      if (!lease.hold(blob)) {
        part.publish(blob.digest());
      }
      return new WrittenLayer(blob, hash.digest());
    }
  }

  private static void read(InputStream in, HashedOutput hash) throws IOException {
    try (InputStream hashed = new TeeInput(in, hash);
        TarReader tar = new TarReader(hashed)) {
      while (tar.next() != null) {
        // that it is one is all that is looked at
      }
      hashed.transferTo(OutputStream.nullOutputStream());
    }
  }

  @Override
  String label() {
    return label;
  }

  @Override
  List<StoredImage> load(
      Lease lease, ImageStore store, ImageLimits limits, @Nullable LayerIntake intake)
      throws IOException {
    WrittenLayer layer = writer.write(lease, limits);
    Descriptor written =
        lease.write(MediaType.OCI_CONFIG, config.withDiffIds(List.of(layer.diffId())).toBytes());
    Manifest manifest = Manifest.of(written, List.of(layer.descriptor()));
    Descriptor image = lease.write(MediaType.OCI_MANIFEST, manifest.toBytes());
    return List.of(new StoredImage(Optional.empty(), image));
  }
}
