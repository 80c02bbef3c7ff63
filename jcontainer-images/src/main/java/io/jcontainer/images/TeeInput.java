package io.jcontainer.images;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Writes what is read through it to somewhere else, too. */
final class TeeInput extends PassingInput {
  private final OutputStream out;

  TeeInput(InputStream in, OutputStream out) {
    super(in);
    this.out = out;
  }

  @Override
  void passed(byte[] buffer, int offset, int count) throws IOException {
    out.write(buffer, offset, count);
  }
}
