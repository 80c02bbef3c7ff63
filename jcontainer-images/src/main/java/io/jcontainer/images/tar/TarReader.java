package io.jcontainer.images.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an archive from its beginning to its end: ustar, with long names as GNU and pax write them.
 * It needs little memory whatever comes, which Commons Compress does not promise: a name there is
 * as long as its header says.
 *
 * <p>After {@link #next}, the stream is the content of that entry.
 */
public final class TarReader extends ByteInput {
  private static final int BLOCK = 512;
  private static final int LONGEST_EXTENSION = 1 << 20;
  private static final int MOST_EXTENSIONS = 16;

  private final InputStream in;
  private final byte[] header = new byte[BLOCK];
  private long left;
  private int padding;
  private boolean ended;

  /** Begins before the first entry. */
  public TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, or null at the end; what is left of the one before is skipped. */
  public @Nullable TarEntry next() throws IOException {
    String longName = null;
    String longLink = null;
    Map<String, String> pax = Map.of();
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
      char type = (char) (header[156] & 0xff);
      long size = number(124, 12, "size");
      switch (type) {
        case 'L' -> longName = text(extension(size));
        case 'K' -> longLink = text(extension(size));
        case 'x', 'X' -> pax = records(extension(size));
        case 'g' -> extension(size); // for all that follow; nothing that is needed here
        default -> {
          return entry(type, size, longName, longLink, pax);
        }
      }
    }
  }

  private TarEntry entry(
      char type,
      long headerSize,
      @Nullable String longName,
      @Nullable String longLink,
      Map<String, String> pax)
      throws IOException {
    String name = pax.getOrDefault("path", longName == null ? shortName() : longName);
    String link = pax.getOrDefault("linkpath", longLink == null ? text(157, 100) : longLink);
    long size = pax.containsKey("size") ? decimal(pax.get("size")) : headerSize;
    char known = type == '\0' || type == '7' ? TarEntry.FILE : type;
    if (known == TarEntry.FILE && name.endsWith("/")) {
      known = TarEntry.DIRECTORY; // how it was written before there were types
    }
    if (known >= '1' && known <= '6') {
      size = 0; // nothing follows, whatever the header says
    }
    if (name.isEmpty()) {
      throw new BadStreamException("tar: has an entry without a name");
    }
    begin(size);
    return new TarEntry(name, known, size, (int) number(100, 8, "mode") & 07777, link);
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
    if (isZero()) {
      ended = true;
      if (readBlock(true) && !isZero()) {
        throw new BadStreamException("tar: has a block of zeros between entries");
      }
      return false;
    }
    checkSum();
    return true;
  }

  private void skipContent() throws IOException {
    byte[] buffer = new byte[8192];
    while (read(buffer, 0, buffer.length) >= 0) {
      // it is read so that whoever hashes the source sees it
    }
    if (padding > 0) {
      readFully(buffer, padding);
      padding = 0;
    }
  }

  private void readFully(byte[] buffer, int length) throws IOException {
    if (in.readNBytes(buffer, 0, length) < length) {
      throw new BadStreamException("tar: is cut off");
    }
  }

  private boolean readBlock(boolean mayEnd) throws IOException {
    int read = in.readNBytes(header, 0, BLOCK);
    if (read == 0 && mayEnd) {
      return false;
    }
    if (read < BLOCK) {
      throw new BadStreamException("tar: is cut off");
    }
    return true;
  }

  private boolean isZero() {
    for (byte each : header) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  /** Old programs took characters for signed. */
  private void checkSum() throws IOException {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte each = i >= 148 && i < 156 ? (byte) ' ' : header[i];
      unsigned += each & 0xff;
      signed += each;
    }
    long sum = number(148, 8, "checksum");
    if (sum != unsigned && sum != signed) {
      throw new BadStreamException("tar: is none, or damaged: the checksum of a header is wrong");
    }
  }

  /** Octal digits, or a number of 8 bits each where the first bit is set. */
  private long number(int offset, int length, String field) throws IOException {
    if ((header[offset] & 0x80) != 0) {
      long value = header[offset] & 0x7f;
      for (int i = 1; i < length; i++) {
        if (value >> 55 != 0 || (header[offset] & 0x40) != 0) {
          throw new BadStreamException("tar: the %s of an entry is out of range".formatted(field));
        }
        value = (value << 8) | (header[offset + i] & 0xff);
      }
      return value;
    }
    String digits = text(offset, length).strip();
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 7) {
        throw new BadStreamException("tar: the %s of an entry is no number".formatted(field));
      }
      value = (value << 3) | digit; // at most 12 digits
    }
    return value;
  }

  private static long decimal(@Nullable String digits) throws IOException {
    if (digits == null || !digits.matches("[0-9]{1,18}")) {
      throw new BadStreamException("tar: the size of an entry is no number");
    }
    return Long.parseLong(digits);
  }

  private String text(int offset, int length) {
    return text(Arrays.copyOfRange(header, offset, offset + length));
  }

  /** Up to the first NUL. */
  private static String text(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** POSIX has two fields for it, one of which is something else for GNU. */
  private String shortName() {
    String name = text(0, 100);
    boolean posix = new String(header, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
    String prefix = posix ? text(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
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

  /** Lines of the form {@code 25 path=a/b}, where the number is the length of the line. */
  private static Map<String, String> records(byte[] bytes) throws IOException {
    Map<String, String> records = new HashMap<>();
    int position = 0;
    while (position < bytes.length && bytes[position] != 0) {
      int space = position;
      int length = 0;
      while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9') {
        length = Math.min(length * 10 + bytes[space] - '0', LONGEST_EXTENSION + 1);
        space++;
      }
      int end = position + length;
      if (space == position
          || end > bytes.length
          || end <= space
          || bytes[space] != ' '
          || bytes[end - 1] != '\n') {
        throw new BadStreamException("tar: has a pax header that cannot be read");
      }
      String record = new String(bytes, space + 1, end - space - 2, StandardCharsets.UTF_8);
      int equals = record.indexOf('=');
      if (equals <= 0) {
        throw new BadStreamException("tar: has a pax header that cannot be read");
      }
      String value = record.substring(equals + 1);
      if (value.indexOf('\0') >= 0 && !record.startsWith("SCHILY.xattr.")) {
        throw new BadStreamException("tar: has a pax header with a NUL in it");
      }
      records.put(record.substring(0, equals), value);
      position = end;
    }
    return records;
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
