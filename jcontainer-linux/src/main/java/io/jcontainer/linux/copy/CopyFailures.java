package io.jcontainer.linux.copy;

import io.jcontainer.CopyFailedException;
import io.jcontainer.linux.sys.SyscallException;

/** Says what went wrong: the side, the path, the call, and what the caller can do. */
final class CopyFailures {
  private CopyFailures() {}

  static CopyFailedException of(String place, String path, SyscallException failure, String soFar) {
    String hint =
        switch (failure.errno()) {
          case EACCES ->
              ". The ids that copy have no rights there: on the host those of the JVM, in"
                  + " the container those of its root, which owns what its ids own";
          case EROFS -> ". It is mounted read-only there";
          case ENOSPC, EDQUOT -> ". The file system is full";
          case EINVAL ->
              failure.call().startsWith("sendfile(")
                  ? ". Its file system does not let the kernel copy it, as /proc; let a command read it"
                  : "";
          case EBUSY -> ". Something is mounted there";
          case ELOOP, ENOTDIR -> ". A link or a file is where a directory should be";
          case EMFILE -> ". Each level of directories takes a descriptor: see ulimit -n";
          case EAGAIN -> ". Nothing happened for a minute, and the copy was given up";
          case EPIPE, ECONNRESET -> ". The process that copies was killed, or the runtime closed";
          default -> "";
        };
    return new CopyFailedException(
        "copy failed: \"%s\" %s: %s%s%s".formatted(path, place, failure.getMessage(), hint, soFar),
        path,
        failure.errno().name(),
        failure);
  }

  static CopyFailedException refused(String place, String path, String problem, String soFar) {
    return new CopyFailedException(
        "copy failed: \"%s\" %s: %s%s".formatted(path, place, problem, soFar), path, null, null);
  }
}
