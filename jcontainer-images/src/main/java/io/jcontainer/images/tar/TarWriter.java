package io.jcontainer.images.tar;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes an archive: ustar, with a pax header for what does not fit. Nothing in it depends on when,
 * where or by whom it was written, but what entries say: by default all belongs to root and is of
 * 1970.
 */
public final class TarWriter implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 100;
  private static final long LARGEST_OCTAL = 077777777777L;
  private static final long LARGEST_ID = 07777777;

  private final OutputStream out;
  private final Charset charset;

  /** Begins an archive. */
  public TarWriter(OutputStream out) {
    this(out, StandardCharsets.UTF_8);
  }

  private final byte[] buffer = new byte[64 << 10];

  private TarWriter(OutputStream out, Charset charset) {
    this.out = out;
    this.charset = charset;
  }

  /** The same, but names have a character for each byte: for Linux they are in no charset. */
  public static TarWriter ofBytes(OutputStream out) {
    return new TarWriter(out, StandardCharsets.ISO_8859_1);
  }

  /** Adds an entry without content. */
  public void put(TarEntry entry) throws IOException {
    put(entry, InputStream.nullInputStream());
  }

  /** Adds an entry. Fails if there are more or fewer bytes than it says. */
  public void put(TarEntry entry, InputStream content) throws IOException {
    if (entry.sparse() != null) {
      throw new IllegalArgumentException(entry.name() + " has holes, which are not written");
    }
    extend(entry);
    out.write(header(entry));
    long count = 0;
    for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
      count += read;
      if (count > entry.size()) {
        break;
      }
      out.write(buffer, 0, read);
    }
    if (count != entry.size()) {
      throw new IOException(
          "%s has changed while it was written: it had %d bytes"
              .formatted(entry.name(), entry.size()));
    }
    pad(count);
  }

  private void extend(TarEntry entry) throws IOException {
    byte[] name = entry.name().getBytes(charset);
    byte[] link = entry.linkName().getBytes(charset);
    TarAttributes attributes = entry.attributes();
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    if (!isUtf8(name) || !isUtf8(link)) {
      record(records, "hdrcharset", "BINARY"); // before what it is about
    }
    if (isLong(name)) {
      record(records, "path", name);
    }
    if (isLong(link)) {
      record(records, "linkpath", link);
    }
    if (entry.size() > LARGEST_OCTAL) {
      record(records, "size", Long.toString(entry.size()));
    }
    if (attributes.uid() > LARGEST_ID) {
      record(records, "uid", Long.toString(attributes.uid()));
    }
    if (attributes.gid() > LARGEST_ID) {
      record(records, "gid", Long.toString(attributes.gid()));
    }
    if (attributes.nanos() != 0 || !isOctal(attributes.seconds())) {
      record(records, "mtime", time(attributes.seconds(), attributes.nanos()));
    }
    for (Map.Entry<String, String> each : new TreeMap<>(attributes.xattrs()).entrySet()) {
      if (each.getKey().indexOf('=') >= 0) {
        throw new IOException(
            "the attribute %s of %s cannot be in an archive, for its name has a = in it"
                .formatted(each.getKey(), entry.name()));
      }
      record(
          records,
          "SCHILY.xattr." + each.getKey(),
          each.getValue().getBytes(StandardCharsets.ISO_8859_1));
    }
    if (records.size() > 0) {
      byte[] bytes = records.toByteArray();
      out.write(header(new TarEntry("PaxHeader", 'x', bytes.length, 0644, "")));
      out.write(bytes);
      pad(bytes.length);
    }
  }

  private static boolean isUtf8(byte[] name) {
    if (isAscii(name)) {
      return true;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  /** What ASCII has not is in no field of ustar's. */
  private static boolean isLong(byte[] name) {
    return name.length > LONGEST_NAME || !isAscii(name);
  }

  private static boolean isAscii(byte[] name) {
    for (byte each : name) {
      if (each < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isOctal(long number) {
    return number >= 0 && number <= LARGEST_OCTAL;
  }

  /** Seconds, with as many digits behind the point as are needed. */
  private static String time(long seconds, int nanos) {
    boolean negative = seconds < 0 && nanos > 0;
    long whole = negative ? seconds + 1 : seconds;
    int rest = negative ? 1_000_000_000 - nanos : nanos;
    String sign = negative && whole == 0 ? "-" : "";
    String digits = Integer.toString(1_000_000_000 + rest).substring(1).replaceAll("0+$", "");
    return sign + whole + (digits.isEmpty() ? "" : "." + digits);
  }

  private static void record(ByteArrayOutputStream records, String key, String value) {
    record(records, key, value.getBytes(StandardCharsets.UTF_8));
  }

  /** The length of a line counts its own digits. */
  private static void record(ByteArrayOutputStream records, String key, byte[] value) {
    byte[] name = key.getBytes(StandardCharsets.ISO_8859_1);
    int size = 1 + name.length + 1 + value.length + 1;
    int digits = Integer.toString(size).length();
    if (Integer.toString(size + digits).length() > digits) {
      digits++;
    }
    records.writeBytes((size + digits + " ").getBytes(StandardCharsets.US_ASCII));
    records.writeBytes(name);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  private byte[] header(TarEntry entry) {
    TarAttributes attributes = entry.attributes();
    byte[] header = new byte[BLOCK];
    text(header, 0, LONGEST_NAME, entry.name().getBytes(charset));
    octal(header, 100, 8, entry.mode());
    octal(header, 108, 8, attributes.uid() > LARGEST_ID ? 0 : attributes.uid());
    octal(header, 116, 8, attributes.gid() > LARGEST_ID ? 0 : attributes.gid());
    octal(header, 124, 12, entry.size() > LARGEST_OCTAL ? 0 : entry.size());
    octal(header, 136, 12, isOctal(attributes.seconds()) ? attributes.seconds() : 0);
    header[156] = (byte) entry.type();
    text(header, 157, LONGEST_NAME, entry.linkName().getBytes(charset));
    text(header, 257, 8, "ustar\00000");
    octal(header, 329, 8, attributes.major());
    octal(header, 337, 8, attributes.minor());
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    octal(header, 148, 7, sum);
    return header;
  }

  private static void text(byte[] header, int offset, int length, String text) {
    text(header, offset, length, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void text(byte[] header, int offset, int length, byte[] bytes) {
    System.arraycopy(bytes, 0, header, offset, Math.min(length, bytes.length));
  }

  private static void octal(byte[] header, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    text(header, offset, length, "0".repeat(length - 1 - digits.length()) + digits + "\0");
  }

  private void pad(long size) throws IOException {
    out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
  }

  /** Ends the archive; what it is written to stays open. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.flush();
  }
}
