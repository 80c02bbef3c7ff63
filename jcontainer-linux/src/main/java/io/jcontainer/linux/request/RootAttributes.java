package io.jcontainer.linux.request;

/**
 * What a root directory is like when a container begins. An image says so; the directories of the
 * host that a root is made of do not: one that was made for that, by mkdtemp(3), would lock
 * everybody out.
 *
 * @param mode all that chmod(2) sets
 * @param uid whose it is, in the container's ids
 * @param gid its group
 */
public record RootAttributes(int mode, long uid, long gid) {
  /** If nobody says anything else. */
  public static final RootAttributes USUAL = new RootAttributes(0755, 0, 0);

  private static final int SET_IDS = 06000;

  /** Whether nothing is to be done for it. */
  public boolean isUsual() {
    return equals(USUAL);
  }

  /** Whether it is the container's root's. */
  public boolean isRoots() {
    return uid == 0 && gid == 0;
  }

  /**
   * The same in a container with these ids: what belongs to one that it has not becomes its root's,
   * without set-user-id and set-group-id bits. Nobody in there could change it otherwise.
   */
  public RootAttributes in(UserPlacement user) {
    boolean hasUser = user.mapsUser(uid);
    boolean hasGroup = user.mapsGroup(gid);
    return hasUser && hasGroup
        ? this
        : new RootAttributes(mode & ~SET_IDS, hasUser ? uid : 0, hasGroup ? gid : 0);
  }
}
