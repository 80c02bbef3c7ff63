package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.ExitStatus;
import io.jcontainer.Signal;
import io.jcontainer.StartFailedException;

/**
 * The exit codes of {@code docker run}, so that scripts can tell our failures from the command's.
 */
final class ExitCode {
  /** What was asked for is done. */
  static final int OK = 0;

  /** Of {@code doctor}: this host cannot start containers. */
  static final int UNFIT = 1;

  /** jcontainer itself failed, or was called wrongly. */
  static final int FAILED = 125;

  /** The command is there, but cannot be invoked. */
  static final int NOT_INVOKED = 126;

  /** The command is not there. */
  static final int NOT_FOUND = 127;

  /** 128 plus SIGKILL: how a container ends whose time is over. */
  static final int KILLED = 137;

  private ExitCode() {}

  static int of(ExitStatus status) {
    return status.timedOut() ? KILLED : status.shellCode();
  }

  static int of(Signal signal) {
    return 128 + signal.number();
  }

  static int of(ContainerException failure) {
    if (failure instanceof StartFailedException start && start.step().call().startsWith("execve")) {
      return start.errno().equals("ENOENT") ? NOT_FOUND : NOT_INVOKED;
    }
    return FAILED;
  }
}
