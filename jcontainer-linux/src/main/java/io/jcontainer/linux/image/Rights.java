package io.jcontainer.linux.image;

import io.jcontainer.HostUnsupportedException;
import io.jcontainer.IdMapping.Range;
import io.jcontainer.images.ImageException;
import io.jcontainer.linux.copy.OverlayMarks;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import io.jcontainer.linux.sys.Kernel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM may do with files, and whose they are when it makes them. Root makes all as the
 * layer says. For an ordinary user, files are in the ids of his containers: those that are his own
 * he makes himself, and all others are given away in the end.
 */
final class Rights {
  private final long uid;
  private final long gid;
  private final @Nullable LayerOwner owner;
  private final @Nullable UserPlacement placement;

  /**
   * Looks at who the JVM is.
   *
   * @param owner null for root
   */
  Rights(Kernel kernel, @Nullable LayerOwner owner) {
    this.uid = kernel.effectiveUserId();
    this.gid = kernel.effectiveGroupId();
    this.owner = owner;
    this.placement =
        owner == null
            ? null
            : new UserPlacement(Order.FIRST, owner.ids(), /* groupsDenied= */ false);
    if (owner != null && !(has(owner.ids().uids(), uid) && has(owner.ids().gids(), gid))) {
      throw new HostUnsupportedException(
          "layers of images with the ids " + owner.ids().uids() + " and " + owner.ids().gids(),
          "the JVM's own user %d and group %d must be among them".formatted(uid, gid),
          null);
    }
  }

  private static boolean has(List<Range> ranges, long hostId) {
    return ranges.stream()
        .anyMatch(range -> hostId >= range.hostId() && hostId - range.hostId() < range.size());
  }

  boolean isRoot() {
    return owner == null;
  }

  @Nullable LayerOwner owner() {
    return owner;
  }

  /** Whether all there is belongs to the user: then so do all files, as it says in no layer. */
  private boolean hasOneId() {
    return owner != null && count(owner.ids().uids()) == 1 && count(owner.ids().gids()) == 1;
  }

  private static long count(List<Range> ranges) {
    return ranges.stream().mapToLong(Range::size).sum();
  }

  /**
   * Whether what we make has these owners, as the layer numbers them, without being given away.
   *
   * @throws ImageException if it cannot be given to them
   */
  boolean isCreatedFor(long layerUid, long layerGid) {
    if (placement == null) {
      return layerUid == uid && layerGid == gid;
    }
    if (hasOneId()) {
      return true;
    }
    requireMapped(layerUid, layerGid);
    return placement.userOutside(layerUid) == uid && placement.groupOutside(layerGid) == gid;
  }

  /**
   * Refuses owners that nothing of a layer can be given to.
   *
   * @throws ImageException if these are such
   */
  void requireMapped(long layerUid, long layerGid) {
    if (placement == null || hasOneId()) {
      return;
    }
    if (!placement.mapsUser(layerUid)) {
      throw unmapped("user", layerUid, "/etc/subuid");
    }
    if (!placement.mapsGroup(layerGid)) {
      throw unmapped("group", layerGid, "/etc/subgid");
    }
  }

  /** The id that such a file is given: where there is only one, it is that. */
  long given(long id) {
    return hasOneId() ? 0 : id;
  }

  private static ImageException unmapped(String kind, long id, String file) {
    return new ImageException(
        "it belongs to the %s %d, which containers of this user do not have: a line of %s gives him more ids (usermod(8)); runtimes take the first one"
            .formatted(kind, id, file));
  }

  /** Those of the overlays that layers are mounted in. */
  OverlayMarks marks() {
    return isRoot() ? OverlayMarks.TRUSTED : OverlayMarks.USER;
  }
}
