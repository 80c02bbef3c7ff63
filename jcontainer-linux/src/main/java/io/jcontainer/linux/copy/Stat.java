package io.jcontainer.linux.copy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permission bits
 * @param size in bytes
 * @param seconds of the last change of its content, since 1970
 * @param nanos the rest of it
 */
record Stat(int mode, long size, long seconds, int nanos) {
  /** The size of struct statx. */
  static final int BYTES = 256;

  private static final int S_IFMT = 0170000;

  /** Of files: inode(7). */
  enum Type {
    DIRECTORY(0040000, "directory"),
    FILE(0100000, "file"),
    LINK(0120000, "symbolic link"),
    FIFO(0010000, "FIFO"),
    SOCKET(0140000, "socket"),
    BLOCK_DEVICE(0060000, "block device"),
    CHARACTER_DEVICE(0020000, "character device");

    private final int bits;
    private final String name;

    Type(int bits, String name) {
      this.bits = bits;
      this.name = name;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Reads a struct statx. */
  static Stat parse(byte[] bytes, int offset) {
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new Stat(
        words.getShort(offset + 28) & 0xFFFF,
        words.getLong(offset + 40),
        words.getLong(offset + 112),
        words.getInt(offset + 120));
  }

  Type type() {
    for (Type type : Type.values()) {
      if (type.bits == (mode & S_IFMT)) {
        return type;
      }
    }
    throw new IllegalStateException("there is no file of mode 0" + Integer.toOctalString(mode));
  }

  /** Read, write and execute of user, group and others; never set-user-id, set-group-id, sticky. */
  int permissions() {
    return mode & 0777;
  }
}
