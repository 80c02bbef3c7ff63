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
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SettingsV2Test {
  private static final Path SDA = Path.of("/dev/sda");

  private final FakeFacts facts = new FakeFacts();

  private Settings.Result result(Consumer<CgroupLimits.Builder> limits) {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    limits.accept(builder);
    return Settings.of(builder.build(), any -> Optional.of(Version.V2), facts);
  }

  private List<String> of(Consumer<CgroupLimits.Builder> limits) {
    Settings.Result result = result(limits);
    assertThat(result.unenforced()).isEmpty();
    return lines(result);
  }

  private static List<String> lines(Settings.Result result) {
    return result.settings().stream()
        .map(setting -> setting.file() + " = " + setting.value())
        .toList();
  }

  @Test
  void what_is_not_named_is_not_written() {
    assertThat(of(limits -> {})).isEmpty();
  }

  @Test
  void memory_is_in_bytes_with_swap_alone() {
    assertThat(
            of(
                limits ->
                    limits
                        .memory("64m")
                        .memoryHigh(ByteSize.parse("48m"))
                        .memoryLow(ByteSize.parse("16m"))
                        .memorySwap(ByteSize.ofBytes(0))))
        .containsExactly(
            "memory.swap.max = 0",
            "memory.low = 16777216",
            "memory.high = 50331648",
            "memory.max = 67108864");
  }

  @Test
  void no_limit_is_max() {
    assertThat(
            of(
                limits ->
                    limits
                        .memory(ByteSize.UNLIMITED)
                        .memorySwap(ByteSize.UNLIMITED)
                        .memoryHigh(ByteSize.UNLIMITED)
                        .pids(CgroupLimits.UNLIMITED)
                        .cpuQuota(CgroupLimits.NO_QUOTA)
                        .io(IoLimit.readBps(SDA, CgroupLimits.UNLIMITED))))
        .containsExactly(
            "cpu.max = max 100000",
            "memory.swap.max = max",
            "memory.high = max",
            "memory.max = max",
            "pids.max = max",
            "io.max = 8:0 rbps=max");
  }

  @Test
  void quota_and_period_are_one_line_in_microseconds() {
    assertThat(of(limits -> limits.cpus(0.5))).containsExactly("cpu.max = 50000 100000");
    assertThat(
            of(limits -> limits.cpuQuota(Duration.ofMillis(30)).cpuPeriod(Duration.ofMillis(10))))
        .containsExactly("cpu.max = 30000 10000");
  }

  @Test
  void a_burst_is_written_where_it_is_not_above_the_quota() {
    Consumer<CgroupLimits.Builder> limits =
        builder -> builder.cpuQuota(Duration.ofMillis(50)).cpuBurst(Duration.ofMillis(20));

    facts.file("cpu.max.burst", "0");
    assertThat(of(limits)).containsExactly("cpu.max = 50000 100000", "cpu.max.burst = 20000");
    facts.file("cpu.max.burst", "80000");
    assertThat(of(limits)).containsExactly("cpu.max.burst = 20000", "cpu.max = 50000 100000");
  }

  @Test
  void who_is_idle_no_longer_gets_its_weight_afterwards() {
    assertThat(of(limits -> limits.cpuIdle(false).cpuWeight(300)))
        .containsExactly("cpu.idle = 0", "cpu.weight = 300");
    assertThat(of(limits -> limits.cpuIdle(true))).containsExactly("cpu.idle = 1");
  }

  @Test
  void cpu_shares_are_a_weight() {
    assertThat(of(limits -> limits.cpuShares(1024))).containsExactly("cpu.weight = 100");
  }

  @Test
  void a_cpuset_of_what_is_there_is_written_as_it_is() {
    facts.above("cpuset.cpus.effective", "0-3,8").above("cpuset.mems.effective", "0");

    assertThat(of(limits -> limits.cpuset("1-2,8").cpusetMems("0")))
        .containsExactly("cpuset.cpus = 1-2,8", "cpuset.mems = 0");
  }

  @Test
  void a_cpuset_of_what_is_not_there_is_refused_for_the_kernel_takes_it() {
    facts.above("cpuset.cpus.effective", "0-1").above("cpuset.mems.effective", "0");

    assertThatThrownBy(() -> of(limits -> limits.cpuset("1-2")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("limits.cpuset: 1-2 is more than there is: the cgroup above has 0-1");
    assertThatThrownBy(() -> of(limits -> limits.cpusetMems("7")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("limits.cpusetMems: 7 is more");
    assertThatThrownBy(() -> of(limits -> limits.cpuset("0-70000")))
        .isInstanceOf(InvalidSpecException.class);
  }

  @Test
  void a_disk_has_one_line_with_what_is_named() {
    assertThat(
            of(
                limits ->
                    limits.io(
                        IoLimit.readBps(SDA, 1 << 20),
                        IoLimit.writeIops(SDA, 100),
                        IoLimit.writeBps(Path.of("/dev/sdb"), 4096),
                        IoLimit.readIops(Path.of("/dev/sdb"), 5))))
        .containsExactly("io.max = 8:0 rbps=1048576 wiops=100", "io.max = 8:16 wbps=4096 riops=5");
  }

  @Test
  void a_disk_that_is_not_there_is_refused() {
    assertThatThrownBy(() -> of(limits -> limits.io(IoLimit.readBps(Path.of("/dev/nvme7"), 1))))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessage("limits.io: /dev/nvme7 is not there");
  }

  @Test
  void a_weight_of_disks_goes_to_each_file_that_there_is() {
    facts.file("io.weight", "default 100");
    assertThat(of(limits -> limits.ioWeight(10_000))).containsExactly("io.weight = 10000");

    facts.file("io.bfq.weight", "100");
    assertThat(of(limits -> limits.ioWeight(10_000)))
        .containsExactly("io.weight = 10000", "io.bfq.weight = 1000");
  }

  @Test
  void a_kernel_without_weights_of_disks_is_told_with_the_cure() {
    Settings.Result result = result(limits -> limits.ioWeight(50));

    assertThat(result.settings()).isEmpty();
    assertThat(result.unenforced())
        .extracting(Unenforced::sentence)
        .containsExactly(
            "limits.ioWeight cannot be enforced: the kernel has neither io.weight nor"
                + " io.bfq.weight. It needs CONFIG_BLK_CGROUP_IOCOST, or the scheduler BFQ:"
                + " modprobe bfq");
  }

  @Test
  void huge_pages_are_named_by_their_size_and_reservations_are_limited_too() {
    facts
        .file("hugetlb.2MB.max", "max")
        .file("hugetlb.2MB.rsvd.max", "max")
        .file("hugetlb.1GB.max", "max")
        .file("hugetlb.64KB.max", "max");

    assertThat(of(limits -> limits.hugetlb(ByteSize.ofMebibytes(2), ByteSize.ofMebibytes(64))))
        .containsExactly("hugetlb.2MB.max = 67108864", "hugetlb.2MB.rsvd.max = 67108864");
    assertThat(of(limits -> limits.hugetlb(ByteSize.parse("1g"), ByteSize.UNLIMITED)))
        .containsExactly("hugetlb.1GB.max = max");
    assertThat(of(limits -> limits.hugetlb(ByteSize.parse("64k"), ByteSize.ofBytes(0))))
        .containsExactly("hugetlb.64KB.max = 0");
  }

  @Test
  void huge_pages_of_a_size_that_the_kernel_has_not_are_told() {
    assertThat(
            result(limits -> limits.hugetlb(ByteSize.parse("4m"), ByteSize.ofBytes(0)))
                .unenforced())
        .extracting(Unenforced::sentence)
        .containsExactly(
            "limits.hugetlb cannot be enforced: the kernel has no huge pages of 4m. ls"
                + " /sys/kernel/mm/hugepages tells what sizes it has");
  }

  @Test
  void rules_for_devices_are_no_file() {
    assertThat(of(limits -> limits.devices(DeviceRule.usual()))).isEmpty();
  }

  @Test
  void raw_keys_are_written_last_as_they_are() {
    Settings.Result result =
        result(
            limits ->
                limits
                    .unified("memory.oom.group", "1")
                    .unified("cgroup.max.depth", "3")
                    .unified("rdma.max", "mlx4_0 hca_handle=2")
                    .pids(5));

    assertThat(lines(result))
        .containsExactly(
            "pids.max = 5",
            "memory.oom.group = 1",
            "cgroup.max.depth = 3",
            "rdma.max = mlx4_0 hca_handle=2");
    assertThat(result.settings())
        .extracting(Setting::controller)
        .containsExactly(
            Controller.PIDS, Controller.MEMORY, Controller.FREEZER, Controller.FREEZER);
    assertThat(result.settings()).last().extracting(Setting::limit).isEqualTo("limits.unified");
  }

  @Test
  void each_controller_is_named_with_what_needs_it() {
    CgroupLimits limits =
        CgroupLimits.builder()
            .memory("64m")
            .memorySwap(ByteSize.ofBytes(0))
            .cpus(1)
            .cpuset("0")
            .pids(1)
            .ioWeight(1)
            .hugetlb(ByteSize.parse("2m"), ByteSize.ofBytes(0))
            .devices(List.of())
            .unified("memory.oom.group", "1")
            .unified("cgroup.max.depth", "3")
            .build();

    assertThat(Settings.needed(limits))
        .containsEntry(
            Controller.MEMORY, Set.of("limits.memory", "limits.memorySwap", "limits.unified"))
        .containsEntry(Controller.CPU, Set.of("limits.cpuQuota"))
        .containsEntry(Controller.CPUSET, Set.of("limits.cpuset"))
        .containsEntry(Controller.PIDS, Set.of("limits.pids"))
        .containsEntry(Controller.IO, Set.of("limits.ioWeight"))
        .containsEntry(Controller.HUGETLB, Set.of("limits.hugetlb"))
        .containsEntry(Controller.DEVICES, Set.of("limits.devices"))
        .containsEntry(Controller.FREEZER, Set.of("limits.unified"))
        .hasSize(8);
    assertThat(Settings.needed(CgroupLimits.none())).isEmpty();
  }

  @Test
  void each_setting_names_the_field_that_asked_for_it() {
    facts.file("io.weight", "default 100").file("cpu.max.burst", "0");
    Settings.Result result =
        result(
            limits ->
                limits
                    .memory("64m")
                    .memoryHigh(ByteSize.parse("32m"))
                    .memoryLow(ByteSize.parse("1m"))
                    .memorySwap(ByteSize.parse("1m"))
                    .cpus(1)
                    .cpuWeight(7)
                    .cpuBurst(Duration.ofMillis(1))
                    .pids(4)
                    .ioWeight(3)
                    .io(IoLimit.readBps(SDA, 1)));

    assertThat(result.settings())
        .extracting(Setting::limit)
        .containsExactly(
            "limits.cpuWeight",
            "limits.cpuQuota",
            "limits.cpuBurst",
            "limits.memorySwap",
            "limits.memoryLow",
            "limits.memoryHigh",
            "limits.memory",
            "limits.pids",
            "limits.ioWeight",
            "limits.io");
  }

  @Test
  void a_weight_on_another_scale_keeps_its_ends_and_what_everybody_has_and_never_falls() {
    assertThat(Settings.scaled(1, 1, 100, 1_000)).isEqualTo(1);
    assertThat(Settings.scaled(100, 1, 100, 1_000)).isEqualTo(100);
    assertThat(Settings.scaled(10_000, 1, 100, 1_000)).isEqualTo(1_000);
    assertThat(Settings.scaled(1, 10, 500, 1_000)).isEqualTo(10);
    assertThat(Settings.scaled(100, 10, 500, 1_000)).isEqualTo(500);
    assertThat(Settings.scaled(10_000, 10, 500, 1_000)).isEqualTo(1_000);
    for (int weight = 2; weight <= 10_000; weight++) {
      assertThat(Settings.scaled(weight, 1, 100, 1_000))
          .isGreaterThanOrEqualTo(Settings.scaled(weight - 1, 1, 100, 1_000));
      assertThat(Settings.scaled(weight, 10, 500, 1_000))
          .isBetween(Settings.scaled(weight - 1, 10, 500, 1_000), 1_000L);
    }
  }
}
