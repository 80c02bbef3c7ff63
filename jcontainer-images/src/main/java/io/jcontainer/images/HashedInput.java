package io.jcontainer.images;

import java.io.InputStream;
import java.security.MessageDigest;

/** Counts and hashes, by SHA-256, what is read through it, of which no more is taken than this. */
final class HashedInput extends PassingInput {
  private final long maxBytes;
  private final MessageDigest hash = Digest.Algorithm.SHA256.start();
  private long count;

  HashedInput(InputStream in, long maxBytes) {
    super(in);
    this.maxBytes = maxBytes;
  }

  @Override
  void passed(byte[] buffer, int offset, int more) {
    count += more;
    if (count > maxBytes) {
      throw new InvalidImageException(
          "more than %d bytes come in; no more are taken".formatted(maxBytes));
    }
    hash.update(buffer, offset, more);
  }

  /** The digest and the size of all that was read, of an unknown kind; once. */
  Descriptor descriptor() {
    return Descriptor.of(Lease.UNKNOWN, Digest.of(Digest.Algorithm.SHA256, hash.digest()), count);
  }
}
