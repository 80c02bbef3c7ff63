package io.jcontainer.linux.cgroup;

import com.google.common.collect.Lists;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Kills all processes of a cgroup and of those below it, whatever they do meanwhile. */
public final class Killer {
  private static final int SIGKILL = 9;

  /** As many descriptors as are open at once. */
  private static final int BATCH = 64;

  private final Kernel kernel;
  private final CgroupDirectory directory;
  private final Optional<Freezer> freezer;

  /**
   * For a container with these directories; one is enough, as each process is in all of them.
   *
   * @param directories at least one
   */
  public Killer(Kernel kernel, List<CgroupDirectory> directories) {
    this.kernel = kernel;
    this.directory =
        CgroupDirectory.with(Controller.FREEZER, directories).orElseGet(() -> directories.get(0));
    this.freezer = Freezer.of(kernel, List.of(directory));
  }

  /**
   * Kills all of it, frozen or not; afterwards it is not frozen. Since Linux 5.14 v2 does it by one
   * write. Otherwise they are killed one by one, frozen so that none forks meanwhile: on v1 they
   * die only when thawed, so each round kills, then thaws, and waits for ends.
   *
   * @param patience how long to wait for the end of those that are killed one by one
   * @return whether nothing is left that has not been killed; a process that waits for a disk may
   *     end later
   */
  public boolean kill(Duration patience) {
    try {
      if (directory.version() == CgroupDirectory.Version.V2 && killAtOnce()) {
        return true;
      }
      long deadline = System.nanoTime() + patience.toNanos();
      while (killRound(deadline)) {
        if (System.nanoTime() - deadline >= 0) {
          return false;
        }
      }
      return true;
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
        return true; // the cgroup is gone, so it was empty
      }
      throw e;
    }
  }

  /** Sends SIGKILL to all that is listed now, and neither freezes nor thaws. */
  void signalAll() {
    List<Fd> awaited = new ArrayList<>();
    try {
      for (List<Integer> batch : Lists.partition(List.copyOf(processes()), BATCH)) {
        killListed(batch, awaited);
      }
    } finally {
      awaited.forEach(Fd::close);
    }
  }

  /** cgroup.kill kills also who is forked while it kills. */
  private boolean killAtOnce() {
    try {
      kernel.writeFile(directory.path().resolve("cgroup.kill"), "1");
    } catch (SyscallException e) {
      if (e.errno() == Errno.ENOENT && Files.exists(directory.path())) {
        return false; // before Linux 5.14
      }
      throw e;
    }
    freezer.ifPresent(each -> each.ask(false)); // ENOENT if its owner has removed it by now
    return true;
  }

  /** Kills who is there; returns whether there was anybody. */
  private boolean killRound(long deadline) {
    List<Fd> awaited = new ArrayList<>();
    try {
      Set<Integer> found;
      freezer.ifPresent(each -> each.ask(true));
      try {
        found = processes();
        for (List<Integer> batch : Lists.partition(List.copyOf(found), BATCH)) {
          killListed(batch, awaited);
        }
      } finally {
        freezer.ifPresent(each -> each.ask(false));
      }
      awaitEnds(awaited, deadline);
      return !found.isEmpty();
    } finally {
      awaited.forEach(Fd::close);
    }
  }

  /**
   * Kills those that are still listed once there are pidfds for them: so no number has come to mean
   * somebody else. Keeps the pidfds of one batch, to wait for.
   */
  private void killListed(List<Integer> pids, List<Fd> awaited) {
    Map<Integer, Fd> pidfds = new LinkedHashMap<>();
    boolean keep = awaited.isEmpty();
    try {
      for (int pid : pids) {
        open(pid).ifPresent(pidfd -> pidfds.put(pid, pidfd));
      }
      for (int pid : processes()) {
        Fd pidfd = pidfds.get(pid);
        if (pidfd != null) {
          kernel.signal(pidfd, SIGKILL);
          if (keep) {
            awaited.add(pidfd);
          }
        }
      }
    } finally {
      pidfds.values().stream().filter(each -> !awaited.contains(each)).forEach(Fd::close);
    }
  }

  private Optional<Fd> open(int pid) {
    try {
      return Optional.of(kernel.pidfd(pid));
    } catch (SyscallException e) {
      if (e.errno() == Errno.ESRCH) { // it has ended, and been taken
        return Optional.empty();
      }
      throw e;
    }
  }

  private void awaitEnds(List<Fd> pidfds, long deadline) {
    if (pidfds.isEmpty()) {
      return;
    }
    try (Fd epoll = kernel.epoll()) {
      for (Fd pidfd : pidfds) {
        kernel.watchOnce(epoll, pidfd, pidfd.number());
      }
      long left;
      int ended = 0;
      while (ended < pidfds.size() && (left = deadline - System.nanoTime()) > 0) {
        int millis = (int) Math.min(60_000, TimeUnit.NANOSECONDS.toMillis(left) + 1);
        ended += kernel.await(epoll, new long[BATCH], millis);
      }
    }
  }

  private Set<Integer> processes() {
    Set<Integer> pids = new LinkedHashSet<>();
    addProcesses(directory.path(), pids);
    return pids;
  }

  private static void addProcesses(Path directory, Set<Integer> pids) {
    KernelFile.read(directory.resolve("cgroup.procs"))
        .ifPresent(text -> text.lines().map(Integer::valueOf).forEach(pids::add));
    pids.remove(0); // of another pid namespace, out of reach
    try (DirectoryStream<Path> below = Files.newDirectoryStream(directory, Files::isDirectory)) {
      below.forEach(each -> addProcesses(each, pids));
    } catch (NoSuchFileException e) {
      return; // removed meanwhile, so it was empty
    } catch (DirectoryIteratorException e) {
      throw new UncheckedIOException(e.getCause());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
