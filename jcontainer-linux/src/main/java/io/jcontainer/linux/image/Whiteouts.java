package io.jcontainer.linux.image;

import io.jcontainer.images.InvalidImageException;
import java.util.ArrayList;
import java.util.List;

/**
 * The names by which a layer says what it removes of those below: the form that AUFS gave to OCI.
 * Source: the OCI image specification, layer.md, "Whiteouts".
 */
final class Whiteouts {
  private static final String PREFIX = ".wh.";

  /** What begins so is AUFS's own, but for one. */
  private static final String META_PREFIX = ".wh..wh.";

  private static final String OPAQUE = ".wh..wh..opq";

  private Whiteouts() {}

  /** Whether a directory hides all that is below. */
  static boolean isOpaque(LayerPath path) {
    return path.name().equals(OPAQUE);
  }

  /**
   * Whether it belongs to what AUFS kept for itself, which no other system has a use for.
   *
   * @throws InvalidImageException if something is said to be in a whiteout
   */
  static boolean isIgnored(LayerPath path) {
    if (path.isRoot()) {
      return false;
    }
    for (String name : path.parent()) {
      if (name.startsWith(META_PREFIX)) {
        return true;
      }
      requireOther(name);
    }
    return path.name().startsWith(META_PREFIX) && !isOpaque(path);
  }

  /**
   * Refuses a name that only a whiteout can have.
   *
   * @throws InvalidImageException if it is one
   */
  static void requireOther(String name) {
    if (name.startsWith(PREFIX)) {
      throw new InvalidImageException("it is said to be in a whiteout");
    }
  }

  /** Whether it says that something was removed. */
  static boolean isWhiteout(LayerPath path) {
    return path.name().startsWith(PREFIX);
  }

  /**
   * What was removed.
   *
   * @throws InvalidImageException if that cannot be
   */
  static LayerPath target(LayerPath whiteout) {
    String name = whiteout.name().substring(PREFIX.length());
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new InvalidImageException("it is a whiteout of nothing that can be removed");
    }
    List<String> names = new ArrayList<>(whiteout.parent());
    names.add(name);
    return new LayerPath(names);
  }
}
