package io.jcontainer.linux.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.Splitter;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
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

  /** Until the next end of what has been killed: one that waits for a device may take its time. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How far down it is looked: the children of what has been killed come to the reaper anyway. */
  private static final int DEEPEST = 8;

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
      Set<Integer> ended = new HashSet<>();
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      boolean more = true;
      while (more) {
        more = killNew(List.of(pid), killed, ended);
        // While some of them end, a list of children may lack others: proc_pid_children(5). And
        // each end may give the reaper children, whose own ends are yet to come.
        for (int child : children(pid)) {
          if (killed.contains(child) && awaited.add(child)) {
            if (awaitEnd(child, deadline)) {
              ended.add(child); // not taken, as the reaper is stopped: it keeps its number
              deadline = System.nanoTime() + PATIENCE.toNanos();
            }
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

  private boolean awaitEnd(int pid, long deadline) {
    long millis = Math.max(0, (deadline - System.nanoTime()) / 1_000_000);
    try (Fd pidfd = kernel.pidfd(pid);
        Fd epoll = kernel.epoll()) {
      kernel.watch(epoll, pidfd, pid);
      return kernel.await(epoll, new long[1], (int) millis) > 0;
    } catch (SyscallException e) {
      if (e.errno() != Errno.ESRCH) { // it has ended, and been taken
        throw e;
      }
      return true;
    }
  }

  /** Those below the last of these, each a child of the one before it. */
  private boolean killNew(List<Integer> line, Set<Integer> killed, Set<Integer> ended) {
    boolean found = false;
    for (int child : children(line.get(line.size() - 1))) {
      if (ended.contains(child)) {
        continue;
      }
      List<Integer> longer = new ArrayList<>(line);
      longer.add(child);
      if (!killed.contains(child)) {
        found = true;
        if (kill(longer)) {
          killed.add(child);
        }
      }
      found |=
          longer.size() < DEEPEST ? killNew(longer, killed, ended) : !children(child).isEmpty();
    }
    return found;
  }

  /**
   * Kills the last one by a pidfd: if all are still children of each other once that is open, no
   * number has meant anybody else. The first one is the reaper, whose number is its own; any other
   * may have been taken by its parent meanwhile, and be that of a process of the host.
   *
   * @return false if one has another parent now, or has ended
   */
  private boolean kill(List<Integer> line) {
    try (Fd pidfd = kernel.pidfd(line.get(line.size() - 1))) {
      for (int i = line.size() - 1; i > 0; i--) {
        if (!children(line.get(i - 1)).contains(line.get(i))) {
          return false;
        }
      }
      kernel.signal(pidfd, SIGKILL);
      return true;
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
    } catch (IOException | DirectoryIteratorException e) {
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
