package io.jcontainer;

import java.util.List;

/**
 * How the user and group ids of a user namespace stand for those of the host: user_namespaces(7).
 *
 * @param uids ranges of user ids, at least one, at most 340, not overlapping
 * @param gids ranges of group ids, the same
 * @since 0.1.0
 */
public record IdMapping(List<Range> uids, List<Range> gids) {
  private static final long MAX_ID = 0xFFFF_FFFEL;
  private static final int MAX_RANGES = 340;

  /**
   * A line of a map.
   *
   * @param containerId the first id inside
   * @param hostId the id outside that it stands for
   * @param size how many ids follow each other, at least 1
   */
  public record Range(long containerId, long hostId, long size) {
    /**
     * Checks that all ids lie between 0 and 2^32-2; 2^32-1 means "no id" to the kernel.
     *
     * @param containerId the first id inside
     * @param hostId the id outside that it stands for
     * @param size how many ids follow each other, at least 1
     */
    public Range {
      if (containerId < 0
          || hostId < 0
          || size < 1
          || size > MAX_ID + 1
          || containerId > MAX_ID + 1 - size
          || hostId > MAX_ID + 1 - size) {
        throw new InvalidSpecException(
            "ids",
            "the range %d %d %d has ids outside 0 to 2^32-2, or is empty"
                .formatted(containerId, hostId, size));
      }
    }

    boolean overlaps(Range other) {
      return overlap(containerId, size, other.containerId, other.size)
          || overlap(hostId, size, other.hostId, other.size);
    }

    private static boolean overlap(long a, long aSize, long b, long bSize) {
      return a < b + bSize && b < a + aSize;
    }

    /** As in a map file: first id inside, first id outside, how many. */
    @Override
    public String toString() {
      return containerId + " " + hostId + " " + size;
    }
  }

  /**
   * Copies the lists and checks them.
   *
   * @param uids ranges of user ids
   * @param gids ranges of group ids
   */
  public IdMapping {
    uids = checked("uids", uids);
    gids = checked("gids", gids);
  }

  /**
   * The ids from 0 stand for the host's from {@code hostId}, users and groups alike.
   *
   * @param hostId the host's id that 0 stands for
   * @param size how many ids there are
   * @return the mapping
   */
  public static IdMapping range(long hostId, long size) {
    List<Range> ranges = List.of(new Range(0, hostId, size));
    return new IdMapping(ranges, ranges);
  }

  private static List<Range> checked(String name, List<Range> ranges) {
    if (ranges.isEmpty() || ranges.size() > MAX_RANGES) {
      throw new InvalidSpecException("ids", name + " need 1 to 340 ranges, not " + ranges.size());
    }
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (ranges.get(i).overlaps(ranges.get(j))) {
          throw new InvalidSpecException(
              "ids",
              "the %s ranges \"%s\" and \"%s\" overlap"
                  .formatted(name, ranges.get(j), ranges.get(i)));
        }
      }
    }
    return List.copyOf(ranges);
  }
}
