package io.jcontainer.images;

import io.jcontainer.images.tar.ArchiveFile;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A tar that is OCI's image layout and Docker's archive. */
final class ArchiveTarget extends ImageTarget {
  private final @Nullable Path file;
  private final OutputStream out;

  ArchiveTarget(Path file) {
    this.file = file;
    this.out = OutputStream.nullOutputStream();
  }

  ArchiveTarget(OutputStream out) {
    this.file = null;
    this.out = out;
  }

  @Override
  String label() {
    return file == null ? "the stream" : file.toString();
  }

  @Override
  void save(ImageStore store, List<StoredImage> images) throws IOException {
    LayoutContent content = new LayoutContent(store, images);
    if (file == null) {
      write(store, content, out);
      return;
    }
    ArchiveFile.write(file, stream -> write(store, content, stream));
  }

  private static void write(ImageStore store, LayoutContent content, OutputStream out)
      throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      tar.put(TarEntry.directory("blobs", 0755));
      TreeSet<String> algorithms = new TreeSet<>();
      for (Descriptor blob : content.blobs().values()) {
        if (algorithms.add(blob.digest().algorithm().id())) {
          tar.put(TarEntry.directory("blobs/" + blob.digest().algorithm().id(), 0755));
        }
        try (InputStream in = store.read(blob)) {
          tar.put(TarEntry.file(LayoutContent.path(blob.digest()), blob.size(), 0644), in);
        }
      }
      put(tar, LayoutReader.INDEX, content.index());
      put(tar, DockerArchive.MANIFEST, content.dockerManifest());
      put(tar, LayoutReader.MARKER, LayoutContent.MARKER);
    }
  }

  private static void put(TarWriter tar, String name, byte[] content) throws IOException {
    tar.put(TarEntry.file(name, content.length, 0644), new ByteArrayInputStream(content));
  }
}
