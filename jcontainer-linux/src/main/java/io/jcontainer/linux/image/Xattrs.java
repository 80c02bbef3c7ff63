package io.jcontainer.linux.image;

import io.jcontainer.linux.copy.LayerCompletion;
import io.jcontainer.linux.copy.OverlayMarks;

/** Which extended attributes a layer may give to files: xattr(7). */
final class Xattrs {
  private Xattrs() {}

  /**
   * Whether an attribute is taken. Those of overlays are not: by them a layer could have other
   * files shown than its own. Nor are those of the host's: labels of SELinux, hashes of IMA, lists
   * of who has access.
   *
   * @param root whether the JVM is root, which alone can set those in trusted.* and capabilities
   */
  static boolean isTaken(String name, boolean root) {
    if (OverlayMarks.isMark(name)) {
      return false;
    }
    return name.startsWith("user.")
        || (root && (name.startsWith("trusted.") || name.equals(LayerCompletion.CAPABILITY)));
  }
}
