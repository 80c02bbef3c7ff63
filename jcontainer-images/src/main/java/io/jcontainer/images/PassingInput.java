package io.jcontainer.images;

import io.jcontainer.images.tar.ByteInput;
import java.io.IOException;
import java.io.InputStream;

/**
 * Looks at what it passes on from another stream. All of it: whoever skips bytes, reads them; and
 * nobody goes back.
 */
abstract class PassingInput extends ByteInput {
  private final InputStream in;

  PassingInput(InputStream in) {
    this.in = in;
  }

  /** These bytes are about to be passed on. */
  abstract void passed(byte[] buffer, int offset, int count) throws IOException;

  /** The end was reached; may come several times. */
  void ended() throws IOException {}

  @Override
  public final int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    if (count > 0) {
      passed(buffer, offset, count);
    } else if (count < 0) {
      ended();
    }
    return count;
  }

  @Override
  public final void close() throws IOException {
    in.close();
  }
}
