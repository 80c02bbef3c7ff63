package io.jcontainer.linux.cgroup;

import io.jcontainer.HostUnsupportedException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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

  /** As the error that it is without bestEffort(). */
  HostUnsupportedException exception(@Nullable Throwable cause) {
    return new HostUnsupportedException(
        limit, why + cure.map(text -> ". " + text).orElse(""), cause);
  }

  /**
   * All of them as one error, which tells the first and names those that are for the same reason.
   */
  static HostUnsupportedException exception(List<Unenforced> all) {
    Unenforced first = all.get(0);
    String limits =
        all.stream()
            .filter(each -> each.why().equals(first.why()))
            .map(Unenforced::limit)
            .distinct()
            .collect(Collectors.joining(", "));
    return new Unenforced(limits, first.why(), first.cure()).exception((Throwable) null);
  }

  /** As a sentence. */
  public String sentence() {
    return limit + " cannot be enforced: " + why + cure.map(text -> ". " + text).orElse("");
  }
}
