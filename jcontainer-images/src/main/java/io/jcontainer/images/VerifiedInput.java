package io.jcontainer.images;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * The bytes of a blob, which are counted and hashed while they are read: one byte more than there
 * should be, or an end that comes early or with another digest, is an {@link
 * InvalidImageException}. Whoever does not read to the end has verified nothing.
 */
final class VerifiedInput extends InputStream {
  private final InputStream in;
  private final Descriptor expected;
  private final MessageDigest hash;
  private long count;
  private boolean ended;

  VerifiedInput(InputStream in, Descriptor expected) {
    this.in = in;
    this.expected = expected;
    this.hash = expected.digest().algorithm().start();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read > 0) {
      count += read;
      hash.update(buffer, offset, read);
      if (count > expected.size()) {
        throw new InvalidImageException(
            "blob %s: goes on behind its %d bytes".formatted(expected.digest(), expected.size()));
      }
    } else if (read < 0 && !ended) {
      verify();
      ended = true;
    }
    return read;
  }

  private void verify() {
    if (count < expected.size()) {
      throw new InvalidImageException(
          "blob %s: ends after %d of %d bytes"
              .formatted(expected.digest(), count, expected.size()));
    }
    Digest actual = Digest.of(expected.digest().algorithm(), hash.digest());
    if (!actual.equals(expected.digest())) {
      throw new InvalidImageException(
          "blob %s: the bytes have the digest %s".formatted(expected.digest(), actual));
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
