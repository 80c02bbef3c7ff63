package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where images come from, for {@link ImageStore#load(ImageSource)}. A value: it opens nothing
 * before it is loaded.
 *
 * @since 0.1.0
 */
public abstract sealed class ImageSource permits LayoutSource, ArchiveSource, RootfsSource {
  ImageSource() {}

  /** What is opened when it is needed. */
  @FunctionalInterface
  interface Opener {
    InputStream open() throws IOException;
  }

  /**
   * Writes the blobs, and says which images they are.
   *
   * @param intake is given layers that come in of images for this machine; null for none
   */
  abstract List<StoredImage> load(
      Lease lease, ImageStore store, ImageLimits limits, @Nullable LayerIntake intake)
      throws IOException;

  /** What messages call it. */
  abstract String label();

  /**
   * A directory in OCI's image layout. Symbolic links in it are not followed.
   *
   * @param directory with {@code oci-layout}, {@code index.json} and {@code blobs}
   * @return the source
   */
  public static ImageSource layout(Path directory) {
    return new LayoutSource(directory);
  }

  /**
   * An archive of images: what {@code docker save}, {@code podman save} and {@code skopeo copy}
   * make, of Docker's older or newer form, or OCI's layout as a tar; also compressed by gzip or
   * zstd. Where it is both OCI's and Docker's, OCI's index is read.
   *
   * @param file the archive
   * @return the source
   */
  public static ImageSource archive(Path file) {
    return ArchiveSource.ofFile(file);
  }

  /**
   * The same from a stream.
   *
   * @param in the archive, which is read to its end when it is loaded, and not closed
   * @return the source, which can be loaded once
   */
  public static ImageSource archive(InputStream in) {
    return archive("the stream", in);
  }

  /**
   * The same from a stream that messages are to call by a name, such as that of its file.
   *
   * @param label what messages call it
   * @param in the archive, which is read to its end when it is loaded, and not closed
   * @return the source, which can be loaded once
   */
  public static ImageSource archive(String label, InputStream in) {
    return ArchiveSource.ofStream(label, () -> new Unclosed(in));
  }

  /**
   * The same from the class path.
   *
   * @param loader who finds it
   * @param name such as {@code images/busybox.tar}
   * @return the source
   */
  public static ImageSource resource(ClassLoader loader, String name) {
    return ArchiveSource.ofStream(
        "the resource " + name,
        () -> {
          InputStream in = loader.getResourceAsStream(name);
          if (in == null) {
            throw new ImageNotFoundException("the resource " + name + " is not on the class path");
          }
          return in;
        });
  }

  /**
   * A root file system as one layer, which is stored as it is: a tar, also compressed by gzip or
   * zstd.
   *
   * @param file the tar
   * @param config what the image runs on and how; layers in it are replaced by this one
   * @return the source
   */
  public static ImageSource rootfs(Path file, ImageConfig config) {
    return RootfsSource.ofTar(file.toString(), () -> Files.newInputStream(file), config);
  }

  /**
   * The same from a stream.
   *
   * @param in the tar, which is read to its end when it is loaded, and not closed
   * @param config what the image runs on and how
   * @return the source, which can be loaded once
   */
  public static ImageSource rootfs(InputStream in, ImageConfig config) {
    return RootfsSource.ofTar("the stream", () -> new Unclosed(in), config);
  }

  /**
   * A directory of the host as one layer. The same files give the same image, whenever and by
   * whomever it is made: all belongs to root and is of 1970. Modes, symbolic links and hard links
   * are kept; extended attributes are not. Anything else than files, directories and links is
   * refused.
   *
   * @param directory the root of the file system
   * @param compression what the layer is compressed by; {@link Compression#NONE} is the same
   *     everywhere, while what the others give depends on the version of their library
   * @param config what the image runs on and how; layers in it are replaced by this one
   * @return the source
   */
  public static ImageSource directory(Path directory, Compression compression, ImageConfig config) {
    return RootfsSource.ofDirectory(directory, compression, config);
  }

  /** A stream that its opener closes. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      return in.read(buffer, offset, length);
    }

    @Override
    public void close() {}
  }
}
