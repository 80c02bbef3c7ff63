package io.jcontainer.linux.copy;

import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;

/** Whose the files of a copy are: those whose the container would see the layers' to be. */
final class Owners {
  /** What the kernel shows in a user namespace of all ids that it has not: overflowuid. */
  private static final long NOBODY = 65534;

  private final UserPlacement user;

  Owners(UserPlacement user) {
    this.user = user;
  }

  /**
   * An owner, in the ids of the agent that copies.
   *
   * @param same whether it is the layer's: another one must not inherit set-user-id bits
   */
  record Owner(long uid, long gid, boolean same) {}

  /** Of the container's root. */
  Owner root() {
    return user.order() == Order.FIRST
        ? new Owner(0, 0, true)
        : new Owner(user.rootUid(), user.rootGid(), true);
  }

  /** Of the root, whose ids the container has. */
  Owner of(RootAttributes root) {
    return new Owner(user.userForMount(root.uid()), user.groupForMount(root.gid()), true);
  }

  /** Of the copy of a file with these ids in the layer. */
  Owner of(long uid, long gid) {
    boolean inside = user.order() == Order.FIRST;
    boolean hasUser = inside ? uid != NOBODY : user.mapsUser(uid);
    boolean hasGroup = inside ? gid != NOBODY : user.mapsGroup(gid);
    Owner root = root();
    return new Owner(
        hasUser ? inside ? uid : user.userOutside(uid) : root.uid(),
        hasGroup ? inside ? gid : user.groupOutside(gid) : root.gid(),
        hasUser && hasGroup);
  }
}
