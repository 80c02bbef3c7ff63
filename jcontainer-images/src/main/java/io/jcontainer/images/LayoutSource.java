package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** OCI's image layout in a directory. */
final class LayoutSource extends ImageSource {
  private final Path directory;

  LayoutSource(Path directory) {
    this.directory = directory;
  }

  @Override
  String label() {
    return "the layout " + directory;
  }

  @Override
  List<StoredImage> load(
      Lease lease, ImageStore store, ImageLimits limits, @Nullable LayerIntake intake)
      throws IOException {
    byte[] marker = small(LayoutReader.MARKER);
    byte[] index = small(LayoutReader.INDEX);
    return new LayoutReader(lease, store, this::blob, intake).read(marker, index);
  }

  private byte[] small(String name) throws IOException {
    Path file = directory.resolve(name);
    try (InputStream in =
        open(file)
            .orElseThrow(
                () -> new ImageNotFoundException(directory + " is no layout: it has no " + name))) {
      return in.readNBytes(ImageDocument.MAX_BYTES + 1); // one too many is refused by the parser
    }
  }

  private Optional<InputStream> blob(Digest digest) throws IOException {
    return open(directory.resolve("blobs").resolve(digest.algorithm().id()).resolve(digest.hex()));
  }

  /** A link could lead to a device, or to what only this process may read. */
  private static Optional<InputStream> open(Path file) throws IOException {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) {
        throw new InvalidImageException(file + ": is no regular file");
      }
      return Optional.of(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
