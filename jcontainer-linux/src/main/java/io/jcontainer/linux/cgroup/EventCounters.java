package io.jcontainer.linux.cgroup;

import static io.jcontainer.linux.cgroup.KernelText.NONE;

import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Kernel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * What has happened to a container: the kernel's counters of it, before and after. Whatever woke us
 * up, and however often, each event is told once. For one thread at a time.
 */
final class EventCounters {
  private static final String[] MEMORY_V2 = {"max", "high", "oom_kill"};
  private static final String[] OOM_KILL = {"oom_kill"};
  private static final String[] PIDS = {"max"};
  private static final String[] GROUP = {"populated", "frozen"};

  /** A file with counters, or with what is 0 or 1. */
  private static final class Source {
    private final CgroupFile file;
    private final String[] keys;
    private final Kind[] kinds;
    private final long[] last;
    private final long[] now;

    /**
     * Nothing is read yet.
     *
     * @param keys the words before the numbers; none for a file that is one number
     * @param kinds what each number counts
     */
    Source(CgroupFile file, String[] keys, Kind... kinds) {
      this.file = file;
      this.keys = keys;
      this.kinds = kinds;
      this.last = new long[kinds.length];
      this.now = new long[kinds.length];
    }

    void read(ReadBuffer buffer) {
      if (keys.length == 0) {
        now[0] = file.number(buffer);
      } else {
        file.keyed(keys, now, buffer);
      }
    }

    void remember() {
      System.arraycopy(now, 0, last, 0, now.length);
    }
  }

  private final CgroupFileSet files;
  private final Optional<CgroupFile> processes;
  private final List<Source> counters = new ArrayList<>();
  private final Optional<Source> group;
  private final List<String> noticed = new ArrayList<>();
  private boolean silent;

  EventCounters(Kernel kernel, List<CgroupDirectory> directories, Semaphore permits) {
    files = new CgroupFileSet(kernel, directories, permits);
    processes = directories.stream().findFirst().map(each -> files.file(each, "cgroup.procs"));
    files.directory(Controller.MEMORY).ifPresent(this::memory);
    files
        .directory(Controller.PIDS)
        .ifPresent(
            directory -> {
              counters.add(new Source(files.file(directory, "pids.events"), PIDS, Kind.PIDS_LIMIT));
              if (directory.version() == Version.V2) {
                noticed.add(directory.path().resolve("pids.events").toString());
              } else {
                silent = true;
              }
            });
    group =
        files
            .version2()
            .map(
                directory -> {
                  noticed.add(directory.path().resolve("cgroup.events").toString());
                  return new Source(
                      files.file(directory, "cgroup.events"), GROUP, Kind.EMPTY, Kind.FROZEN);
                });
  }

  private void memory(CgroupDirectory directory) {
    if (directory.version() == Version.V2) {
      counters.add(
          new Source(
              files.file(directory, "memory.events"),
              MEMORY_V2,
              Kind.MEMORY_LIMIT,
              Kind.MEMORY_HIGH,
              Kind.OOM_KILL));
      noticed.add(directory.path().resolve("memory.events").toString());
    } else {
      // Without swap both limits are the same, and the kernel asks for the one with swap first:
      // then
      // only that one is reached, of which kernels since about 6.16 do not count how often.
      for (String file : List.of("memory.failcnt", "memory.memsw.failcnt")) {
        counters.add(new Source(files.file(directory, file), new String[0], Kind.MEMORY_LIMIT));
      }
      counters.add(
          new Source(files.file(directory, "memory.oom_control"), OOM_KILL, Kind.OOM_KILL));
    }
  }

  /** The files whose changes inotify(7) tells of. */
  List<String> noticed() {
    return List.copyOf(noticed);
  }

  /**
   * Whether there are some that the kernel tells of by nothing at all: version 1 counts refused
   * processes in {@code pids.events}, but who watches that file hears nothing.
   */
  boolean areSilent() {
    return silent;
  }

  /** The directory of version 1 whose memory has notices of its own. */
  Optional<Path> memoryV1() {
    return files
        .directory(Controller.MEMORY)
        .filter(directory -> directory.version() == Version.V1)
        .map(CgroupDirectory::path);
  }

  /** Whether the kernel tells of freezing, and of the last process' end. */
  boolean knowsGroup() {
    return group.isPresent();
  }

  /** What happens from here on is told by {@link #changes}. */
  void start(ReadBuffer buffer) {
    counters.forEach(
        source -> {
          source.read(buffer);
          source.remember();
        });
    group.ifPresent(
        source -> {
          source.read(buffer);
          source.remember();
        });
  }

  /** What has happened since this was called last. */
  List<ContainerEvent> changes(ReadBuffer buffer) {
    List<ContainerEvent> events = new ArrayList<>();
    Instant at = Instant.now();
    for (Source source : counters) {
      source.read(buffer);
      for (int i = 0; i < source.now.length; i++) {
        long count = source.now[i] - source.last[i];
        if (source.now[i] != NONE && count > 0) {
          source.last[i] = source.now[i];
          events.add(new ContainerEvent(source.kinds[i], at, count));
        }
      }
    }
    group.ifPresent(source -> group(source, at, events, buffer));
    return events;
  }

  private static void group(
      Source source, Instant at, List<ContainerEvent> events, ReadBuffer buffer) {
    source.read(buffer);
    boolean populated = source.now[0] == 1;
    boolean wasPopulated = source.last[0] == 1;
    boolean frozen = source.now[1] == 1;
    boolean wasFrozen = source.last[1] == 1;
    if (source.now[0] == NONE) {
      return; // it has been removed: whoever did that knows that it was empty
    }
    if (frozen != wasFrozen) {
      events.add(new ContainerEvent(frozen ? Kind.FROZEN : Kind.THAWED, at, 1));
    }
    if (wasPopulated && !populated) {
      events.add(new ContainerEvent(Kind.EMPTY, at, 1));
    }
    source.remember();
  }

  /** Whether there is no process in it any more. */
  boolean isEmpty(ReadBuffer buffer) {
    return processes.isPresent() && (!processes.get().read(buffer) || !buffer.text().nextLine());
  }

  /** Gives all descriptors back. */
  void close() {
    files.close();
  }
}
