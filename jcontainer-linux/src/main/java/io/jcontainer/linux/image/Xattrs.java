package io.jcontainer.linux.image;

import io.jcontainer.linux.copy.Overlays;

/** Which extended attributes a layer may give to files: xattr(7). */
final class Xattrs {
  /** The rights that a program gets when it is executed: capabilities(7). */
  static final String CAPABILITY = "security.capability";

  private static final String OF_OVERLAYS = "overlay.";

  private Xattrs() {}

  /**
   * Whether an attribute is taken. Those of overlays are not: by them a layer could have other
   * files shown than its own. Nor are those of the host's: labels of SELinux, hashes of IMA, lists
   * of who has access.
   *
   * @param root whether the JVM is root, which alone can set those in trusted.* and capabilities
   */
  static boolean isTaken(String name, boolean root) {
    if (name.startsWith("user.")) {
      return !Overlays.isForOverlays(name);
    }
    if (name.startsWith("trusted.")) {
      return root && !name.startsWith(OF_OVERLAYS, "trusted.".length());
    }
    return root && name.equals(CAPABILITY);
  }
}
