package io.jcontainer;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a container uses, and has used, at one moment: read from its cgroups, see the kernel's
 * cgroup-v2.rst, and from its network namespace. What this host does not count is absent, and never
 * 0: the fields of cgroup v1 are fewer, and older kernels have no peaks and no pressure.
 *
 * @param at when it was read
 * @param memory what is in memory, if that is counted
 * @param cpu what was computed, if that is counted
 * @param io what was read from and written to each disk since the start; none for a container that
 *     has used none, or where it is not counted
 * @param pids processes and threads, if they are counted
 * @param network what went through each interface of an own network namespace; none for a container
 *     without one
 * @param cpuPressure how much was waited for processors, if the kernel tells
 * @param memoryPressure how much was waited for memory, if the kernel tells
 * @param ioPressure how much was waited for disks, if the kernel tells
 * @since 0.1.0
 */
public record ContainerStats(
    Instant at,
    Optional<Memory> memory,
    Optional<Cpu> cpu,
    List<Io> io,
    Optional<Pids> pids,
    List<Network> network,
    Optional<Pressure> cpuPressure,
    Optional<Pressure> memoryPressure,
    Optional<Pressure> ioPressure) {

  /**
   * Keeps copies of the lists.
   *
   * @param at when it was read
   * @param memory what is in memory
   * @param cpu what was computed
   * @param io what was read from and written to each disk
   * @param pids processes and threads
   * @param network what went through each interface
   * @param cpuPressure how much was waited for processors
   * @param memoryPressure how much was waited for memory
   * @param ioPressure how much was waited for disks
   */
  public ContainerStats {
    io = List.copyOf(io);
    network = List.copyOf(network);
  }

  /**
   * Memory.
   *
   * @param current all that counts for the container, with the page cache
   * @param peak the most that it has been
   * @param limit the most that it may be, {@link CgroupLimits#memory()}; absent for no limit
   * @param anon what no file is behind, such as heaps and stacks
   * @param file the page cache
   * @param inactiveFile the part of the page cache that was not used for long, and is reclaimed
   *     first
   * @param kernel what the kernel needs for the container
   * @param swap swap space
   * @param faults page faults since the start
   * @param majorFaults those among them that read from a disk
   * @param oomKills processes that the kernel has killed for want of memory
   */
  public record Memory(
      ByteSize current,
      Optional<ByteSize> peak,
      Optional<ByteSize> limit,
      Optional<ByteSize> anon,
      Optional<ByteSize> file,
      Optional<ByteSize> inactiveFile,
      Optional<ByteSize> kernel,
      Optional<ByteSize> swap,
      OptionalLong faults,
      OptionalLong majorFaults,
      OptionalLong oomKills) {

    /**
     * What Docker and Kubernetes show as memory in use: {@code current} without {@code
     * inactiveFile}.
     *
     * @return the working set
     */
    public ByteSize workingSet() {
      long inactive = inactiveFile.map(ByteSize::bytes).orElse(0L);
      return ByteSize.ofBytes(Math.max(0, current.bytes() - inactive));
    }
  }

  /**
   * Processor time since the start, of all processors together.
   *
   * @param usage in all
   * @param user in the programs
   * @param system in the kernel
   * @param throttled how long the container has waited because its quota was used up
   * @param throttledPeriods in how many periods that was so
   * @param periods of the quota in which the container wanted to run
   */
  public record Cpu(
      Duration usage,
      Optional<Duration> user,
      Optional<Duration> system,
      Optional<Duration> throttled,
      OptionalLong throttledPeriods,
      OptionalLong periods) {}

  /**
   * What has gone to and from one disk.
   *
   * @param device its numbers, such as {@code 8:0}: those of a link in {@code /sys/dev/block}
   * @param readBytes bytes that were read
   * @param writtenBytes bytes that were written
   * @param reads operations that read
   * @param writes operations that wrote
   */
  public record Io(String device, long readBytes, long writtenBytes, long reads, long writes) {}

  /**
   * Processes and threads.
   *
   * @param current how many there are
   * @param limit how many there may be, {@link CgroupLimits#pids()}; absent for no limit
   */
  public record Pids(long current, OptionalLong limit) {}

  /**
   * What has gone through one interface, as proc_pid_net(5) tells by {@code /proc/PID/net/dev}.
   *
   * @param name of the interface, such as {@code lo}
   * @param receivedBytes what came
   * @param receivedPackets packets that came
   * @param receiveErrors packets that were broken
   * @param receiveDrops packets that came and were thrown away
   * @param sentBytes what was sent
   * @param sentPackets packets that were sent
   * @param sendErrors packets that could not be sent
   * @param sendDrops packets that were thrown away before they were sent
   */
  public record Network(
      String name,
      long receivedBytes,
      long receivedPackets,
      long receiveErrors,
      long receiveDrops,
      long sentBytes,
      long sentPackets,
      long sendErrors,
      long sendDrops) {}

  /**
   * How much processes have waited for something that was short: the kernel's psi.rst.
   *
   * @param some while at least one process waited
   * @param full while all that could have run waited; absent where the kernel does not tell
   */
  public record Pressure(Stall some, Optional<Stall> full) {}

  /**
   * A part of {@link Pressure}.
   *
   * @param avg10 per cent of the last 10 seconds, from 0 to 100
   * @param avg60 per cent of the last minute
   * @param avg300 per cent of the last five minutes
   * @param total the time in all
   */
  public record Stall(double avg10, double avg60, double avg300, Duration total) {}
}
