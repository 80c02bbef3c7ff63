package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerStats;
import io.jcontainer.linux.sys.Kernel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a container uses, from its cgroups wherever these are: one file after the other, which
 * takes less than a tenth of a millisecond. For one thread at a time.
 */
final class StatsReader {
  private final CgroupFileSet files;
  private final boolean nothingToCount;
  private volatile boolean processEnded;
  private final @Nullable MemoryReader memory;
  private final CpuReader cpu;
  private final @Nullable IoReader io;
  private final @Nullable PidsReader pids;
  private final @Nullable NetworkReader network;
  private final @Nullable PressureReader cpuPressure;
  private final @Nullable PressureReader memoryPressure;
  private final @Nullable PressureReader ioPressure;

  /**
   * Opens nothing yet.
   *
   * @param directories none for a container that has no cgroups, as none could be had
   * @param pid in the network namespace of the container; empty if that is not its own
   * @param permits for descriptors that are kept open
   */
  StatsReader(
      Kernel kernel, List<CgroupDirectory> directories, OptionalInt pid, Semaphore permits) {
    files = new CgroupFileSet(kernel, directories, permits);
    nothingToCount = directories.isEmpty();
    memory =
        files
            .directory(Controller.MEMORY)
            .map(directory -> new MemoryReader(files, directory))
            .orElse(null);
    cpu = new CpuReader(files);
    io = files.directory(Controller.IO).map(each -> new IoReader(files, each)).orElse(null);
    pids = files.directory(Controller.PIDS).map(each -> new PidsReader(files, each)).orElse(null);
    network = pid.isPresent() ? new NetworkReader(files, pid.getAsInt()) : null;
    cpuPressure = pressure("cpu.pressure");
    memoryPressure = pressure("memory.pressure");
    ioPressure = pressure("io.pressure");
  }

  private @Nullable PressureReader pressure(String file) {
    return files
        .version2()
        .map(directory -> new PressureReader(files, directory, file))
        .orElse(null);
  }

  /** What is used now; empty if the cgroups are not there. */
  Optional<ContainerStats> read(ReadBuffer buffer) {
    ContainerStats stats =
        new ContainerStats(
            Instant.now(),
            memory == null ? Optional.empty() : memory.read(buffer),
            cpu.read(buffer),
            io == null ? List.of() : io.read(buffer),
            pids == null ? Optional.empty() : pids.read(buffer),
            network == null ? List.of() : network.read(buffer, processEnded),
            read(cpuPressure, buffer),
            read(memoryPressure, buffer),
            read(ioPressure, buffer));
    boolean there =
        nothingToCount
            || stats.memory().isPresent()
            || stats.cpu().isPresent()
            || stats.pids().isPresent();
    if (!there) {
      files.close();
      return Optional.empty();
    }
    return Optional.of(stats);
  }

  private static Optional<ContainerStats.Pressure> read(
      @Nullable PressureReader reader, ReadBuffer buffer) {
    return reader == null ? Optional.empty() : reader.read(buffer);
  }

  /** The process by which the network was found has ended. May be called from any thread. */
  void processEnded() {
    processEnded = true;
  }

  /** Gives all descriptors back; it may be used again. */
  void close() {
    files.close();
  }
}
