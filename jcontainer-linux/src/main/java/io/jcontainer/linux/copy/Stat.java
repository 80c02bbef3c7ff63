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
 * @param uid whose it is, as the agent sees it
 * @param gid its group
 * @param links how many names it has
 * @param inode its number in its file system
 * @param blocks how much room it takes, in 512 bytes
 * @param node the number of a device: 0 is a whiteout
 * @param device which file system it is on
 */
record Stat(
    int mode,
    long size,
    long seconds,
    int nanos,
    long uid,
    long gid,
    long links,
    long inode,
    long blocks,
    long node,
    long device) {
  /** The size of struct statx. */
  static final int BYTES = 256;

  private static final int S_IFMT = 0170000;

  private static final int SET_IDS = 06000;

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
        words.getInt(offset + 120),
        Integer.toUnsignedLong(words.getInt(offset + 20)),
        Integer.toUnsignedLong(words.getInt(offset + 24)),
        Integer.toUnsignedLong(words.getInt(offset + 16)),
        words.getLong(offset + 32),
        words.getLong(offset + 48),
        words.getLong(offset + 128),
        words.getLong(offset + 136));
  }

  /** Of a device. */
  int major() {
    return (int) node;
  }

  /** Of a device. */
  int minor() {
    return (int) (node >> 32);
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

  /** All that chmod(2) sets, if it stays its owner's; else without set-user-id and set-group-id. */
  int modeBits(boolean sameOwner) {
    return sameOwner ? mode & 07777 : mode & 07777 & ~SET_IDS;
  }

  /** Whether it is what an overlay's upper layer has in the place of what was removed. */
  boolean isWhiteout() {
    return type() == Type.CHARACTER_DEVICE && node == 0;
  }

  /** Whether there are holes in it. */
  boolean isSparse() {
    return blocks * 512 < size;
  }
}
