package io.jcontainer.images;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * Where images go to, for {@link ImageStore#save}.
 *
 * @since 0.1.0
 */
public abstract sealed class ImageTarget permits LayoutTarget, ArchiveTarget {
  ImageTarget() {}

  abstract void save(ImageStore store, List<StoredImage> images) throws IOException;

  /** What messages call it. */
  abstract String label();

  /**
   * A directory in OCI's image layout.
   *
   * @param directory an empty one, or one that is made
   * @return the target
   */
  public static ImageTarget layout(Path directory) {
    return new LayoutTarget(directory);
  }

  /**
   * A tar that {@code docker load}, {@code podman load}, {@code ctr images import} and skopeo read:
   * it is OCI's image layout, and has Docker's {@code manifest.json} as well.
   *
   * @param file the archive, which is replaced at once when all is written; a device or a FIFO is
   *     written to
   * @return the target
   */
  public static ImageTarget archive(Path file) {
    return new ArchiveTarget(file);
  }

  /**
   * The same to a stream.
   *
   * @param out the archive is written to it; flushed, and not closed
   * @return the target
   */
  public static ImageTarget archive(OutputStream out) {
    return new ArchiveTarget(out);
  }
}
