package io.jcontainer.linux.copy;

import java.util.List;
import java.util.Optional;

/**
 * A name in a directory of a layer.
 *
 * @param stat what it is; of a link the link itself
 * @param attributes the names of its extended attributes, a character for each byte
 */
record LayerEntry(FileName name, Stat stat, List<String> attributes) {
  /** The rights that a program gets when it is executed: capabilities(7). */
  static final String CAPABILITY = "security.capability";

  private static final String USER = "user.";

  boolean isDirectory() {
    return stat.type() == Stat.Type.DIRECTORY;
  }

  /**
   * Whether it hides what is below it, and is nothing itself. An overlay makes a device for that;
   * tools that could not have written empty files with an attribute: overlayfs.rst.
   *
   * @param overlay how the attributes of an overlay begin
   */
  boolean isWhiteout(String overlay) {
    return stat.isWhiteout()
        || (stat.type() == Stat.Type.FILE && stat.size() == 0 && has(overlay, "whiteout"));
  }

  /** Whether it has an attribute of the overlay whose upper layer this was. */
  boolean has(String overlay, String attribute) {
    return attributes.contains(overlay + attribute);
  }

  /** The attributes that a copy has too. */
  List<String> copied() {
    return attributes.stream()
        .filter(
            name ->
                name.equals(CAPABILITY) || (name.startsWith(USER) && !Overlays.isForOverlays(name)))
        .toList();
  }

  /**
   * What an overlay has made of it that only an overlay can read.
   *
   * @param overlay how its attributes begin
   */
  Optional<String> onlyForOverlay(String overlay) {
    return List.of("redirect", "metacopy").stream()
        .map(overlay::concat)
        .filter(attributes::contains)
        .findFirst();
  }
}
