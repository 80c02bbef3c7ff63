package io.jcontainer.linux.copy;

import java.util.List;

/** How the attributes begin by which an overlay marks what lies in its upper layer. */
public final class Overlays {
  /** With the option userxattr, as ordinary users mount it. */
  static final String IN_USER_NAMESPACE = "user.overlay.";

  /** As root mounts it. */
  static final String OF_ROOT = "trusted.overlay.";

  /** Marks a directory that hides those of the same name below it. */
  static final String OPAQUE = "opaque";

  /** Of a union by fuse-overlayfs, and of containers/storage, which say owners and whiteouts. */
  private static final List<String> OF_OTHERS = List.of("user.fuseoverlayfs.", "user.containers.");

  private Overlays() {}

  /** Whether this attribute in user.* says what an overlay shows, by the kernel or by a program. */
  public static boolean isForOverlays(String name) {
    return name.startsWith(IN_USER_NAMESPACE) || OF_OTHERS.stream().anyMatch(name::startsWith);
  }
}
