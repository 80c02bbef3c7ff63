package io.jcontainer.linux.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.jcontainer.images.InvalidImageException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an entry of a layer belongs: names below the layer's root, none of which leads anywhere
 * else. A name has a character for each byte.
 *
 * @param names from the root downwards; empty for the root itself
 */
record LayerPath(List<String> names) {
  /** NAME_MAX and PATH_MAX, as linux/limits.h has them. */
  private static final int LONGEST_NAME = 255;

  private static final int LONGEST = 4095;

  /** Each level takes a descriptor while it is worked in. */
  private static final int DEEPEST = 1_000;

  /**
   * Looks at the limits.
   *
   * @throws InvalidImageException if it is longer or deeper than they allow
   */
  LayerPath {
    requireDepth(names.size());
    long bytes = names.size() - 1L;
    for (String name : names) {
      bytes += name.length();
    }
    requireLength(bytes);
  }

  private static void requireLength(long bytes) {
    if (bytes > LONGEST) {
      throw new InvalidImageException(
          "its name has %d bytes; at most %d are allowed".formatted(bytes, LONGEST));
    }
  }

  /** Refuses what lies deeper than directories can be open. */
  static void requireDepth(int depth) {
    if (depth > DEEPEST) {
      throw new InvalidImageException("it lies deeper than %d directories".formatted(DEEPEST));
    }
  }

  /**
   * Takes the name of an entry apart. One that begins with a slash is meant from the layer's root,
   * and {@code ..} takes away the name before it, whatever that is: so other programs have it, too.
   *
   * @throws InvalidImageException if it leads out of the layer
   */
  static LayerPath of(String name) {
    requireLength(name.length());
    List<String> names = new ArrayList<>();
    for (String each : split(name)) {
      if (!each.equals("..")) {
        names.add(each);
      } else if (names.isEmpty()) {
        throw new InvalidImageException("its name leads out of the layer");
      } else {
        names.remove(names.size() - 1);
      }
    }
    return new LayerPath(names);
  }

  /**
   * The names of a path, without those that lead nowhere; {@code ..} may be among them.
   *
   * @throws InvalidImageException if one is longer than a name can be
   */
  static List<String> split(String path) {
    List<String> names = new ArrayList<>();
    for (int from = 0; from <= path.length(); ) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 ? path.length() : slash;
      String each = path.substring(from, end);
      if (each.length() > LONGEST_NAME) {
        throw new InvalidImageException(
            "a part of its name has %d bytes; at most %d are allowed"
                .formatted(each.length(), LONGEST_NAME));
      }
      if (!each.isEmpty() && !each.equals(".")) {
        names.add(each);
      }
      from = end + 1;
    }
    return names;
  }

  boolean isRoot() {
    return names.isEmpty();
  }

  /** The last name. */
  String name() {
    return names.get(names.size() - 1);
  }

  /** The directory that it is in. */
  List<String> parent() {
    return names.subList(0, names.size() - 1);
  }

  /** The same as one text. */
  String text() {
    return String.join("/", names);
  }

  /** The bytes of a name as text, for messages. */
  static String shown(String bytes) {
    String text = new String(bytes.getBytes(ISO_8859_1), UTF_8);
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(200)
        .forEach(each -> shown.appendCodePoint(Character.isISOControl(each) ? '?' : each));
    return text.length() > 200 ? shown + "..." : shown.toString();
  }
}
