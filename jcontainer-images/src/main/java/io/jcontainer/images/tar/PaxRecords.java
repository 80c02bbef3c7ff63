package io.jcontainer.images.tar;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a pax header says of the entry behind it: pax(1p), and GNU's words for files with holes. */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords();

  private static final int LONGEST = 1 << 20;
  private static final String XATTR = "SCHILY.xattr.";
  private static final String SPARSE = "GNU.sparse.";

  private final Map<String, String> records = new HashMap<>();
  private final Map<String, String> xattrs = new LinkedHashMap<>();
  private final SparseMap.Builder pieces = new SparseMap.Builder();
  private boolean hasPieces;

  private PaxRecords() {}

  /** Reads lines of the form {@code 25 path=a/b}, where the number is the length of the line. */
  static PaxRecords parse(byte[] bytes, Charset charset) throws IOException {
    PaxRecords parsed = new PaxRecords();
    int position = 0;
    while (position < bytes.length && bytes[position] != 0) {
      int space = position;
      int length = 0;
      while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9') {
        length = Math.min(length * 10 + bytes[space] - '0', LONGEST + 1);
        space++;
      }
      int end = position + length;
      if (space == position
          || end > bytes.length
          || end <= space
          || bytes[space] != ' '
          || bytes[end - 1] != '\n') {
        throw unreadable();
      }
      int equals = space + 1;
      while (equals < end && bytes[equals] != '=') {
        equals++;
      }
      if (equals == end || equals == space + 1) {
        throw unreadable();
      }
      String key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.UTF_8);
      boolean binary = key.startsWith(XATTR);
      parsed.add(
          key,
          new String(
              bytes, equals + 1, end - equals - 2, binary ? StandardCharsets.ISO_8859_1 : charset));
      position = end;
    }
    return parsed;
  }

  private static BadStreamException unreadable() {
    return new BadStreamException("tar: has a pax header that cannot be read");
  }

  private void add(String key, String value) throws IOException {
    if (key.startsWith(XATTR)) {
      xattrs.put(key.substring(XATTR.length()), value);
      return;
    }
    if (value.indexOf('\0') >= 0) {
      throw new BadStreamException("tar: has a pax header with a NUL in it");
    }
    switch (key) {
      case SPARSE + "offset", SPARSE + "numbytes" -> piece(decimal(value, "size"));
      case SPARSE + "map" -> {
        for (String number : value.isEmpty() ? new String[0] : value.split(",", -1)) {
          piece(decimal(number, "size"));
        }
        hasPieces = true;
      }
      default -> records.put(key, value);
    }
  }

  private void piece(long number) throws IOException {
    pieces.add(number);
    hasPieces = true;
  }

  @Nullable String get(String key) {
    return records.get(key);
  }

  String getOr(String key, String otherwise) {
    return records.getOrDefault(key, otherwise);
  }

  Map<String, String> xattrs() {
    return xattrs;
  }

  long number(String key, String field, long otherwise) throws IOException {
    String digits = records.get(key);
    return digits == null ? otherwise : decimal(digits, field);
  }

  /** The name of a file with holes: what stands in the header is one for who cannot read these. */
  @Nullable String sparseName() {
    return records.get(SPARSE + "name");
  }

  /** Whether the pieces of a file with holes stand before its content. */
  boolean hasPiecesInContent() {
    return "1".equals(records.get(SPARSE + "major"));
  }

  /** The pieces, or null if the file has no holes. */
  @Nullable SparseMap sparse(long stored) throws IOException {
    if (!hasPieces && !records.containsKey(SPARSE + "numblocks")) {
      return null;
    }
    return pieces.build(sparseSize(), stored);
  }

  long sparseSize() throws IOException {
    String key = records.containsKey(SPARSE + "realsize") ? "realsize" : "size";
    String digits = records.get(SPARSE + key);
    if (digits == null) {
      throw new BadStreamException("tar: has a file with holes, but without a size");
    }
    return decimal(digits, "size");
  }

  static long decimal(String digits, String field) throws IOException {
    long value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i >= 18) {
        throw noNumber(field);
      }
      value = 10 * value + digit;
    }
    if (digits.isEmpty()) {
      throw noNumber(field);
    }
    return value;
  }

  private static BadStreamException noNumber(String field) {
    return new BadStreamException("tar: the %s of an entry is no number".formatted(field));
  }

  /** Seconds since 1970 with as many digits behind the point as there are: the nanoseconds. */
  static int nanos(String time) throws IOException {
    int point = time.indexOf('.');
    if (point < 0) {
      return 0;
    }
    String digits = time.substring(point + 1);
    String nine =
        digits.length() > 9 ? digits.substring(0, 9) : digits + "0".repeat(9 - digits.length());
    int nanos = (int) decimal(nine, "time");
    return time.startsWith("-") && nanos > 0 ? 1_000_000_000 - nanos : nanos;
  }

  /** The whole seconds: the next lower number. */
  static long seconds(String time) throws IOException {
    boolean negative = time.startsWith("-");
    int point = time.indexOf('.');
    long seconds =
        decimal(time.substring(negative ? 1 : 0, point < 0 ? time.length() : point), "time");
    if (!negative) {
      return seconds;
    }
    return nanos(time) > 0 ? -seconds - 1 : -seconds;
  }
}
