package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerStats;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** The texts are those of kernels 6.18 with version 1, and 6.12 with version 2. */
class StatsReaderTest {
  private static final String V2 = "/sys/fs/cgroup/jcontainer-x/c/";
  private static final String MEMORY = "/sys/fs/cgroup/memory/jcontainer-x/c/";
  private static final String CPU = "/sys/fs/cgroup/cpu/jcontainer-x/c/";
  private static final String ACCOUNT = "/sys/fs/cgroup/cpuacct/jcontainer-x/c/";
  private static final String PIDS = "/sys/fs/cgroup/pids/jcontainer-x/c/";
  private static final String BLKIO = "/sys/fs/cgroup/blkio/jcontainer-x/c/";
  private static final String UNIFIED = "/sys/fs/cgroup/unified/jcontainer-x/c/";

  private final FakeKernel kernel = new FakeKernel();
  private final Semaphore permits = new Semaphore(100);

  private static CgroupDirectory one(String path, Controller controller) {
    return new CgroupDirectory(Version.V1, Set.of(controller), Path.of(path));
  }

  private static CgroupDirectory two(String path, Controller first, Controller... more) {
    return new CgroupDirectory(Version.V2, EnumSet.of(first, more), Path.of(path));
  }

  private static List<CgroupDirectory> version1() {
    return List.of(
        one(MEMORY, Controller.MEMORY),
        one(CPU, Controller.CPU),
        one(ACCOUNT, Controller.CPUACCT),
        one(PIDS, Controller.PIDS),
        one(BLKIO, Controller.IO));
  }

  private static List<CgroupDirectory> version2() {
    return List.of(
        two(
            V2,
            Controller.MEMORY,
            Controller.CPU,
            Controller.CPUACCT,
            Controller.PIDS,
            Controller.IO));
  }

  private Optional<ContainerStats> read(List<CgroupDirectory> directories) {
    StatsReader reader = new StatsReader(kernel, directories, OptionalInt.empty(), permits);
    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      return reader.read(buffer);
    } finally {
      reader.close();
    }
  }

  private void version1Files() {
    kernel.file(MEMORY + "memory.usage_in_bytes", "2179072\n");
    kernel.file(MEMORY + "memory.max_usage_in_bytes", "2244608\n");
    kernel.file(MEMORY + "memory.limit_in_bytes", "9223372036854771712\n");
    kernel.file(MEMORY + "memory.kmem.usage_in_bytes", "1597440\n");
    kernel.file(MEMORY + "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
    kernel.file(
        MEMORY + "memory.stat",
        """
        cache 1
        rss 2
        pgfault 3
        pgmajfault 4
        swap 5
        inactive_file 6
        hierarchical_memory_limit 9223372036854771712
        hierarchical_memsw_limit 9223372036854771712
        total_cache 180224
        total_rss 376832
        total_rss_huge 0
        total_swap 4096
        total_swapcached 0
        total_pgpgin 1844
        total_pgpgout 1707
        total_pgfault 4570
        total_pgmajfault 1
        total_inactive_anon 352256
        total_active_anon 8192
        total_inactive_file 90112
        total_active_file 90112
        total_unevictable 0
        """);
    kernel.file(ACCOUNT + "cpuacct.usage", "117325346\n");
    kernel.file(ACCOUNT + "cpuacct.usage_user", "48000000\n");
    kernel.file(ACCOUNT + "cpuacct.usage_sys", "84000000\n");
    kernel.file(
        CPU + "cpu.stat",
        "nr_periods 12\nnr_throttled 5\nthrottled_time 98000000\nnr_bursts 0\nburst_time 0\n");
    kernel.file(PIDS + "pids.current", "3\n");
    kernel.file(PIDS + "pids.max", "max\n");
    kernel.file(
        BLKIO + "blkio.throttle.io_service_bytes_recursive",
        """
        8:16 Read 4096
        8:16 Write 0
        8:16 Sync 4096
        8:16 Async 0
        8:16 Discard 0
        8:16 Total 4096
        8:0 Read 90112
        8:0 Write 20971520
        8:0 Sync 21061632
        8:0 Async 0
        8:0 Discard 0
        8:0 Total 21061632
        Total 21065728
        """);
    kernel.file(
        BLKIO + "blkio.throttle.io_serviced_recursive",
        "8:0 Read 5\n8:0 Write 20\n8:0 Total 25\n8:16 Read 1\n8:16 Total 1\nTotal 26\n");
  }

  private void version2Files() {
    kernel.file(V2 + "memory.current", "2179072\n");
    kernel.file(V2 + "memory.peak", "2244608\n");
    kernel.file(V2 + "memory.max", "67108864\n");
    kernel.file(V2 + "memory.swap.current", "4096\n");
    kernel.file(
        V2 + "memory.events", "low 0\nhigh 2\nmax 17\noom 4\noom_kill 3\noom_group_kill 0\n");
    kernel.file(
        V2 + "memory.stat",
        """
        anon 376832
        file 180224
        kernel 1597440
        kernel_stack 49152
        pagetables 90112
        sec_pagetables 0
        percpu 0
        sock 0
        shmem 0
        file_mapped 0
        inactive_anon 352256
        active_anon 8192
        inactive_file 90112
        active_file 90112
        pgfault 4570
        pgmajfault 1
        """);
    kernel.file(
        V2 + "cpu.stat",
        """
        usage_usec 257550
        user_usec 94026
        system_usec 163524
        nice_usec 0
        core_sched.force_idle_usec 0
        nr_periods 12
        nr_throttled 5
        throttled_usec 98000
        nr_bursts 0
        burst_usec 0
        """);
    kernel.file(V2 + "pids.current", "3\n");
    kernel.file(V2 + "pids.max", "32\n");
    kernel.file(
        V2 + "io.stat",
        "8:0 rbytes=90112 wbytes=20971520 rios=5 wios=20 dbytes=0 dios=0\n253:1 \n");
    kernel.file(
        V2 + "cpu.pressure",
        """
        some avg10=2.18 avg60=1.60 avg300=33.81 total=117529237
        full avg10=0.00 avg60=0.00 avg300=0.00 total=0
        """);
    kernel.file(V2 + "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
  }

  @Test
  void version_1_tells_the_totals_of_all_that_is_below() {
    version1Files();

    ContainerStats stats = read(version1()).orElseThrow();

    assertThat(stats.memory())
        .contains(
            new ContainerStats.Memory(
                ByteSize.ofBytes(2_179_072),
                size(2_244_608),
                Optional.empty(),
                size(376_832),
                size(180_224),
                size(90_112),
                size(1_597_440),
                size(4096),
                OptionalLong.of(4570),
                OptionalLong.of(1),
                OptionalLong.of(3)));
    assertThat(stats.cpu())
        .contains(
            new ContainerStats.Cpu(
                Duration.ofNanos(117_325_346),
                Optional.of(Duration.ofMillis(48)),
                Optional.of(Duration.ofMillis(84)),
                Optional.of(Duration.ofMillis(98)),
                OptionalLong.of(5),
                OptionalLong.of(12)));
    assertThat(stats.pids()).contains(new ContainerStats.Pids(3, OptionalLong.empty()));
    assertThat(stats.io())
        .containsExactly(
            new ContainerStats.Io("8:0", 90_112, 20_971_520, 5, 20),
            new ContainerStats.Io("8:16", 4096, 0, 1, 0));
    assertThat(stats.cpuPressure()).isEmpty();
    assertThat(stats.network()).isEmpty();
  }

  @Test
  void version_2_tells_the_same_by_other_names() {
    version2Files();

    ContainerStats stats = read(version2()).orElseThrow();

    assertThat(stats.memory())
        .contains(
            new ContainerStats.Memory(
                ByteSize.ofBytes(2_179_072),
                size(2_244_608),
                size(67_108_864),
                size(376_832),
                size(180_224),
                size(90_112),
                size(1_597_440),
                size(4096),
                OptionalLong.of(4570),
                OptionalLong.of(1),
                OptionalLong.of(3)));
    assertThat(stats.cpu())
        .contains(
            new ContainerStats.Cpu(
                Duration.ofNanos(257_550_000),
                Optional.of(Duration.ofNanos(94_026_000)),
                Optional.of(Duration.ofNanos(163_524_000)),
                Optional.of(Duration.ofMillis(98)),
                OptionalLong.of(5),
                OptionalLong.of(12)));
    assertThat(stats.pids()).contains(new ContainerStats.Pids(3, OptionalLong.of(32)));
    assertThat(stats.io()).containsExactly(new ContainerStats.Io("8:0", 90_112, 20_971_520, 5, 20));
  }

  private static Optional<ByteSize> size(long bytes) {
    return Optional.of(ByteSize.ofBytes(bytes));
  }

  @Test
  void pressure_is_told_where_the_kernel_has_it() {
    version2Files();

    ContainerStats stats = read(version2()).orElseThrow();

    assertThat(stats.cpuPressure())
        .contains(
            new ContainerStats.Pressure(
                new ContainerStats.Stall(2.18, 1.6, 33.81, Duration.ofNanos(117_529_237_000L)),
                Optional.of(new ContainerStats.Stall(0, 0, 0, Duration.ZERO))));
    assertThat(stats.memoryPressure())
        .contains(
            new ContainerStats.Pressure(
                new ContainerStats.Stall(0, 0, 0, Duration.ofNanos(9000)), Optional.empty()));
    assertThat(stats.ioPressure()).isEmpty();
  }

  @Test
  void a_hybrid_host_is_read_where_each_thing_is() {
    version1Files();
    kernel.file(UNIFIED + "cpu.stat", "usage_usec 257550\nuser_usec 94026\nsystem_usec 163524\n");
    kernel.file(UNIFIED + "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=91507\n");
    List<CgroupDirectory> directories =
        List.of(
            one(MEMORY, Controller.MEMORY),
            one(CPU, Controller.CPU),
            two(UNIFIED, Controller.FREEZER, Controller.CPUACCT));

    ContainerStats stats = read(directories).orElseThrow();

    assertThat(stats.memory().orElseThrow().current()).isEqualTo(ByteSize.ofBytes(2_179_072));
    ContainerStats.Cpu cpu = stats.cpu().orElseThrow();
    assertThat(cpu.usage()).isEqualTo(Duration.ofNanos(257_550_000));
    assertThat(cpu.throttled()).contains(Duration.ofMillis(98));
    assertThat(stats.cpuPressure().orElseThrow().some().total())
        .isEqualTo(Duration.ofNanos(91_507_000));
    assertThat(stats.pids()).isEmpty();
  }

  /** As with buffered writes, and without limits for the device. */
  @Test
  void a_device_of_which_version_1_counts_nothing_is_not_told() {
    version1Files();
    String zeros = "254:0 Read 0\n254:0 Write 0\n254:0 Total 0\nTotal 0\n";
    kernel.file(BLKIO + "blkio.throttle.io_service_bytes_recursive", zeros);
    kernel.file(BLKIO + "blkio.throttle.io_serviced_recursive", zeros);

    assertThat(read(version1()).orElseThrow().io()).isEmpty();
  }

  @Test
  void what_an_older_kernel_does_not_count_is_absent_and_not_0() {
    kernel.file(V2 + "memory.current", "4096\n");
    kernel.file(V2 + "memory.max", "max\n");
    kernel.file(V2 + "memory.stat", "anon 0\nfile 4096\n");

    ContainerStats stats = read(version2()).orElseThrow();

    ContainerStats.Memory memory = stats.memory().orElseThrow();
    assertThat(memory.anon()).contains(ByteSize.ofBytes(0));
    assertThat(memory.peak()).isEmpty();
    assertThat(memory.limit()).isEmpty();
    assertThat(memory.kernel()).isEmpty();
    assertThat(memory.swap()).isEmpty();
    assertThat(memory.faults()).isEmpty();
    assertThat(memory.oomKills()).isEmpty();
    assertThat(stats.cpu()).isEmpty();
    assertThat(stats.io()).isEmpty();
    assertThat(stats.pids()).isEmpty();
  }

  @Test
  void time_that_was_not_throttled_is_0_where_it_is_counted() {
    kernel.file(V2 + "cpu.stat", "usage_usec 5\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");

    ContainerStats.Cpu cpu = read(version2()).orElseThrow().cpu().orElseThrow();

    assertThat(cpu.throttled()).contains(Duration.ZERO);
    assertThat(cpu.user()).isEmpty();
  }

  @Test
  void nothing_is_told_of_cgroups_that_are_not_there() {
    assertThat(read(version1())).isEmpty();
    assertThat(read(version2())).isEmpty();
  }

  @Test
  void interfaces_are_told_with_what_came_and_what_went() {
    version2Files();
    kernel.file(
        "/proc/42/net/dev",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs \
        drop fifo colls carrier compressed
            lo:    1234      12    1    2    0     0          0         0     5678      34    3    \
        4    0     0       0          0
        eth0.10:18446744073709551615 1 0 0 0 0 0 0 2 3 0 0 0 0 0 0
        veth1: 7 8 0 0 0 0 0 0 9 10 0 0 0 0 0 0
        """);
    StatsReader reader = new StatsReader(kernel, version2(), OptionalInt.of(42), permits);

    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      assertThat(reader.read(buffer).orElseThrow().network())
          .containsExactly(
              new ContainerStats.Network("lo", 1234, 12, 1, 2, 5678, 34, 3, 4),
              new ContainerStats.Network("veth1", 7, 8, 0, 0, 9, 10, 0, 0));
    }
    reader.close();
  }

  @Test
  void what_a_network_namespace_has_is_not_asked_of_who_may_have_got_the_same_number() {
    version2Files();
    String lo = "a\nb\n lo: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n";
    kernel.file("/proc/42/net/dev", lo);
    StatsReader looked = new StatsReader(kernel, version2(), OptionalInt.of(42), permits);
    StatsReader late = new StatsReader(kernel, version2(), OptionalInt.of(42), permits);
    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      looked.read(buffer);
      looked.processEnded();
      late.processEnded();

      assertThat(looked.read(buffer).orElseThrow().network()).hasSize(1);
      assertThat(late.read(buffer).orElseThrow().network()).isEmpty();
    }
    looked.close();
    late.close();
  }

  @Test
  void what_is_read_again_was_kept_open_and_is_read_as_it_is_now() {
    version2Files();
    StatsReader reader = new StatsReader(kernel, version2(), OptionalInt.empty(), permits);
    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      reader.read(buffer);
      int open = kernel.openDescriptors().size();
      kernel.file(V2 + "memory.current", "5\n");

      assertThat(reader.read(buffer).orElseThrow().memory().orElseThrow().current())
          .isEqualTo(ByteSize.ofBytes(5));
      assertThat(kernel.openDescriptors()).hasSize(open).isNotEmpty();
    }

    reader.close();

    assertThat(kernel.openDescriptors()).isEmpty();
    assertThat(permits.availablePermits()).isEqualTo(100);
    assertThat(kernel.buffers()).isZero();
  }

  @Test
  void no_more_is_kept_open_than_there_are_permits_for() {
    version2Files();
    StatsReader reader = new StatsReader(kernel, version2(), OptionalInt.empty(), new Semaphore(2));
    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      ContainerStats first = reader.read(buffer).orElseThrow();

      assertThat(kernel.openDescriptors()).hasSize(2);
      assertThat(reader.read(buffer).orElseThrow().memory()).isEqualTo(first.memory());
    }
    reader.close();
  }

  @Test
  void of_cgroups_that_were_removed_meanwhile_nothing_is_told_and_nothing_kept() {
    version2Files();
    StatsReader reader = new StatsReader(kernel, version2(), OptionalInt.empty(), permits);
    try (ReadBuffer buffer = new ReadBuffer(kernel)) {
      reader.read(buffer);
      kernel.removeFiles(V2);

      assertThat(reader.read(buffer)).isEmpty();
    }
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_file_that_is_longer_than_the_buffer_is_read_whole() {
    version2Files();
    StringBuilder disks = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      disks.append("8:" + i + " rbytes=" + i + " wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n");
    }
    kernel.file(V2 + "io.stat", disks.toString());

    assertThat(read(version2()).orElseThrow().io())
        .hasSize(1000)
        .contains(new ContainerStats.Io("8:999", 999, 2, 3, 4));
  }
}
