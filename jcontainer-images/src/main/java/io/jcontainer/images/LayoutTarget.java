package io.jcontainer.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** OCI's image layout in a directory. */
final class LayoutTarget extends ImageTarget {
  private final Path directory;

  LayoutTarget(Path directory) {
    this.directory = directory;
  }

  @Override
  String label() {
    return "the layout " + directory;
  }

  @Override
  void save(ImageStore store, List<StoredImage> images) throws IOException {
    Files.createDirectories(directory);
    if (!StoreFiles.list(directory).isEmpty()) {
      throw new ImageException(directory + " is not empty: use another directory");
    }
    LayoutContent content = new LayoutContent(store, images);
    for (Descriptor blob : content.blobs().values()) {
      Path file = directory.resolve(LayoutContent.path(blob.digest()));
      Files.createDirectories(file.getParent());
      try (InputStream in = store.read(blob)) {
        Files.copy(in, file);
      }
    }
    Files.write(directory.resolve(LayoutReader.MARKER), LayoutContent.MARKER);
    Files.write(directory.resolve(LayoutReader.INDEX), content.index()); // now it is one
  }
}
