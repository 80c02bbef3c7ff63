package io.jcontainer.linux.user;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A user, as the kernel knows one, by the numbers of the container.
 *
 * @param groups the supplementary groups
 * @param home the directory in its line of /etc/passwd, or null if no line was looked at
 */
public record Ids(long uid, long gid, List<Long> groups, @Nullable String home) {
  /** More than any user is in; NGROUPS_MAX of Linux is 65,536. */
  public static final int MAX_GROUPS = 1024;

  /** Copies the list. */
  public Ids {
    groups = List.copyOf(groups);
  }
}
