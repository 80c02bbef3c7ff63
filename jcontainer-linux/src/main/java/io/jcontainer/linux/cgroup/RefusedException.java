package io.jcontainer.linux.cgroup;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Controllers cannot be had in the runtime's directory. Whoever asked knows what for. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Optional<String> cure;

  /**
   * Says why.
   *
   * @param why as a part of a sentence
   * @param cure what the user or the administrator can do, if anything is known
   */
  RefusedException(String why, Optional<String> cure, @Nullable Throwable cause) {
    super(why, cause);
    this.cure = cure;
  }

  /** As a part of a sentence. */
  String why() {
    return String.valueOf(getMessage());
  }

  Optional<String> cure() {
    return cure;
  }
}
