package io.jcontainer.linux.request;

import io.jcontainer.IdMapping;
import io.jcontainer.InvalidSpecException;
import java.util.List;

/**
 * Which user namespace a container gets, and when its first process enters it.
 *
 * @param order when
 * @param ids what its ids stand for; for {@link Order#NEVER} all ids stand for themselves
 * @param groupsDenied whether setgroups(2) is refused in it
 * @param nested for {@link Order#FIRST}: whether it enters another one within it, of the same ids,
 *     after all mounts; as with {@link Order#LAST}, they then cannot be undone from inside
 */
public record UserPlacement(Order order, IdMapping ids, boolean groupsDenied, boolean nested) {
  /** The descriptor by which the launcher gets the namespace. */
  public static final int DESCRIPTOR = 4;

  /** The descriptor by which it gets the nested one. */
  public static final int NESTED = 5;

  /** One that is not nested. */
  public UserPlacement(Order order, IdMapping ids, boolean groupsDenied) {
    this(order, ids, groupsDenied, false);
  }

  /** The same with another one within it. */
  public UserPlacement withNested() {
    return new UserPlacement(order, ids, groupsDenied, true);
  }

  /** How many of these descriptors there are. */
  public int namespaces() {
    if (order == Order.NEVER) {
      return 0;
    }
    return nested ? 2 : 1;
  }

  /** The descriptor of the namespace that is entered after all mounts, or -1 if there is none. */
  public int last() {
    if (nested) {
      return NESTED;
    }
    return order == Order.LAST ? DESCRIPTOR : -1;
  }

  /** When the user namespace is entered. */
  public enum Order {
    /** The container shares the JVM's. */
    NEVER,
    /** Before all else: an ordinary user has no rights outside of it. */
    FIRST,
    /**
     * After all mounts: they then belong to a namespace above the container's, and not even its
     * root with all capabilities can undo a mask or make a read-only mount writable.
     */
    LAST
  }

  /** The container shares the JVM's user namespace. */
  public static UserPlacement none() {
    return new UserPlacement(Order.NEVER, IdMapping.range(0, 0xFFFF_FFFFL), false);
  }

  /** The user id outside that is 0 inside. */
  public long rootUid() {
    return hostId(ids.uids(), 0);
  }

  /** The group id outside that is 0 inside. */
  public long rootGid() {
    return hostId(ids.gids(), 0);
  }

  /** The user id outside that is this one inside, which must be mapped. */
  public long userOutside(long uid) {
    return hostId(ids.uids(), uid);
  }

  /** The same for a group id. */
  public long groupOutside(long gid) {
    return hostId(ids.gids(), gid);
  }

  /** Whether a user id is mapped inside. */
  public boolean mapsUser(long uid) {
    return ids.uids().stream().anyMatch(range -> maps(range, uid));
  }

  /** Whether a group id is mapped inside. */
  public boolean mapsGroup(long gid) {
    return ids.gids().stream().anyMatch(range -> maps(range, gid));
  }

  /**
   * The id of a user inside as the process names it that puts the root together: mount options and
   * chown(2) are read in its user namespace.
   */
  public long userForMount(long uid) {
    return order == Order.LAST ? hostId(ids.uids(), uid) : uid;
  }

  /** The same for a group. */
  public long groupForMount(long gid) {
    return order == Order.LAST ? hostId(ids.gids(), gid) : gid;
  }

  private static long hostId(List<IdMapping.Range> ranges, long id) {
    IdMapping.Range range =
        ranges.stream()
            .filter(candidate -> maps(candidate, id))
            .findFirst()
            .orElseThrow(() -> new InvalidSpecException("ids", "the id " + id + " must be mapped"));
    return range.hostId() + id - range.containerId();
  }

  private static boolean maps(IdMapping.Range range, long id) {
    return id >= range.containerId() && id - range.containerId() < range.size();
  }
}
