package io.jcontainer.linux.copy;

/** How the attributes begin by which an overlay marks what lies in its upper layer. */
final class Overlays {
  /** With the option userxattr, as ordinary users mount it. */
  static final String IN_USER_NAMESPACE = "user.overlay.";

  /** As root mounts it. */
  static final String OF_ROOT = "trusted.overlay.";

  /** Marks a directory that hides those of the same name below it. */
  static final String OPAQUE = "opaque";

  private Overlays() {}
}
