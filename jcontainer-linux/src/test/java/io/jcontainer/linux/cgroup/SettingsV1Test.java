package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.IoLimit;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsV1Test {
  private static final Path SDA = Path.of("/dev/sda");

  /** What the kernel shows for none, with pages of 4 KiB. */
  private static final String NO_LIMIT = "9223372036854771712";

  private final FakeFacts facts =
      new FakeFacts()
          .file("memory.limit_in_bytes", NO_LIMIT)
          .file("memory.memsw.limit_in_bytes", NO_LIMIT)
          .file("cpu.cfs_quota_us", "-1")
          .file("cpu.cfs_period_us", "100000")
          .file("cpu.cfs_burst_us", "0")
          .file("devices.list", "a *:* rwm");

  private Settings.Result result(Consumer<CgroupLimits.Builder> limits) {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    limits.accept(builder);
    return Settings.of(builder.build(), any -> Optional.of(Version.V1), facts);
  }

  private List<String> of(Consumer<CgroupLimits.Builder> limits) {
    Settings.Result result = result(limits);
    assertThat(result.unenforced()).isEmpty();
    return result.settings().stream()
        .map(setting -> setting.file() + " = " + setting.value())
        .toList();
  }

  private String unenforced(Consumer<CgroupLimits.Builder> limits) {
    List<Unenforced> unenforced = result(limits).unenforced();
    assertThat(unenforced).hasSize(1);
    return unenforced.get(0).sentence();
  }

  private static ByteSize mebibytes(long number) {
    return ByteSize.ofMebibytes(number);
  }

  private void now(long memory, long both) {
    facts
        .file("memory.limit_in_bytes", "" + (memory << 20))
        .file("memory.memsw.limit_in_bytes", "" + (both << 20));
  }

  @Test
  void what_is_not_named_is_not_written() {
    assertThat(of(limits -> {})).isEmpty();
  }

  @Test
  void memory_alone_leaves_swap_unlimited() {
    assertThat(of(limits -> limits.memory("64m")))
        .containsExactly("memory.limit_in_bytes = 67108864");
  }

  @Test
  void swap_is_limited_by_the_sum_and_after_the_memory_if_it_falls() {
    assertThat(of(limits -> limits.memory("64m").memorySwap(mebibytes(16))))
        .containsExactly(
            "memory.limit_in_bytes = 67108864", "memory.memsw.limit_in_bytes = 83886080");
    assertThat(of(limits -> limits.memory("64m").memorySwap(mebibytes(0))))
        .containsExactly(
            "memory.limit_in_bytes = 67108864", "memory.memsw.limit_in_bytes = 67108864");
  }

  @Test
  void the_sum_is_raised_before_the_memory() {
    now(64, 64);

    assertThat(of(limits -> limits.memory("128m").memorySwap(mebibytes(0))))
        .containsExactly(
            "memory.memsw.limit_in_bytes = 134217728", "memory.limit_in_bytes = 134217728");
  }

  @Test
  void swap_stays_as_it_is_if_only_memory_changes() {
    now(64, 80);

    assertThat(of(limits -> limits.memory("128m")))
        .containsExactly(
            "memory.memsw.limit_in_bytes = 150994944", "memory.limit_in_bytes = 134217728");
    assertThat(of(limits -> limits.memory("32m")))
        .containsExactly(
            "memory.limit_in_bytes = 33554432", "memory.memsw.limit_in_bytes = 50331648");
  }

  @Test
  void memory_stays_as_it_is_if_only_swap_changes() {
    now(64, 64);

    assertThat(of(limits -> limits.memorySwap(mebibytes(16))))
        .containsExactly("memory.memsw.limit_in_bytes = 83886080");
    assertThat(of(limits -> limits.memorySwap(ByteSize.UNLIMITED)))
        .containsExactly("memory.memsw.limit_in_bytes = -1");
  }

  @Test
  void every_change_of_both_keeps_the_sum_above_the_memory() {
    for (int number = 0; number < 4 * 4 * 4 * 4; number++) {
      long memoryNow = 16L * (1 + number % 4);
      long bothNow = memoryNow + 16L * (number / 4 % 4);
      long memory = 16L * (1 + number / 16 % 4);
      long swap = 16L * (number / 64);
      now(memoryNow, bothNow);
      long memoryIs = memoryNow;
      long bothIs = bothNow;
      for (String line :
          of(limits -> limits.memory(mebibytes(memory)).memorySwap(mebibytes(swap)))) {
        long value = Long.parseLong(line.substring(line.indexOf('=') + 2)) >> 20;
        if (line.startsWith("memory.limit")) {
          memoryIs = value;
        } else {
          bothIs = value;
        }
        assertThat(bothIs).as(line).isGreaterThanOrEqualTo(memoryIs);
      }
      assertThat(memoryIs).isEqualTo(memory);
      assertThat(bothIs).isEqualTo(memory + swap);
    }
  }

  @Test
  void both_can_be_lifted() {
    now(64, 80);

    assertThat(of(limits -> limits.memory(ByteSize.UNLIMITED).memorySwap(ByteSize.UNLIMITED)))
        .containsExactly("memory.memsw.limit_in_bytes = -1", "memory.limit_in_bytes = -1");
  }

  @Test
  void swap_without_a_limit_of_memory_cannot_be_limited() {
    assertThat(unenforced(limits -> limits.memorySwap(mebibytes(0))))
        .startsWith("limits.memorySwap cannot be enforced: cgroups v1 limits swap only together");
    now(64, 80);
    assertThat(unenforced(limits -> limits.memory(ByteSize.UNLIMITED)))
        .startsWith("limits.memory cannot be enforced: ");
  }

  @Test
  void a_sum_beyond_all_numbers_is_no_limit() {
    assertThat(
            of(
                limits ->
                    limits
                        .memory(ByteSize.ofBytes(Long.MAX_VALUE - 1))
                        .memorySwap(ByteSize.ofBytes(Long.MAX_VALUE - 1))))
        .contains("memory.memsw.limit_in_bytes = -1");
  }

  @Test
  void where_swap_is_not_counted_memory_is_limited_alone_and_swap_is_left_to_the_writer() {
    FakeFacts withoutSwap = new FakeFacts().file("memory.limit_in_bytes", NO_LIMIT);
    CgroupLimits limits = CgroupLimits.builder().memory("64m").build();

    assertThat(Settings.of(limits, any -> Optional.of(Version.V1), withoutSwap).settings())
        .extracting(Setting::file)
        .containsExactly("memory.limit_in_bytes");
  }

  @Test
  void there_is_no_high() {
    assertThat(unenforced(limits -> limits.memoryHigh(mebibytes(1))))
        .startsWith("limits.memoryHigh cannot be enforced: cgroups v1 has nothing like it")
        .contains("Use limits.memory");
    assertThat(of(limits -> limits.memoryHigh(ByteSize.UNLIMITED))).isEmpty();
  }

  @Test
  void low_is_the_soft_limit_of_which_none_means_that_nothing_is_reclaimed_first() {
    assertThat(of(limits -> limits.memoryLow(mebibytes(1))))
        .containsExactly("memory.soft_limit_in_bytes = 1048576");
    assertThat(of(limits -> limits.memoryLow(mebibytes(0))))
        .containsExactly("memory.soft_limit_in_bytes = -1");
  }

  @Test
  void a_weight_is_shares() {
    assertThat(of(limits -> limits.cpuWeight(100))).containsExactly("cpu.shares = 1024");
    assertThat(of(limits -> limits.cpuWeight(1))).containsExactly("cpu.shares = 2");
    assertThat(of(limits -> limits.cpuWeight(10_000))).containsExactly("cpu.shares = 262144");
  }

  @Test
  void shares_of_all_weights_are_what_the_kernel_takes_and_never_fall() {
    long before = 0;
    for (int weight = 1; weight <= 10_000; weight++) {
      int each = weight;
      String line = of(limits -> limits.cpuWeight(each)).get(0);
      long shares = Long.parseLong(line.replace("cpu.shares = ", ""));
      assertThat(shares).isBetween(Math.max(2, before + 1), 262_144L);
      before = shares;
    }
  }

  @Test
  void a_quota_of_the_usual_period_is_one_write() {
    assertThat(of(limits -> limits.cpus(1.5))).containsExactly("cpu.cfs_quota_us = 150000");
    assertThat(of(limits -> limits.cpuQuota(CgroupLimits.NO_QUOTA)))
        .containsExactly("cpu.cfs_quota_us = -1");
  }

  @Test
  void a_longer_period_comes_before_the_quota_and_a_shorter_one_behind_it() {
    assertThat(
            of(limits -> limits.cpuQuota(Duration.ofMillis(20)).cpuPeriod(Duration.ofMillis(200))))
        .containsExactly("cpu.cfs_period_us = 200000", "cpu.cfs_quota_us = 20000");
    assertThat(
            of(limits -> limits.cpuQuota(Duration.ofMillis(20)).cpuPeriod(Duration.ofMillis(20))))
        .containsExactly("cpu.cfs_quota_us = 20000", "cpu.cfs_period_us = 20000");
  }

  @Test
  void between_quota_and_period_there_is_never_more_time_than_before_or_after() {
    long[] micros = {1_000, 10_000, 50_000, 100_000, 1_000_000};
    for (long quotaNow : micros) {
      for (long periodNow : micros) {
        for (long quota : micros) {
          for (long period : micros) {
            facts.file("cpu.cfs_quota_us", "" + quotaNow).file("cpu.cfs_period_us", "" + periodNow);
            double most = Math.max(quotaNow / (double) periodNow, quota / (double) period);
            long quotaIs = quotaNow;
            long periodIs = periodNow;
            for (String line :
                of(
                    limits ->
                        limits
                            .cpuQuota(Duration.ofNanos(quota * 1_000))
                            .cpuPeriod(Duration.ofNanos(period * 1_000)))) {
              long value = Long.parseLong(line.substring(line.indexOf('=') + 2));
              if (line.startsWith("cpu.cfs_quota_us")) {
                quotaIs = value;
              } else {
                periodIs = value;
              }
              assertThat(quotaIs / (double) periodIs).isLessThanOrEqualTo(most);
            }
            assertThat(quotaIs).isEqualTo(quota);
            assertThat(periodIs).isEqualTo(period);
          }
        }
      }
    }
  }

  @Test
  void a_burst_is_written_where_it_is_not_above_the_quota() {
    Consumer<CgroupLimits.Builder> limits =
        builder -> builder.cpuQuota(Duration.ofMillis(50)).cpuBurst(Duration.ofMillis(20));

    assertThat(of(limits)).containsExactly("cpu.cfs_quota_us = 50000", "cpu.cfs_burst_us = 20000");
    facts.file("cpu.cfs_burst_us", "60000");
    assertThat(of(limits)).containsExactly("cpu.cfs_burst_us = 20000", "cpu.cfs_quota_us = 50000");
  }

  @Test
  void idle_and_processes_are_as_in_v2() {
    assertThat(of(limits -> limits.cpuIdle(true).pids(32)))
        .containsExactly("cpu.idle = 1", "pids.max = 32");
    assertThat(of(limits -> limits.pids(CgroupLimits.UNLIMITED))).containsExactly("pids.max = max");
  }

  @Test
  void a_cpuset_is_compared_with_that_of_the_cgroup_above() {
    facts.above("cpuset.cpus", "0-1").above("cpuset.mems", "0");

    assertThat(of(limits -> limits.cpuset("0").cpusetMems("0")))
        .containsExactly("cpuset.cpus = 0", "cpuset.mems = 0");
    assertThatThrownBy(() -> of(limits -> limits.cpuset("0,2")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("limits.cpuset: 0,2 is more than there is: the cgroup above has 0-1");
  }

  @Test
  void disks_have_a_file_for_each_kind_of_limit_in_which_0_is_none() {
    assertThat(
            of(
                limits ->
                    limits.io(
                        IoLimit.readBps(SDA, 1),
                        IoLimit.writeBps(SDA, 2),
                        IoLimit.readIops(SDA, 3),
                        IoLimit.writeIops(SDA, CgroupLimits.UNLIMITED))))
        .containsExactly(
            "blkio.throttle.read_bps_device = 8:0 1",
            "blkio.throttle.write_bps_device = 8:0 2",
            "blkio.throttle.read_iops_device = 8:0 3",
            "blkio.throttle.write_iops_device = 8:0 0");
  }

  @Test
  void a_weight_of_disks_is_that_of_the_scheduler_that_there_is() {
    assertThat(unenforced(limits -> limits.ioWeight(100)))
        .contains("neither blkio.bfq.weight nor blkio.weight")
        .contains("modprobe bfq");
    facts.file("blkio.weight", "500");
    assertThat(of(limits -> limits.ioWeight(100))).containsExactly("blkio.weight = 500");
    facts.file("blkio.bfq.weight", "100");
    assertThat(of(limits -> limits.ioWeight(100))).containsExactly("blkio.bfq.weight = 100");
  }

  @Test
  void huge_pages_are_limited_with_their_reservations() {
    facts
        .file("hugetlb.2MB.limit_in_bytes", NO_LIMIT)
        .file("hugetlb.2MB.rsvd.limit_in_bytes", NO_LIMIT);

    assertThat(of(limits -> limits.hugetlb(mebibytes(2), mebibytes(4))))
        .containsExactly(
            "hugetlb.2MB.limit_in_bytes = 4194304", "hugetlb.2MB.rsvd.limit_in_bytes = 4194304");
    assertThat(of(limits -> limits.hugetlb(mebibytes(2), ByteSize.UNLIMITED)))
        .contains("hugetlb.2MB.limit_in_bytes = -1");
  }

  private static List<DeviceRule> rules(String... texts) {
    return Stream.of(texts).map(DeviceRule::parse).toList();
  }

  @Test
  void in_a_new_cgroup_all_devices_are_denied_first() {
    assertThat(of(limits -> limits.devices(rules("c 1:3 r", "b *:* m", "c 1:3 w"))))
        .containsExactly("devices.deny = a", "devices.allow = c 1:3 rw", "devices.allow = b *:* m");
    assertThat(of(limits -> limits.devices(List.of()))).containsExactly("devices.deny = a");
  }

  @Test
  void all_devices_are_two_rules_for_a_means_every_access() {
    assertThat(of(limits -> limits.devices(rules("a *:* r"))))
        .containsExactly("devices.deny = a", "devices.allow = b *:* r", "devices.allow = c *:* r");
  }

  @Test
  void of_a_limited_one_only_the_difference_is_written() {
    facts.file("devices.list", "c 1:3 rw\nb 8:0 r\nc *:* m");

    assertThat(of(limits -> limits.devices(rules("c 1:3 rm", "c *:* m", "c 1:5 r"))))
        .containsExactly(
            "devices.allow = c 1:3 m",
            "devices.allow = c 1:5 r",
            "devices.deny = c 1:3 w",
            "devices.deny = b 8:0 r");
    facts.file("devices.list", "");
    assertThat(of(limits -> limits.devices(rules("c 1:5 r"))))
        .containsExactly("devices.allow = c 1:5 r");
  }

  @Test
  void raw_keys_are_of_v2() {
    assertThat(unenforced(limits -> limits.unified("memory.oom.group", "1")))
        .startsWith(
            "limits.unified cannot be enforced: memory.oom.group is a file of cgroups v2, and here"
                + " the controller memory is one of v1");
  }

  @Test
  void beside_v1_the_controllers_of_v2_are_written_as_in_v2() {
    facts.file("hugetlb.2MB.max", "max");
    CgroupLimits limits =
        CgroupLimits.builder()
            .memory("64m")
            .hugetlb(mebibytes(2), mebibytes(4))
            .unified("hugetlb.2MB.rsvd.max", "0")
            .build();

    Settings.Result result =
        Settings.of(
            limits,
            controller -> Optional.of(controller == Controller.HUGETLB ? Version.V2 : Version.V1),
            facts);

    assertThat(result.settings())
        .extracting(Setting::file)
        .containsExactly("memory.limit_in_bytes", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max");
    assertThat(result.unenforced()).isEmpty();
  }
}
