package io.jcontainer.images.tar;

import org.jspecify.annotations.Nullable;

/**
 * What an archive says of a file. Source: pax(1p), tar(5).
 *
 * @param name the path, as it is written there
 * @param type the type flag
 * @param size how many bytes follow
 * @param mode the permissions
 * @param linkName what a link leads to; empty if it is none
 * @param attributes whose it is, when it was changed, and the like
 * @param sparse where in the file the bytes belong, or null if they are all of it
 */
public record TarEntry(
    String name,
    char type,
    long size,
    int mode,
    String linkName,
    TarAttributes attributes,
    @Nullable SparseMap sparse) {
  /** A regular file. */
  public static final char FILE = '0';

  /** Another name for a file that stands before it. */
  public static final char HARD_LINK = '1';

  /** A symbolic link. */
  public static final char SYMBOLIC_LINK = '2';

  /** A device that gives characters. */
  public static final char CHARACTER_DEVICE = '3';

  /** A device that gives blocks. */
  public static final char BLOCK_DEVICE = '4';

  /** A directory. */
  public static final char DIRECTORY = '5';

  /** A named pipe. */
  public static final char FIFO = '6';

  /** One that belongs to root and is of 1970. */
  public TarEntry(String name, char type, long size, int mode, String linkName) {
    this(name, type, size, mode, linkName, TarAttributes.NONE, null);
  }

  /** A regular file. */
  public static TarEntry file(String name, long size, int mode) {
    return new TarEntry(name, FILE, size, mode, "");
  }

  /** A directory. */
  public static TarEntry directory(String name, int mode) {
    return new TarEntry(name + "/", DIRECTORY, 0, mode, "");
  }
}
