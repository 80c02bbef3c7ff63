package io.jcontainer.linux.copy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Reads what getdents64(2) returns: struct linux_dirent64. */
final class Listing {
  private static final int NAME = 19;

  private Listing() {}

  /** Adds the names, apart from "." and "..". */
  static void parse(byte[] entries, List<FileName> names) {
    ByteBuffer words = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < entries.length; ) {
      int length = words.getShort(at + 16) & 0xFFFF;
      int end = at + NAME;
      while (entries[end] != 0) {
        end++;
      }
      FileName name = FileName.of(Arrays.copyOfRange(entries, at + NAME, end));
      if (name.isProper()) {
        names.add(name);
      }
      at += length;
    }
  }
}
