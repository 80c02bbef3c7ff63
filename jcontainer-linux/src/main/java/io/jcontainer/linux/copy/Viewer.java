package io.jcontainer.linux.copy;

import io.jcontainer.IdMapping;
import io.jcontainer.linux.request.UserPlacement;
import io.jcontainer.linux.request.UserPlacement.Order;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * How a container sees the owners that an agent finds on disk.
 *
 * @param user which user namespace it is in
 * @param idmapped whether its layers are mounted with its ids
 */
record Viewer(UserPlacement user, boolean idmapped) {
  /** What the kernel shows of all ids that a user namespace has not: overflowuid. */
  private static final long NOBODY = 65534;

  /** struct vfs_ns_cap_data: a magic number, two times two sets, and whose root may use them. */
  private static final int CAPABILITIES_OF_ROOT = 24;

  private static final int REVISION_MASK = 0xFF00_0000;
  private static final int REVISION_2 = 0x0200_0000;
  private static final int REVISION_3 = 0x0300_0000;

  /**
   * A user.
   *
   * @param upper whether it was found in the write layer
   */
  long uid(long found, boolean upper) {
    return view(found, upper, user.ids().uids());
  }

  /** A group. */
  long gid(long found, boolean upper) {
    return view(found, upper, user.ids().gids());
  }

  private long view(long found, boolean upper, List<IdMapping.Range> ranges) {
    if (user.order() != Order.LAST) {
      return found; // the agent sees what the container does
    }
    for (IdMapping.Range range : ranges) {
      long first = !upper && idmapped ? range.containerId() : range.hostId();
      if (found >= first && found - first < range.size()) {
        return range.containerId() + found - first;
      }
    }
    return NOBODY;
  }

  /**
   * The capabilities of a file: what root of the container gave are on disk for the host's id of
   * it, capabilities(7).
   */
  byte[] capabilities(byte[] found) {
    if (user.order() != Order.LAST || found.length != CAPABILITIES_OF_ROOT) {
      return found;
    }
    ByteBuffer words = ByteBuffer.wrap(found.clone()).order(ByteOrder.LITTLE_ENDIAN);
    int magic = words.getInt(0);
    long root = Integer.toUnsignedLong(words.getInt(CAPABILITIES_OF_ROOT - 4));
    if ((magic & REVISION_MASK) != REVISION_3 || root != user.rootUid()) {
      return found;
    }
    words.putInt(0, (magic & ~REVISION_MASK) | REVISION_2);
    return Arrays.copyOf(words.array(), CAPABILITIES_OF_ROOT - 4);
  }
}
