package io.jcontainer.linux.sys;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permissions
 * @param uid whose it is, as whoever has asked sees it
 * @param gid its group
 * @param size in bytes
 * @param seconds when its content was changed, since 1970
 * @param nanos the rest of it
 * @param links how many names it has
 * @param inode its number in its file system
 * @param blocks how much room it takes, in 512 bytes
 * @param major of the number of a device; both are 0 for a whiteout
 * @param minor of the number of a device
 * @param device which file system it is on
 */
public record FileStat(
    int mode,
    long uid,
    long gid,
    long size,
    long seconds,
    int nanos,
    long links,
    long inode,
    long blocks,
    int major,
    int minor,
    long device) {
  /** The size of struct statx. */
  public static final int BYTES = 256;

  /** The bits of {@link #mode} that are the type. */
  public static final int TYPE = 0170000;

  /** The type of a directory. */
  public static final int DIRECTORY = 0040000;

  /** The type of a symbolic link. */
  public static final int LINK = 0120000;

  /** The type of a device that gives characters. */
  public static final int CHARACTER_DEVICE = 0020000;

  /** The type of a device that gives blocks. */
  public static final int BLOCK_DEVICE = 0060000;

  /** The type of a named pipe. */
  public static final int FIFO = 0010000;

  private static final int SET_IDS = 06000;

  /** Of files: inode(7). */
  public enum Type {
    DIRECTORY(FileStat.DIRECTORY, "directory"),
    FILE(0100000, "file"),
    LINK(FileStat.LINK, "symbolic link"),
    FIFO(FileStat.FIFO, "FIFO"),
    SOCKET(0140000, "socket"),
    BLOCK_DEVICE(FileStat.BLOCK_DEVICE, "block device"),
    CHARACTER_DEVICE(FileStat.CHARACTER_DEVICE, "character device");

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
  public static FileStat parse(byte[] bytes, int offset) {
    return parse(ByteBuffer.wrap(bytes), offset);
  }

  /** The same, whatever the order of the buffer's bytes is. */
  public static FileStat parse(ByteBuffer bytes, int offset) {
    ByteBuffer words = bytes.duplicate().order(ByteOrder.nativeOrder());
    return new FileStat(
        words.getShort(offset + 28) & 0xffff,
        Integer.toUnsignedLong(words.getInt(offset + 20)),
        Integer.toUnsignedLong(words.getInt(offset + 24)),
        words.getLong(offset + 40),
        words.getLong(offset + 112),
        words.getInt(offset + 120),
        Integer.toUnsignedLong(words.getInt(offset + 16)),
        words.getLong(offset + 32),
        words.getLong(offset + 48),
        words.getInt(offset + 128),
        words.getInt(offset + 132),
        words.getLong(offset + 136));
  }

  /** Its type. */
  public Type type() {
    for (Type type : Type.values()) {
      if (type.bits == (mode & TYPE)) {
        return type;
      }
    }
    throw new IllegalStateException("there is no file of mode 0" + Integer.toOctalString(mode));
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  /** Whether it is a symbolic link. */
  public boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  /** Whether it is what an overlay takes for the mark that something below was removed. */
  public boolean isWhiteout() {
    return (mode & TYPE) == CHARACTER_DEVICE && major == 0 && minor == 0;
  }

  /** Whether there are holes in it. */
  public boolean isSparse() {
    return blocks * 512 < size;
  }

  /** What chmod(2) sets. */
  public int permissions() {
    return mode & 07777;
  }

  /** The same without set-user-id and set-group-id, unless it stays its owner's. */
  public int permissions(boolean sameOwner) {
    return sameOwner ? permissions() : permissions() & ~SET_IDS;
  }
}
