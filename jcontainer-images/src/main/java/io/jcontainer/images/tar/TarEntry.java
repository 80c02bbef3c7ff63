package io.jcontainer.images.tar;

/**
 * What an archive says of a file. Source: pax(1p), tar(5).
 *
 * @param name the path, as it is written there
 * @param type the type flag
 * @param size how many bytes follow
 * @param mode the permissions
 * @param linkName what a link leads to; empty if it is none
 */
public record TarEntry(String name, char type, long size, int mode, String linkName) {
  /** A regular file. */
  public static final char FILE = '0';

  /** Another name for a file that stands before it. */
  public static final char HARD_LINK = '1';

  /** A symbolic link. */
  public static final char SYMBOLIC_LINK = '2';

  /** A directory. */
  public static final char DIRECTORY = '5';

  /** A regular file. */
  public static TarEntry file(String name, long size, int mode) {
    return new TarEntry(name, FILE, size, mode, "");
  }

  /** A directory. */
  public static TarEntry directory(String name, int mode) {
    return new TarEntry(name + "/", DIRECTORY, 0, mode, "");
  }
}
