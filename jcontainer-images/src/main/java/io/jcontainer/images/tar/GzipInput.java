package io.jcontainer.images.tar;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses gzip, RFC 1952. The JDK's own stream takes the end of a member for the end of all
 * when its source has nothing at hand at that moment; a layer in eStargz has a member for each
 * file. Whatever follows the last member is an error.
 */
public final class GzipInput extends ByteInput {
  private static final int BUFFER = 64 << 10;
  private static final int FLAG_HEADER_CRC = 2;
  private static final int FLAG_EXTRA = 4;
  private static final int FLAG_NAME = 8;
  private static final int FLAG_COMMENT = 16;
  private static final int FLAGS_RESERVED = 0xe0;
  private static final int LONGEST_TEXT = 64 << 10;

  private final InputStream in;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int limit;
  private boolean seen;
  private boolean inMember;
  private boolean ended;

  /** Begins before the first member. */
  public GzipInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!ended) {
      if (!inMember && !begin()) {
        ended = true;
        break;
      }
      int count = inflate(target, offset, length);
      if (count > 0) {
        crc.update(target, offset, count);
        return count;
      }
      if (inflater.finished()) {
        finish();
      }
    }
    return -1;
  }

  private int inflate(byte[] target, int offset, int length) throws IOException {
    try {
      int count = inflater.inflate(target, offset, length);
      if (count == 0 && inflater.needsInput()) {
        if (!fill()) {
          throw new BadStreamException("gzip: ends within a member");
        }
        inflater.setInput(buffer, position, limit - position);
        position = limit;
      } else if (inflater.needsDictionary()) {
        throw new BadStreamException("gzip: asks for a dictionary");
      }
      return count;
    } catch (DataFormatException e) {
      throw new BadStreamException("gzip: " + e.getMessage(), e);
    }
  }

  /** Makes sure that there is a byte in the buffer, unless the source is at its end. */
  private boolean fill() throws IOException {
    if (position < limit) {
      return true;
    }
    int read = in.read(buffer, 0, BUFFER);
    position = 0;
    limit = Math.max(0, read);
    return read > 0;
  }

  private int next() throws IOException {
    if (!fill()) {
      throw new BadStreamException("gzip: ends within a header or a trailer", new EOFException());
    }
    return buffer[position++] & 0xff;
  }

  private int nextShort() throws IOException {
    int low = next();
    return low | (next() << 8);
  }

  private long nextInt() throws IOException {
    int low = nextShort();
    return low | ((long) nextShort() << 16);
  }

  /** Reads the header of a member; false at the end of the source. */
  private boolean begin() throws IOException {
    if (!fill()) {
      if (!seen) {
        throw new BadStreamException("gzip: is empty");
      }
      return false;
    }
    if (nextShort() != 0x8b1f || next() != 8) {
      throw new BadStreamException(
          seen ? "gzip: something follows the last member" : "gzip: does not begin as one");
    }
    seen = true;
    int flags = next();
    if ((flags & FLAGS_RESERVED) != 0) {
      throw new BadStreamException("gzip: has flags that nobody knows");
    }
    for (int i = 0; i < 6; i++) { // time, how hard it tried, system
      next();
    }
    if ((flags & FLAG_EXTRA) != 0) {
      for (int left = nextShort(); left > 0; left--) {
        next();
      }
    }
    if ((flags & FLAG_NAME) != 0) {
      skipText();
    }
    if ((flags & FLAG_COMMENT) != 0) {
      skipText();
    }
    if ((flags & FLAG_HEADER_CRC) != 0) {
      nextShort();
    }
    inflater.reset();
    crc.reset();
    inMember = true;
    return true;
  }

  private void skipText() throws IOException {
    for (int i = 0; i < LONGEST_TEXT; i++) {
      if (next() == 0) {
        return;
      }
    }
    throw new BadStreamException("gzip: has a name or comment of more than 64 KiB");
  }

  private void finish() throws IOException {
    position = limit - inflater.getRemaining();
    inMember = false;
    if (nextInt() != crc.getValue()) {
      throw new BadStreamException("gzip: the checksum is wrong");
    }
    if (nextInt() != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw new BadStreamException("gzip: the length is wrong");
    }
  }

  @Override
  public void close() throws IOException {
    ended = true;
    inflater.end();
    in.close();
  }
}
