package io.jcontainer.linux.process;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.state.RunningProcess;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.Kernel.ChildEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A child of the JVM until its end has been taken. */
public final class Child {
  private static final int SIGKILL = 9;

  private final Kernel kernel;
  private final int pid;
  private final Fd pidfd;
  private final Kin kin;
  private final @Nullable ExitReport report;
  private final @Nullable ChildGroup group;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final List<Runnable> held = new ArrayList<>();
  private OptionalLong startTime = OptionalLong.empty();
  private boolean reaped;
  private boolean timedOut;

  /** Who dies with it. */
  public enum Kin {
    /** What the kernel sees to: with process 1, its whole pid namespace. */
    KERNELS,
    /** All that came from it, which have to be looked for: it is their reaper. */
    DESCENDANTS,
    /** All that is in its cgroups, which are its own. */
    CGROUP
  }

  Child(Kernel kernel, int pid, Fd pidfd, Kin kin, @Nullable ExitReport report) {
    this(kernel, pid, pidfd, kin, report, null);
  }

  Child(
      Kernel kernel,
      int pid,
      Fd pidfd,
      Kin kin,
      @Nullable ExitReport report,
      @Nullable ChildGroup group) {
    this.kernel = kernel;
    this.pid = pid;
    this.pidfd = pidfd;
    this.kin = kin;
    this.report = report;
    this.group = group;
  }

  int pid() {
    return pid;
  }

  Kin kin() {
    return kin;
  }

  /** Says when it started: {@link RunningProcess#startTime}, as long as its number was its own. */
  public synchronized Child startedAt(OptionalLong ticks) {
    startTime = ticks;
    return this;
  }

  /** When it started, in ticks since boot; empty if it had ended before anybody could look. */
  synchronized OptionalLong startTime() {
    return startTime;
  }

  /** Becomes readable when it has ended. */
  Fd pidfd() {
    return pidfd;
  }

  /** Is completed when its end has been taken. */
  public CompletableFuture<ExitStatus> exit() {
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

  /** Keeps something until its end has been taken, and gives it back before that is told. */
  public synchronized void hold(Runnable giveBack) {
    if (reaped) {
      giveBack.run();
    } else {
      held.add(giveBack);
    }
  }

  /** Sends a signal; does nothing after its end. */
  synchronized void signal(int number) {
    if (reaped) {
      return;
    }
    if (number == SIGKILL && group != null) {
      group.beforeKill();
    }
    kernel.signal(pidfd, number);
    if (number == SIGKILL && group != null) {
      group.thaw();
    }
  }

  /** Sends SIGKILL to it and its kin; does nothing after its end. */
  public synchronized void kill() {
    if (reaped) {
      return;
    }
    if (kin != Kin.DESCENDANTS) {
      signal(SIGKILL);
    } else if (group == null || !group.isHeld()) { // else none of them would end
      new ProcessTree(kernel).kill(pid, pidfd);
    }
    if (kin != Kin.KERNELS && group != null) {
      group.killAll();
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
      try {
        ChildEnd end = kernel.reap(pidfd);
        if (report != null) {
          Optional<ChildEnd> told = report.read();
          end = told.orElse(end);
          if (told.isEmpty() && group != null) {
            group.lost();
          }
        }
        status = new ExitStatus(end.code(), end.signal(), timedOut && end.signal() == SIGKILL);
        if (group != null) {
          status = group.atEnd(status);
        }
      } finally {
        pidfd.close();
        if (report != null) {
          report.close();
        }
        held.forEach(Runnable::run);
      }
    }
    exit.complete(status);
  }
}
