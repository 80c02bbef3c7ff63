package io.jcontainer.images.tar;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The fields of a block that an entry begins with. */
final class TarHeader {
  static final int BLOCK = 512;

  final byte[] block = new byte[BLOCK];
  private final Charset charset;

  TarHeader(Charset charset) {
    this.charset = charset;
  }

  boolean isZero() {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  /** Old programs took characters for signed. */
  void check() throws IOException {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte each = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      unsigned += each & 0xff;
      signed += each;
    }
    long sum = number(148, 8, "checksum");
    if (sum != unsigned && sum != signed) {
      throw new BadStreamException("tar: is none, or damaged: the checksum of a header is wrong");
    }
  }

  char type() {
    return (char) (block[156] & 0xff);
  }

  /** POSIX has two fields for it, one of which is something else for GNU. */
  String name() {
    String name = text(0, 100);
    String prefix = isPosix() ? text(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private boolean isPosix() {
    return new String(block, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
  }

  String linkName() {
    return text(157, 100);
  }

  long size() throws IOException {
    return number(124, 12, "size");
  }

  int mode() throws IOException {
    return (int) number(100, 8, "mode") & 07777;
  }

  long uid() throws IOException {
    return number(108, 8, "owner");
  }

  long gid() throws IOException {
    return number(116, 8, "group");
  }

  /** 0 in an entry that is no device: whatever stands there means nothing. */
  int deviceMajor() throws IOException {
    return device(329);
  }

  int deviceMinor() throws IOException {
    return device(337);
  }

  private int device(int offset) throws IOException {
    return type() == TarEntry.CHARACTER_DEVICE || type() == TarEntry.BLOCK_DEVICE
        ? (int) Math.min(number(offset, 8, "device number"), Integer.MAX_VALUE)
        : 0;
  }

  /** Also before 1970, by a number of which the first bit but one is set, too. */
  long seconds() throws IOException {
    if ((block[136] & 0xc0) != 0xc0) {
      return number(136, 12, "time");
    }
    long value = -1;
    for (int i = 137; i < 148; i++) {
      if (value >> 55 != -1) {
        throw outOfRange("time");
      }
      value = (value << 8) | (block[i] & 0xff);
    }
    return value;
  }

  private static BadStreamException outOfRange(String field) {
    return new BadStreamException("tar: the %s of an entry is out of range".formatted(field));
  }

  /** Octal digits, or a number of 8 bits each where the first bit is set. */
  long number(int offset, int length, String field) throws IOException {
    if ((block[offset] & 0x80) != 0) {
      if ((block[offset] & 0x40) != 0) {
        throw outOfRange(field);
      }
      long value = block[offset] & 0x3f;
      for (int i = 1; i < length; i++) {
        if (value >> 55 != 0) {
          throw outOfRange(field);
        }
        value = (value << 8) | (block[offset + i] & 0xff);
      }
      return value;
    }
    int at = offset;
    int end = offset + length;
    while (at < end && block[at] == ' ') {
      at++;
    }
    long value = 0;
    for (; at < end && block[at] >= '0' && block[at] <= '7'; at++) {
      value = (value << 3) | (block[at] - '0'); // at most 12 digits
    }
    for (int rest = at; rest < end && block[rest] != 0; rest++) {
      if (block[rest] != ' ') {
        throw new BadStreamException("tar: the %s of an entry is no number".formatted(field));
      }
    }
    return value;
  }

  /** Up to the first NUL. */
  private String text(int offset, int length) {
    int end = offset;
    while (end < offset + length && block[end] != 0) {
      end++;
    }
    return new String(block, offset, end - offset, charset);
  }
}
