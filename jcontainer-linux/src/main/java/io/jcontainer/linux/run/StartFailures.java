package io.jcontainer.linux.run;

import io.jcontainer.LaunchPlan;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.sys.SyscallException;
import org.jspecify.annotations.Nullable;

/** A start that fails by a call of the JVM itself. */
final class StartFailures {
  private StartFailures() {}

  static StartFailedException of(SyscallException e) {
    return new StartFailedException(
        new LaunchPlan.Step(Actor.JVM, e.call(), "made by the JVM itself"),
        e.errno().name(),
        e.errno().message(),
        hint(e),
        e);
  }

  /** What a user can do, if that is known. */
  static @Nullable String hint(SyscallException e) {
    return switch (e.errno()) {
      case EMFILE -> "The JVM has too many open files: see ulimit -n";
      case ENFILE -> "The host has too many open files: see /proc/sys/fs/file-max";
      // The launcher's descriptors are put above those that it inherits.
      case EINVAL -> e.call().contains("F_DUPFD_CLOEXEC") ? "ulimit -n must be above 128" : null;
      case EAGAIN ->
          e.call().startsWith("posix_spawn")
              ? "Too many processes: see ulimit -u and the cgroup's pids.max"
              : "The launcher said nothing for a minute, and was killed";
      default -> null;
    };
  }
}
