package io.jcontainer.linux.cgroup;

import java.util.Optional;

/**
 * A limit that cannot be enforced here: an error, or, if the limits are for the best effort, left
 * out and told.
 *
 * @param limit the field of the limits, such as {@code limits.memoryHigh}
 * @param why the version, the controller or the kernel that cannot do it, as a part of a sentence
 * @param cure what the user or the administrator can do, if anything is known
 */
public record Unenforced(String limit, String why, Optional<String> cure) {

  /** Without a cure. */
  Unenforced(String limit, String why) {
    this(limit, why, Optional.empty());
  }

  /** As a sentence. */
  public String sentence() {
    return limit + " cannot be enforced: " + why + cure.map(text -> ". " + text).orElse("");
  }
}
