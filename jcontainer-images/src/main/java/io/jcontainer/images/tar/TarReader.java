package io.jcontainer.images.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive from its beginning to its end: ustar, with what GNU and pax have added to it. It
 * needs little memory whatever comes, which Commons Compress does not promise: a name there is as
 * long as its header says.
 *
 * <p>After {@link #next}, the stream is the content of that entry.
 */
public final class TarReader extends ByteInput {
  private static final int BLOCK = TarHeader.BLOCK;
  private static final int LONGEST_EXTENSION = 1 << 20;
  private static final int MOST_EXTENSIONS = 16;
  private static final long NO_ID = 0xffff_ffffL; // means nobody, and chown(2) leaves it as it is

  private final InputStream in;
  private final Charset charset;
  private final boolean skips;
  private final TarHeader header;
  private final byte[] skipped = new byte[8192];
  private long left;
  private int padding;
  private boolean ended;

  /** Begins before the first entry; names are in UTF-8. */
  public TarReader(InputStream in) {
    this(in, StandardCharsets.UTF_8, false);
  }

  private TarReader(InputStream in, Charset charset, boolean skips) {
    this.in = in;
    this.charset = charset;
    this.skips = skips;
    this.header = new TarHeader(charset);
  }

  /** The same for a source that skips bytes in less time than it reads them. */
  public static TarReader skipping(InputStream in) {
    return new TarReader(in, StandardCharsets.UTF_8, true);
  }

  /** The same, but names have a character for each byte: for Linux they are in no charset. */
  public static TarReader ofBytes(InputStream in) {
    return new TarReader(in, StandardCharsets.ISO_8859_1, false);
  }

  /** The next entry, or null at the end; what is left of the one before is skipped. */
  public @Nullable TarEntry next() throws IOException {
    String longName = null;
    String longLink = null;
    PaxRecords pax = PaxRecords.NONE;
    for (int extensions = 0; ; extensions++) {
      if (extensions > MOST_EXTENSIONS) {
        throw new BadStreamException("tar: headers extend each other without an end");
      }
      if (!readHeader()) {
        if (extensions > 0) {
          throw new BadStreamException("tar: ends behind a header that extends the next one");
        }
        return null;
      }
      long size = header.size();
      switch (header.type()) {
        case 'L' -> longName = text(extension(size));
        case 'K' -> longLink = text(extension(size));
        case 'x', 'X' -> pax = PaxRecords.parse(extension(size), charset);
        case 'g' -> extension(size); // for all that follow; nothing that is needed here
        default -> {
          return entry(size, longName, longLink, pax);
        }
      }
    }
  }

  private TarEntry entry(
      long headerSize, @Nullable String longName, @Nullable String longLink, PaxRecords pax)
      throws IOException {
    String name = pax.getOr("path", longName == null ? header.name() : longName);
    String sparseName = pax.sparseName();
    if (sparseName != null) {
      name = sparseName;
    }
    String link = pax.getOr("linkpath", longLink == null ? header.linkName() : longLink);
    long size = pax.number("size", "size", headerSize);
    char type = header.type();
    char known = type == '\0' || type == '7' || type == 'S' ? TarEntry.FILE : type;
    if (known == TarEntry.FILE && name.endsWith("/")) {
      known = TarEntry.DIRECTORY; // how it was written before there were types
    }
    if (known >= '1' && known <= '6') {
      size = 0; // nothing follows, whatever the header says
    }
    if (name.isEmpty()) {
      throw new BadStreamException("tar: has an entry without a name");
    }
    int mode = header.mode();
    TarAttributes attributes = attributes(pax);
    begin(size);
    SparseMap sparse = known == TarEntry.FILE ? sparse(type, pax) : null;
    return new TarEntry(name, known, left, mode, link, attributes, sparse);
  }

  private TarAttributes attributes(PaxRecords pax) throws IOException {
    String time = pax.get("mtime");
    return new TarAttributes(
        id(pax.number("uid", "owner", header.uid()), "owner"),
        id(pax.number("gid", "group", header.gid()), "group"),
        time == null ? header.seconds() : PaxRecords.seconds(time),
        time == null ? 0 : PaxRecords.nanos(time),
        header.deviceMajor(),
        header.deviceMinor(),
        pax.xattrs());
  }

  private static long id(long id, String field) throws IOException {
    if (id >= NO_ID) {
      throw new BadStreamException("tar: the %s of an entry is out of range".formatted(field));
    }
    return id;
  }

  /** GNU has written the pieces of a file with holes in four ways. */
  private @Nullable SparseMap sparse(char type, PaxRecords pax) throws IOException {
    if (type == 'S') {
      return oldPieces();
    }
    return pax.hasPiecesInContent() ? piecesInContent(pax.sparseSize()) : pax.sparse(left);
  }

  private SparseMap oldPieces() throws IOException {
    SparseMap.Builder pieces = new SparseMap.Builder();
    long size = header.number(483, 12, "size");
    boolean more = header.block[482] != 0;
    pieces(386, 4, pieces);
    while (more) {
      readHeaderBlock();
      pieces(0, 21, pieces);
      more = header.block[504] != 0;
    }
    return pieces.build(size, left);
  }

  private void pieces(int from, int most, SparseMap.Builder pieces) throws IOException {
    for (int at = from; at < from + 24 * most && header.block[at] != 0; at += 24) {
      pieces.add(header.number(at, 12, "size"));
      pieces.add(header.number(at + 12, 12, "size"));
    }
  }

  private void readHeaderBlock() throws IOException {
    if (!readBlock(false)) {
      throw new BadStreamException("tar: is cut off");
    }
  }

  /** How many there are, and then each of them, as lines of decimal digits in whole blocks. */
  private SparseMap piecesInContent(long size) throws IOException {
    SparseMap.Builder pieces = new SparseMap.Builder();
    byte[] block = new byte[BLOCK];
    long expected = 1; // at first only how many there are
    boolean counted = false;
    long value = 0;
    int digits = 0;
    while (expected > 0) {
      if (left < BLOCK) {
        throw new BadStreamException("tar: is cut off in the pieces of a file with holes");
      }
      readFully(block, BLOCK);
      left -= BLOCK;
      for (int i = 0; i < BLOCK && expected > 0; i++) {
        if (block[i] >= '0' && block[i] <= '9' && digits < 18) {
          value = 10 * value + block[i] - '0';
          digits++;
        } else if (block[i] == '\n' && digits > 0) {
          expected--;
          if (counted) {
            pieces.add(value);
          } else {
            counted = true;
            expected = 2 * value;
          }
          value = 0;
          digits = 0;
        } else {
          throw new BadStreamException("tar: the pieces of a file with holes are no numbers");
        }
      }
    }
    return pieces.build(size, left);
  }

  private void begin(long size) {
    left = size;
    padding = (int) ((BLOCK - size % BLOCK) % BLOCK);
  }

  private boolean readHeader() throws IOException {
    skipContent();
    if (ended || !readBlock(true)) {
      ended = true;
      return false;
    }
    if (header.isZero()) {
      ended = true;
      if (readBlock(true) && !header.isZero()) {
        throw new BadStreamException("tar: has a block of zeros between entries");
      }
      return false;
    }
    header.check();
    return true;
  }

  private void skipContent() throws IOException {
    if (skips) {
      left -= in.skip(left);
    }
    while (read(skipped, 0, skipped.length) >= 0) {
      // it is read so that whoever hashes the source sees it
    }
    // All of the content was there: that nothing fills its last block is the end, as with umoci(1).
    ended |= in.readNBytes(skipped, 0, padding) < padding;
    padding = 0;
  }

  private void readFully(byte[] buffer, int length) throws IOException {
    if (in.readNBytes(buffer, 0, length) < length) {
      throw new BadStreamException("tar: is cut off");
    }
  }

  private boolean readBlock(boolean mayEnd) throws IOException {
    int read = in.readNBytes(header.block, 0, BLOCK);
    if (read == 0 && mayEnd) {
      return false;
    }
    if (read < BLOCK) {
      throw new BadStreamException("tar: is cut off");
    }
    return true;
  }

  /** Up to the first NUL. */
  private String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, charset);
  }

  private byte[] extension(long size) throws IOException {
    if (size > LONGEST_EXTENSION) {
      throw new BadStreamException(
          "tar: has a name or a header of %d bytes; at most %d are read"
              .formatted(size, LONGEST_EXTENSION));
    }
    begin(size);
    byte[] bytes = new byte[(int) size];
    readFully(bytes, bytes.length);
    left = 0;
    return bytes;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(buffer, offset, (int) Math.min(length, left));
    if (read < 0) {
      throw new BadStreamException("tar: is cut off");
    }
    left -= read;
    return read;
  }

  /** Leaves the source open: whoever has opened it may want to read it to its end. */
  @Override
  public void close() {
    left = 0;
    ended = true;
  }
}
