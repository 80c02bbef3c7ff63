package io.jcontainer.linux.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.Splitter;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All that came from a process which is the reaper of its descendants (PR_SET_CHILD_SUBREAPER):
 * whatever they do, their parents lead to it as long as it lives.
 */
final class ProcessTree {
  private static final int SIGKILL = 9;
  private static final int SIGCONT = 18;
  private static final int SIGSTOP = 19;

  /** For the ends of what has been killed: one that waits for a device may take its time. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Kernel kernel;

  ProcessTree(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * Kills all of it. The reaper is stopped first: it must be there until nothing that could fork
   * has not been killed. A killed process makes no other, so every round finds less. Then the
   * reaper goes on, to take the ends of all: they would be left to process 1, which may not care.
   *
   * @param pid the reaper, which has not been waited for
   */
  void kill(int pid, Fd reaper) {
    try {
      kernel.signal(reaper, SIGSTOP);
      Set<Integer> killed = new HashSet<>();
      Set<Integer> awaited = new HashSet<>();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      boolean more = true;
      while (more) {
        more = killNew(pid, killed);
        // While some of them end, a list of children may lack others: proc_pid_children(5). And
        // each end may give the reaper children, whose own ends are yet to come.
        for (int child : children(pid)) {
          if (killed.contains(child) && awaited.add(child)) {
            awaitEnd(child, deadline);
            more = true;
          }
        }
      }
      kernel.signal(reaper, SIGCONT);
      awaitEnd(pid, deadline);
    } finally {
      kernel.signal(reaper, SIGKILL); // also if somebody inside has stopped it again
    }
  }

  private void awaitEnd(int pid, long deadline) {
    long millis = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
    try (Fd pidfd = kernel.pidfd(pid);
        Fd epoll = kernel.epoll()) {
      kernel.watch(epoll, pidfd, pid);
      kernel.await(epoll, new long[1], (int) millis);
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) { // it has ended, and been taken
        throw e;
      }
    }
  }

  private boolean killNew(int parent, Set<Integer> killed) {
    boolean found = false;
    for (int child : children(parent)) {
      if (!killed.contains(child)) {
        found = true;
        if (kill(parent, child)) {
          killed.add(child);
        }
      }
      found |= killNew(child, killed);
    }
    return found;
  }

  /**
   * By a pidfd: if it is still a child once that is open, the number has meant nobody else.
   *
   * @return false if it has another parent now, or has ended
   */
  private boolean kill(int parent, int child) {
    try (Fd pidfd = kernel.pidfd(child)) {
      boolean same = children(parent).contains(child);
      if (same) {
        kernel.signal(pidfd, SIGKILL);
      }
      return same;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ESRCH) {
        return false;
      }
      throw e;
    }
  }

  /** The children of all threads; none of a process that has ended. */
  static List<Integer> children(int pid) {
    List<Integer> children = new ArrayList<>();
    Path tasks = Path.of("/proc", Integer.toString(pid), "task");
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(tasks)) {
      for (Path thread : threads) {
        children(thread.resolve("children"), children);
      }
    } catch (IOException e) {
      return children; // it has ended meanwhile, and its children are the reaper's now
    }
    return children;
  }

  private static void children(Path file, List<Integer> children) throws IOException {
    String numbers = new String(Files.readAllBytes(file), US_ASCII);
    for (String number : Splitter.on(' ').trimResults().omitEmptyStrings().split(numbers)) {
      children.add(Integer.valueOf(number));
    }
  }
}
