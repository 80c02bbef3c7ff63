package io.jcontainer.linux.process;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** A child of the JVM until its end has been taken. */
public final class Child {
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final int pid;
  private final Fd pidfd;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private boolean reaped;
  private boolean timedOut;

  Child(Kernel kernel, int pid, Fd pidfd) {
    this.kernel = kernel;
    this.pid = pid;
    this.pidfd = pidfd;
  }

  int pid() {
    return pid;
  }

  /** Becomes readable when it has ended. */
  Fd pidfd() {
    return pidfd;
  }

  CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  /**
   * Does something with its number, which stays its own meanwhile.
   *
   * @throws ContainerGoneException if it has ended
   */
  synchronized <T> T whileThere(Function<Fd, T> action) {
    if (reaped) {
      throw new ContainerGoneException("process " + pid + " of a container has ended");
    }
    return action.apply(pidfd);
  }

  /** Sends SIGKILL; does nothing after its end. */
  synchronized void kill() {
    if (!reaped) {
      kernel.signal(pidfd, SIGKILL);
    }
  }

  /** Sends SIGKILL because its time is over. */
  synchronized void timeOut() {
    if (!reaped) {
      timedOut = true;
      kill();
    }
  }

  /**
   * Takes its end, which has come. The lock keeps {@link #kill} from a number that is free again.
   */
  void reap() {
    ExitStatus status;
    synchronized (this) {
      reaped = true; // if that fails, somebody else has taken it: it is gone all the same
      Kernel.ChildEnd end;
      try {
        end = kernel.reap(pidfd);
      } finally {
        pidfd.close();
      }
      status = new ExitStatus(end.code(), end.signal(), timedOut && end.signal() == SIGKILL);
    }
    exit.complete(status);
  }
}
