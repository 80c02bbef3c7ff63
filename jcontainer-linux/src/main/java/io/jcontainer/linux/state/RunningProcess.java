package io.jcontainer.linux.state;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Processes that are not our children: only a pidfd is sure not to come to mean another. */
public final class RunningProcess {
  /** Field 22 of proc_pid_stat(5), counted from the one behind the name, which is the third. */
  private static final int START_TIME = 22 - 3;

  private RunningProcess() {}

  /** When a process started, in ticks since boot; empty if there is none. */
  public static OptionalLong startTime(int pid) {
    try (FileInputStream file = new FileInputStream("/proc/" + pid + "/stat")) {
      byte[] bytes = new byte[1024];
      int length = file.read(bytes);
      return startTime(new String(bytes, 0, Math.max(0, length), ISO_8859_1));
    } catch (IOException e) {
      return OptionalLong.empty(); // there is no such process, or it ends
    }
  }

  static OptionalLong startTime(String stat) {
    int at = stat.lastIndexOf(')') + 2; // the name may hold blanks and parentheses
    for (int field = 0; at > 1 && field < START_TIME; field++) {
      at = stat.indexOf(' ', at) + 1;
    }
    int end = at > 1 ? stat.indexOf(' ', at) : -1;
    return end < 0
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(stat.substring(at, end)));
  }

  /** A pidfd of the process with this number that started then; empty if it has ended. */
  public static Optional<Fd> open(Kernel kernel, int pid, long startTime) {
    Fd pidfd;
    try {
      pidfd = kernel.pidfd(pid);
    } catch (SyscallException e) {
      if (e.errno() == Errno.ESRCH || e.errno() == Errno.EINVAL || e.errno() == Errno.ENOENT) {
        return Optional.empty(); // none, or a thread's number
      }
      throw e;
    }
    try {
      // Open by now: if the number means the one that is meant, the pidfd does.
      OptionalLong started = startTime(pid);
      if (started.isPresent() && started.getAsLong() == startTime && !hasEnded(kernel, pidfd, 0)) {
        return Optional.of(pidfd);
      }
    } catch (RuntimeException | Error e) {
      pidfd.close();
      throw e;
    }
    pidfd.close();
    return Optional.empty();
  }

  /** Whether a process ends within this time; -1 for as long as it takes. */
  public static boolean hasEnded(Kernel kernel, Fd pidfd, int millis) {
    try (Fd epoll = kernel.epoll()) {
      kernel.watch(epoll, pidfd, 0);
      return kernel.await(epoll, new long[1], millis) > 0;
    }
  }
}
