package io.jcontainer.images;

import java.io.InputStream;
import java.security.MessageDigest;

/**
 * The bytes of a blob, which are counted and hashed while they are read: one byte more than there
 * should be, or an end that comes early or with another digest, is an {@link
 * InvalidImageException}. Whoever does not read to the end has verified nothing.
 */
final class VerifiedInput extends PassingInput {
  private final Descriptor expected;
  private final MessageDigest hash;
  private long count;
  private boolean ended;

  VerifiedInput(InputStream in, Descriptor expected) {
    super(in);
    this.expected = expected;
    this.hash = expected.digest().algorithm().start();
  }

  @Override
  void passed(byte[] buffer, int offset, int more) {
    count += more;
    hash.update(buffer, offset, more);
    if (count > expected.size()) {
      throw new InvalidImageException(
          "blob %s: goes on behind its %d bytes".formatted(expected.digest(), expected.size()));
    }
  }

  @Override
  void ended() {
    if (!ended) {
      verify();
      ended = true;
    }
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
}
