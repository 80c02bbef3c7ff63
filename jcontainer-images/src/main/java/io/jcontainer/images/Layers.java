package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.tar.BadStreamException;
import io.jcontainer.images.tar.ByteInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What layers are once they are decompressed. */
final class Layers {
  /** What is smaller takes less time than threads do. */
  private static final long SMALL = 1 << 20;

  private Layers() {}

  /** What is opened when it is first read. */
  private static final class Late extends ByteInput {
    private final InputStream source;
    private final ImageSource.Opener opener;
    private @Nullable InputStream opened;

    Late(InputStream source, ImageSource.Opener opener) {
      this.source = source;
      this.opener = opener;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      InputStream in = opened;
      if (in == null) {
        in = opener.open();
        opened = in;
      }
      return in.read(buffer, offset, length);
    }

    /**
     * What was opened has memory of its own, apart from the JVM's, and perhaps a thread that waits
     * for more of the source: with that closed it ends.
     */
    @Override
    public void close() throws IOException {
      source.close();
      InputStream in = opened;
      if (in != null) {
        in.close();
      }
    }
  }

  /** The tar of a layer of which nothing can be read yet: to find its compression would wait. */
  static InputStream openLate(
      InputStream blob, Descriptor layer, Digest diffId, ImageLimits limits, Executor executor) {
    return new Late(
        blob,
        () ->
            layer.size() < SMALL
                ? open(blob, layer, diffId, limits)
                : new Ahead(
                    open(blob, layer, diffId, limits, tar -> new Ahead(tar, executor)), executor));
  }

  /** The tar of a layer. The blob is verified by itself, and closed with the tar. */
  static InputStream open(InputStream in, Descriptor layer, Digest diffId, ImageLimits limits)
      throws IOException {
    return open(in, layer, diffId, limits, tar -> tar);
  }

  /**
   * The same by three other threads: one reads and verifies the blob, one decompresses it, and one
   * verifies the tar.
   */
  static InputStream openAhead(
      InputStream in, Descriptor layer, Digest diffId, ImageLimits limits, Executor executor)
      throws IOException {
    InputStream blob = new Ahead(in, executor);
    return new Ahead(open(blob, layer, diffId, limits, tar -> new Ahead(tar, executor)), executor);
  }

  private static InputStream open(
      InputStream in,
      Descriptor layer,
      Digest diffId,
      ImageLimits limits,
      UnaryOperator<InputStream> decompressed)
      throws IOException {
    Compression expected =
        layer
            .mediaType()
            .layerCompression()
            .orElseThrow(
                () ->
                    new InvalidImageException(
                        "layer %s: %s is the type of no layer"
                            .formatted(layer.digest(), layer.mediaType())));
    BufferedInputStream blob = new BufferedInputStream(in, 64 << 10);
    try {
      Compression actual = Decompression.of(blob);
      if (actual != expected) {
        throw new InvalidImageException(
            "layer %s: is compressed by %s, but its type %s says by %s"
                .formatted(layer.digest(), actual, layer.mediaType(), expected));
      }
      InputStream tar = new Decompressed(blob, layer, Decompression.open(blob, actual, limits));
      if (actual == Compression.NONE && layer.digest().equals(diffId)) {
        return tar; // it is the blob, which is verified by itself
      }
      return new Verified(decompressed.apply(tar), layer, diffId);
    } catch (IOException | RuntimeException e) {
      blob.close();
      throw e;
    }
  }

  /** The tar of a layer, and at its end that of the blob, where that is verified. */
  private static final class Decompressed extends ByteInput {
    private final InputStream blob;
    private final Descriptor layer;
    private final InputStream tar;
    private boolean ended;

    Decompressed(InputStream blob, Descriptor layer, InputStream tar) {
      this.blob = blob;
      this.layer = layer;
      this.tar = tar;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read;
      try {
        read = tar.read(buffer, offset, length);
      } catch (BadStreamException e) {
        throw new InvalidImageException(
            "layer %s: %s".formatted(layer.digest(), e.getMessage()), e);
      }
      if (read < 0 && !ended) {
        ended = true;
        blob.transferTo(OutputStream.nullOutputStream());
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      tar.close();
      blob.close();
    }
  }

  /** The tar of a layer, verified at its end. */
  private static final class Verified extends PassingInput {
    private final Descriptor layer;
    private final Digest diffId;
    private final MessageDigest hash;
    private boolean ended;

    Verified(InputStream tar, Descriptor layer, Digest diffId) {
      super(tar);
      this.layer = layer;
      this.diffId = diffId;
      this.hash = diffId.algorithm().start();
    }

    @Override
    void passed(byte[] buffer, int offset, int count) {
      hash.update(buffer, offset, count);
    }

    @Override
    void ended() {
      if (!ended) {
        ended = true;
        check(Digest.of(diffId.algorithm(), hash.digest()), diffId, "layer " + layer.digest());
      }
    }
  }

  /** Reads a tar to its end, and compares its digest. */
  static void verify(InputStream tar, Digest diffId, String what) throws IOException {
    MessageDigest hash = diffId.algorithm().start();
    byte[] buffer = new byte[64 << 10];
    for (int read = tar.read(buffer); read >= 0; read = tar.read(buffer)) {
      hash.update(buffer, 0, read);
    }
    check(Digest.of(diffId.algorithm(), hash.digest()), diffId, what);
  }

  static void check(Digest actual, Digest diffId, String what) {
    if (!actual.equals(diffId)) {
      throw new InvalidImageException(
          "%s: the tar has the digest %s, but the configuration names %s"
              .formatted(what, actual, diffId));
    }
  }
}
