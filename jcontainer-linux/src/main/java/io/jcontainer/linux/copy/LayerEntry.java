package io.jcontainer.linux.copy;

import io.jcontainer.linux.sys.FileStat;
import java.util.List;

/**
 * A name in a directory of a layer.
 *
 * @param stat what it is; of a link the link itself
 * @param attributes the names of its extended attributes, a character for each byte
 */
record LayerEntry(FileName name, FileStat stat, List<String> attributes) {
  private static final String USER = "user.";

  boolean isDirectory() {
    return stat.isDirectory();
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
