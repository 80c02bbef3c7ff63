package io.jcontainer.linux.copy;

import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.FileStat;
import java.util.List;
import java.util.Optional;

/**
 * What an overlay keeps in its layers besides the files that it shows: overlayfs.rst, "whiteouts
 * and opaque directories".
 */
public enum OverlayMarks {
  /** Those of overlays that root mounts. */
  TRUSTED("trusted.overlay."),

  /** Those of overlays with the option userxattr, as ordinary users mount them: rootfs.Layers. */
  USER("user.overlay.");

  /** The value of {@link #opaque()} that makes a directory so. */
  public static final String OPAQUE = "y";

  /** Of a union by fuse-overlayfs, and of containers/storage, which say owners and whiteouts. */
  private static final List<String> OF_OTHERS = List.of("user.fuseoverlayfs.", "user.containers.");

  private final String prefix;

  OverlayMarks(String prefix) {
    this.prefix = prefix;
  }

  /** Those of the overlays in which the containers of such a user namespace are. */
  static OverlayMarks of(UserPlacement user) {
    return user.order() == Order.FIRST ? USER : TRUSTED;
  }

  /** Whether an attribute says what an overlay shows, by the kernel or by a program. */
  public static boolean isMark(String attribute) {
    return attribute.startsWith(TRUSTED.prefix)
        || attribute.startsWith(USER.prefix)
        || OF_OTHERS.stream().anyMatch(attribute::startsWith);
  }

  /** The attribute of directories that hide those of the same name below them. */
  public String opaque() {
    return prefix + "opaque";
  }

  /**
   * Whether a directory hides those of the same name below it. With "x" it hides nothing: this only
   * says that whiteouts in it may have the form of files.
   *
   * @param parent the directory that it is in
   */
  boolean isOpaque(TreeFiles files, int parent, LayerEntry directory) {
    if (!directory.attributes().contains(opaque())) {
      return false;
    }
    byte[] value = files.attribute(parent, directory.name(), opaque());
    return value != null && value.length == 1 && value[0] == OPAQUE.charAt(0);
  }

  /**
   * Whether it hides what is below it, and is nothing itself. An overlay makes a device for that;
   * tools that could not have written empty files with an attribute.
   */
  boolean isWhiteout(LayerEntry entry) {
    FileStat stat = entry.stat();
    return stat.isWhiteout()
        || (stat.type() == FileStat.Type.FILE
            && stat.size() == 0
            && entry.attributes().contains(prefix + "whiteout"));
  }

  /** Why something can be read by an overlay only, if that is so. */
  Optional<String> onlyForOverlay(LayerEntry entry) {
    return List.of("redirect", "metacopy").stream()
        .map(prefix::concat)
        .filter(entry.attributes()::contains)
        .map(mark -> "its attribute " + mark + " can be followed by an overlay only")
        .findFirst();
  }
}
