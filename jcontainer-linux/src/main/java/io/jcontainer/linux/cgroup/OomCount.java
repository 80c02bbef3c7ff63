package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;

import io.jcontainer.ByteSize;
import io.jcontainer.ExitStatus;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Kernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Tells a first process that the kernel has killed for want of memory from one that somebody else
 * has killed: both end by SIGKILL, and the kernel only counts. A count above 0 is not enough, for
 * another process may have been the victim, long before. So who kills a container says so before,
 * and then only what is counted afterwards is an answer.
 */
final class OomCount {
  private static final int SIGKILL = 9;
  private static final String[] OOM_KILL = {"oom_kill"};

  /** proc_pid_stat(5), "flags": the process is ending. */
  private static final long PF_EXITING = 4;

  /** Behind the name, which is in parentheses. */
  private static final int FLAGS = 6;

  /** One bit for each signal. */
  private static final long KILL_IS_PENDING = 1L << (SIGKILL - 1);

  private final Path process;
  private final @Nullable CgroupFile kills;
  private final @Nullable CgroupFile peak;
  private final long[] count = new long[1];

  /** What was counted before we have killed it; guarded by this. */
  private long before;

  /**
   * Of a container.
   *
   * @param process its first
   */
  OomCount(Kernel kernel, List<CgroupDirectory> directories, int process) {
    this.process = Path.of("/proc", Integer.toString(process));
    CgroupFileSet files = new CgroupFileSet(kernel, directories, new Semaphore(0));
    Optional<CgroupDirectory> memory = files.directory(Controller.MEMORY);
    boolean v1 = memory.filter(each -> each.version() == Version.V1).isPresent();
    kills =
        memory
            .map(each -> files.file(each, v1 ? "memory.oom_control" : "memory.events"))
            .orElse(null);
    peak =
        memory
            .map(each -> files.file(each, v1 ? "memory.max_usage_in_bytes" : "memory.peak"))
            .orElse(null);
  }

  /** We are about to kill the container, whose first process has not been waited for. */
  synchronized void beforeKill(ReadBuffer buffer) {
    long counted = count(buffer);
    if (counted > before && !isBeingKilled()) {
      before = counted;
    }
  }

  private long count(ReadBuffer buffer) {
    if (kills == null) {
      return NONE;
    }
    kills.keyed(OOM_KILL, count, buffer);
    return count[0];
  }

  /** Whether somebody was faster: the kernel counts, then sends SIGKILL. */
  private boolean isBeingKilled() {
    try {
      String stat = Files.readString(process.resolve("stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", FLAGS + 2);
      if ((Long.parseLong(fields[FLAGS]) & PF_EXITING) != 0) {
        return true;
      }
      return Files.readString(process.resolve("status"))
          .lines()
          .filter(line -> line.startsWith("SigPnd:") || line.startsWith("ShdPnd:"))
          .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .anyMatch(pending -> (pending & KILL_IS_PENDING) != 0);
    } catch (IOException e) {
      return true; // it has ended
    }
  }

  /** The end of the first process, with what its cgroup says of it; it must be there still. */
  synchronized ExitStatus atEnd(ExitStatus status, ReadBuffer buffer) {
    boolean killed = status.signalNumber() == SIGKILL && count(buffer) > before;
    long most = peak == null ? NONE : peak.number(buffer);
    return status.withMemory(
        killed, most == NONE ? Optional.empty() : Optional.of(ByteSize.ofBytes(most)));
  }
}
