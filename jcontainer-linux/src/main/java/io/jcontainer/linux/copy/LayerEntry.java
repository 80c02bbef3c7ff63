package io.jcontainer.linux.copy;

import java.util.List;

/**
 * A name in a directory of a layer.
 *
 * @param stat what it is; of a link the link itself
 * @param attributes the names of its extended attributes, a character for each byte
 */
record LayerEntry(FileName name, Stat stat, List<String> attributes) {
  private static final String USER = "user.";

  boolean isDirectory() {
    return stat.type() == Stat.Type.DIRECTORY;
  }

  /** The attributes that a copy has too. */
  List<String> copied() {
    return attributes.stream()
        .filter(
            name ->
                name.equals(LayerCompletion.CAPABILITY)
                    || (name.startsWith(USER) && !OverlayMarks.isMark(name)))
        .toList();
  }
}
