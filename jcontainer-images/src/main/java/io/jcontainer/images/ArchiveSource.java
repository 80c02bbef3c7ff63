package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.TarReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An archive with OCI's image layout, or of Docker's form. */
final class ArchiveSource extends ImageSource {
  private final String label;
  private final Opener opener;
  private final @Nullable Path file;

  private ArchiveSource(String label, Opener opener, @Nullable Path file) {
    this.label = label;
    this.opener = opener;
    this.file = file;
  }

  static ArchiveSource ofFile(Path file) {
    return new ArchiveSource(file.toString(), () -> Files.newInputStream(file), file);
  }

  static ArchiveSource ofStream(String label, Opener opener) {
    return new ArchiveSource(label, opener, null);
  }

  @Override
  String label() {
    return "the archive " + label;
  }

  @Override
  List<StoredImage> load(
      Lease lease, ImageStore store, ImageLimits limits, @Nullable LayerIntake intake)
      throws IOException {
    try (ArchiveFiles files = new ArchiveFiles(lease, store, limits)) {
      // The order in which layers stand in a file need not be that in which they are taken.
      if (intake != null && file != null && Files.isRegularFile(file)) {
        try (FileChannel channel = FileChannel.open(file)) {
          if (Decompression.of(new BufferedInputStream(FileInput.of(channel)))
              == Compression.NONE) {
            files.findAll(channel);
            return read(files, lease, store, limits, intake);
          }
        }
      }
      try (InputStream source = opener.open();
          InputStream in = Decompression.open(source, limits);
          TarReader tar = new TarReader(in)) {
        files.readAll(tar);
        in.transferTo(OutputStream.nullOutputStream()); // a checksum may stand at the end
      }
      return read(files, lease, store, limits, null);
    }
  }

  /**
   * Takes the images.
   *
   * @param intake null if all is written already
   */
  private static List<StoredImage> read(
      ArchiveFiles files,
      Lease lease,
      ImageStore store,
      ImageLimits limits,
      @Nullable LayerIntake intake)
      throws IOException {
    if (files.has(LayoutReader.MARKER) && files.has(LayoutReader.INDEX)) {
      return new LayoutReader(lease, store, files::blob, intake)
          .read(
              files.small(LayoutReader.MARKER, ImageDocument.MAX_BYTES),
              files.small(LayoutReader.INDEX, ImageDocument.MAX_BYTES));
    }
    if (files.has(DockerArchive.MANIFEST)) {
      return new DockerArchive(lease, files, limits, intake).read();
    }
    throw new InvalidImageException(
        "has neither %s and %s, as OCI's archives, nor %s, as Docker's"
            .formatted(LayoutReader.MARKER, LayoutReader.INDEX, DockerArchive.MANIFEST));
  }
}
