package io.jcontainer.images.tar;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes an archive in which nothing depends on when, where or by whom it was written: all belongs
 * to root and is of 1970. ustar, with a pax header for a name that does not fit.
 */
public final class TarWriter implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int LONGEST_NAME = 100;
  private static final long LARGEST_OCTAL = 077777777777L;

  private final OutputStream out;

  /** Begins an archive. */
  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /** Adds an entry without content. */
  public void put(TarEntry entry) throws IOException {
    put(entry, InputStream.nullInputStream());
  }

  /** Adds an entry. Fails if there are more or fewer bytes than it says. */
  public void put(TarEntry entry, InputStream content) throws IOException {
    extend(entry);
    out.write(header(entry.name(), entry.type(), entry.size(), entry.mode(), entry.linkName()));
    byte[] buffer = new byte[64 << 10];
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
    StringBuilder records = new StringBuilder();
    if (isLong(entry.name())) {
      records.append(record("path", entry.name()));
    }
    if (isLong(entry.linkName())) {
      records.append(record("linkpath", entry.linkName()));
    }
    if (entry.size() > LARGEST_OCTAL) {
      records.append(record("size", Long.toString(entry.size())));
    }
    if (!records.isEmpty()) {
      byte[] bytes = records.toString().getBytes(StandardCharsets.UTF_8);
      out.write(header("PaxHeader", 'x', bytes.length, 0644, ""));
      out.write(bytes);
      pad(bytes.length);
    }
  }

  /** What ASCII has not is in no field of ustar's. */
  private static boolean isLong(String name) {
    return name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME
        || name.chars().anyMatch(each -> each >= 0x80);
  }

  /** The length of a line counts its own digits. */
  private static String record(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int size = rest.getBytes(StandardCharsets.UTF_8).length;
    int digits = Integer.toString(size).length();
    if (Integer.toString(size + digits).length() > digits) {
      digits++;
    }
    return size + digits + rest;
  }

  private static byte[] header(String name, char type, long size, int mode, String link) {
    byte[] header = new byte[BLOCK];
    text(header, 0, LONGEST_NAME, name);
    octal(header, 100, 8, mode);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size > LARGEST_OCTAL ? 0 : size);
    octal(header, 136, 12, 0);
    header[156] = (byte) type;
    text(header, 157, LONGEST_NAME, link);
    text(header, 257, 8, "ustar\00000");
    octal(header, 329, 8, 0);
    octal(header, 337, 8, 0);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    octal(header, 148, 7, sum);
    return header;
  }

  private static void text(byte[] header, int offset, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
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
