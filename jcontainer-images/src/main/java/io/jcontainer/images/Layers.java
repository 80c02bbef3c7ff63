package io.jcontainer.images;

import io.jcontainer.images.tar.BadStreamException;
import io.jcontainer.images.tar.ByteInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** What layers are once they are decompressed. */
final class Layers {
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

    @Override
    public void close() throws IOException {
      source.close();
    }
  }

  /** The tar of a layer of which nothing can be read yet: to find its compression would wait. */
  static InputStream openLate(
      InputStream blob, Descriptor layer, Digest diffId, ImageLimits limits) {
    return new Late(blob, () -> open(blob, layer, diffId, limits));
  }

  /** The tar of a layer. The blob is verified by itself, and closed with the tar. */
  static InputStream open(InputStream in, Descriptor layer, Digest diffId, ImageLimits limits)
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
      return new LayerInput(blob, layer, diffId, Decompression.open(blob, actual, limits));
    } catch (IOException | RuntimeException e) {
      blob.close();
      throw e;
    }
  }

  /** The tar of a layer, verified at its end. */
  private static final class LayerInput extends ByteInput {
    private final InputStream blob;
    private final Descriptor layer;
    private final Digest diffId;
    private final InputStream tar;
    private final MessageDigest hash;
    private boolean ended;

    LayerInput(InputStream blob, Descriptor layer, Digest diffId, InputStream tar) {
      this.blob = blob;
      this.layer = layer;
      this.diffId = diffId;
      this.tar = tar;
      this.hash = diffId.algorithm().start();
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
      if (read > 0) {
        hash.update(buffer, offset, read);
      } else if (read < 0 && !ended) {
        ended = true;
        blob.transferTo(OutputStream.nullOutputStream()); // to its end, where it is verified
        check(Digest.of(diffId.algorithm(), hash.digest()), diffId, "layer " + layer.digest());
      }
      return read;
    }

    @Override
    public void close() throws IOException {
      tar.close();
      blob.close();
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
