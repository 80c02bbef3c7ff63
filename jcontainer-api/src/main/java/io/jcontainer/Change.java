package io.jcontainer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/**
 * What a container has changed in its root file system: {@link Container#changes()}.
 *
 * @since 0.1.0
 */
public final class Change implements Comparable<Change> {
  private final Kind kind;
  private final String latin1;

  /** What has become of a file, a directory or a link. */
  public enum Kind {
    /** It is in no layer below. */
    ADDED('A'),
    /** It is another one than below, or has another content, owner, mode or attribute. */
    MODIFIED('C'),
    /** It is in a layer below, and has been removed. */
    DELETED('D');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    /**
     * How {@code docker diff} calls it.
     *
     * @return A, C or D
     */
    public char letter() {
      return letter;
    }
  }

  private Change(Kind kind, String latin1) {
    this.kind = kind;
    this.latin1 = latin1;
  }

  /**
   * A change.
   *
   * @param kind what has happened
   * @param path the path in the container, absolute; its bytes
   * @return the value
   */
  public static Change of(Kind kind, byte[] path) {
    return new Change(kind, new String(path, ISO_8859_1));
  }

  /**
   * The same of a path that is UTF-8.
   *
   * @param kind what has happened
   * @param path the path in the container, absolute
   * @return the value
   */
  public static Change of(Kind kind, String path) {
    return of(kind, path.getBytes(UTF_8));
  }

  /**
   * What has happened.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * Where, as text. The container chooses its names: they can have any characters in them but NUL,
   * such as newlines and what changes a terminal.
   *
   * @return an absolute path; what is not UTF-8 in it is U+FFFD
   */
  public String path() {
    return new String(pathBytes(), UTF_8);
  }

  /**
   * Where.
   *
   * @return the bytes of an absolute path, which need not be UTF-8
   */
  public byte[] pathBytes() {
    return latin1.getBytes(ISO_8859_1);
  }

  /** By their paths, in the order of the bytes. */
  @Override
  public int compareTo(Change other) {
    int order = latin1.compareTo(other.latin1);
    return order != 0 ? order : kind.compareTo(other.kind);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Change change && kind == change.kind && latin1.equals(change.latin1);
  }

  @Override
  public int hashCode() {
    return 31 * latin1.hashCode() + kind.hashCode();
  }

  /** A line of {@code docker diff}. */
  @Override
  public String toString() {
    return kind.letter() + " " + path();
  }
}
