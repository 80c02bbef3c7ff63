package io.jcontainer.images;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;

/** Counts and hashes, by SHA-256, what is written through it. */
final class HashedOutput extends FilterOutputStream {
  private final MessageDigest hash = Digest.Algorithm.SHA256.start();
  private long count;

  HashedOutput(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    hash.update(bytes, offset, length);
    count += length;
  }

  /** How many bytes it were so far. */
  long count() {
    return count;
  }

  /** The digest of all; once. */
  Digest digest() {
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }

  /** The digest and the size of all, of an unknown kind; once. */
  Descriptor descriptor() {
    return Descriptor.of(Lease.UNKNOWN, digest(), count);
  }
}
