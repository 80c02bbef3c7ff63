package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** An archive with OCI's image layout, or of Docker's form. */
final class ArchiveSource extends ImageSource {
  private final String label;
  private final Opener opener;

  ArchiveSource(String label, Opener opener) {
    this.label = label;
    this.opener = opener;
  }

  @Override
  String label() {
    return "the archive " + label;
  }

  @Override
  List<StoredImage> load(Lease lease, ImageStore store, ImageLimits limits) throws IOException {
    try (ArchiveFiles files = new ArchiveFiles(lease, store, limits)) {
      try (InputStream source = opener.open();
          InputStream in = Decompression.open(source, limits);
          TarReader tar = new TarReader(in)) {
        files.readAll(tar);
        in.transferTo(OutputStream.nullOutputStream()); // a checksum may stand at the end
      }
      if (files.has(LayoutReader.MARKER) && files.has(LayoutReader.INDEX)) {
        return new LayoutReader(lease, store, files::blob)
            .read(
                files.small(LayoutReader.MARKER, ImageDocument.MAX_BYTES),
                files.small(LayoutReader.INDEX, ImageDocument.MAX_BYTES));
      }
      if (files.has(DockerArchive.MANIFEST)) {
        return new DockerArchive(lease, files, limits).read();
      }
      throw new InvalidImageException(
          "has neither %s and %s, as OCI's archives, nor %s, as Docker's"
              .formatted(LayoutReader.MARKER, LayoutReader.INDEX, DockerArchive.MANIFEST));
    }
  }
}
