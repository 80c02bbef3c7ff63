package io.jcontainer.linux.sys;

/**
 * What statx(2) says of a file.
 *
 * @param mode type and permissions
 * @param uid whose it is
 * @param gid its group
 * @param size in bytes
 * @param seconds when its content was changed, since 1970
 * @param nanos the rest of it
 * @param links how many names it has
 * @param inode its number in its file system
 * @param major of the number of a device; both are 0 for a whiteout
 * @param minor of the number of a device
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
    int major,
    int minor) {
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

  /** What chmod(2) sets. */
  public int permissions() {
    return mode & 07777;
  }
}
