package io.jcontainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupLimitsTest {
  private static final Path DISK = Path.of("/dev/sda");

  private static CgroupLimits limits(Consumer<CgroupLimits.Builder> change) {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    change.accept(builder);
    return builder.build();
  }

  private static void refused(String field, String part, Consumer<CgroupLimits.Builder> change) {
    assertThatThrownBy(() -> limits(change))
        .hasMessageContaining(part)
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("limits." + field));
  }

  private static CgroupLimits everything() {
    return CgroupLimits.builder()
        .memory("64m")
        .memoryHigh(ByteSize.ofMebibytes(48))
        .memoryLow(ByteSize.ofMebibytes(16))
        .memorySwap(ByteSize.ofBytes(0))
        .cpuPeriod(Duration.ofMillis(50))
        .cpus(1.5)
        .cpuBurst(Duration.ofMillis(10))
        .cpuWeight(200)
        .cpuset("0-2,4")
        .cpusetMems("0")
        .pids(100)
        .ioWeight(50)
        .io(IoLimit.readBps(DISK, 1 << 20), IoLimit.writeIops(DISK, 10))
        .hugetlb(ByteSize.ofMebibytes(2), ByteSize.ofMebibytes(8))
        .device(DeviceRule.parse("c 10:200 rwm"))
        .unified("memory.oom.group", "1")
        .bestEffort()
        .build();
  }

  @Test
  void without_a_word_nothing_is_limited() {
    CgroupLimits none = CgroupLimits.none();

    assertThat(none).isEqualTo(CgroupLimits.builder().build()).hasToString("no limits");
    assertThat(none.memory()).isEmpty();
    assertThat(none.pids()).isEmpty();
    assertThat(none.cpuShares()).isEmpty();
    assertThat(none.devices()).isEmpty();
    assertThat(none.io()).isEmpty();
    assertThat(none.cpuPeriod()).isEqualTo(Duration.ofMillis(100));
    assertThat(none.bestEffort()).isFalse();
  }

  @Test
  void a_builder_that_starts_from_limits_makes_the_same() {
    CgroupLimits limits = everything();
    CgroupLimits again = limits.toBuilder().build();

    assertThat(again).isEqualTo(limits).hasSameHashCodeAs(limits).isNotEqualTo(CgroupLimits.none());
    assertThat(again.cpuQuota()).contains(Duration.ofMillis(75));
    assertThat(again.memorySwap()).contains(ByteSize.ofBytes(0));
    assertThat(again.unified()).isEqualTo(Map.of("memory.oom.group", "1"));
    assertThat(again.bestEffort()).isTrue();
    assertThat(limits.toBuilder().pids(5).build()).isNotEqualTo(limits);
  }

  @Test
  void they_print_what_is_limited() {
    assertThat(everything())
        .hasToString(
            "memory 64m, memoryHigh 48m, memoryLow 16m, memorySwap 0, cpuQuota PT0.075S in"
                + " PT0.05S, cpuWeight 200, cpuBurst PT0.01S, cpuset 0-2,4, cpusetMems 0, pids 100,"
                + " ioWeight 50, io readBps 1048576 writeIops 10 of /dev/sda, hugetlb 8m of 2m,"
                + " devices "
                + everything().devices().orElseThrow()
                + ", memory.oom.group 1");
  }

  @Test
  void a_builder_does_not_change_what_it_has_made() {
    CgroupLimits.Builder builder = CgroupLimits.builder().device(DeviceRule.parse("a rwm"));
    CgroupLimits first = builder.build();
    builder.device(DeviceRule.parse("c 1:3 r")).io(IoLimit.readBps(DISK, 1)).unified("a.b", "c");

    assertThat(first.devices().orElseThrow()).hasSize(DeviceRule.usual().size() + 1);
    assertThat(first.io()).isEmpty();
    assertThat(first.unified()).isEmpty();
  }

  @Test
  void processors_are_a_quota_of_periods_in_whatever_order_they_are_said() {
    assertThat(limits(l -> l.cpus(0.5)).cpuQuota()).contains(Duration.ofMillis(50));
    assertThat(limits(l -> l.cpus(2).cpuPeriod(Duration.ofMillis(10))).cpuQuota())
        .isEqualTo(limits(l -> l.cpuPeriod(Duration.ofMillis(10)).cpus(2)).cpuQuota())
        .contains(Duration.ofMillis(20));
    assertThat(limits(l -> l.cpus(2).cpuQuota(Duration.ofMillis(3))).cpuQuota())
        .contains(Duration.ofMillis(3));
    assertThat(limits(l -> l.cpuQuota(CgroupLimits.NO_QUOTA)).cpuQuota())
        .contains(CgroupLimits.NO_QUOTA);
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "1024, 100", "262144, 10000", "512, 59", "2048, 174"})
  void shares_of_version_1_become_the_weight_that_runc_makes_of_them(long shares, int weight) {
    assertThat(limits(l -> l.cpuShares(shares)).cpuWeight()).hasValue(weight);
  }

  @Test
  void a_weight_is_told_in_shares_that_stand_for_it() {
    assertThat(limits(l -> l.cpuWeight(100)).cpuShares()).hasValue(1024);
    assertThat(limits(l -> l.cpuWeight(1)).cpuShares()).hasValue(2);
    assertThat(limits(l -> l.cpuWeight(10_000)).cpuShares()).hasValue(262_144);
    long before = 0;
    for (int weight = 1; weight <= 10_000; weight++) {
      long shares = CpuShares.fromWeight(weight);
      assertThat(shares).isGreaterThan(before);
      before = shares;
    }
  }

  @Test
  void memory_of_less_than_a_page_is_refused() {
    refused("memory", "4095 bytes", l -> l.memory("4095"));
    refused("memory", "\"64x\"", l -> l.memory("64x"));
    assertThat(limits(l -> l.memory("4k")).memory()).contains(ByteSize.ofBytes(4096));
  }

  @Test
  void sizes_are_values_or_texts() {
    assertThat(limits(l -> l.memory("3m").memoryHigh("2m").memoryLow("1m").memorySwap("0")))
        .isEqualTo(
            limits(
                l ->
                    l.memory(ByteSize.ofMebibytes(3))
                        .memoryHigh(ByteSize.ofMebibytes(2))
                        .memoryLow(ByteSize.ofMebibytes(1))
                        .memorySwap(ByteSize.ofBytes(0))));
    refused("memorySwap", "\"-1\"", l -> l.memorySwap("-1"));
  }

  @Test
  void what_is_kept_is_not_more_than_what_is_slowed_down_and_that_than_the_most() {
    ByteSize little = ByteSize.ofMebibytes(1);
    ByteSize much = ByteSize.ofMebibytes(2);
    refused(
        "memoryLow", "2m is more than memoryHigh, 1m", l -> l.memoryLow(much).memoryHigh(little));
    refused("memoryLow", "2m is more than memory, 1m", l -> l.memoryLow(much).memory(little));
    refused("memoryHigh", "2m is more than memory, 1m", l -> l.memoryHigh(much).memory(little));
    assertThat(limits(l -> l.memory(little).memoryHigh(little).memoryLow(little)).memoryLow())
        .contains(little);
  }

  @Test
  void processor_time_is_what_the_kernel_takes() {
    refused("cpuQuota", "less than 1 ms", l -> l.cpuQuota(Duration.ofNanos(999_999)));
    refused("cpuQuota", "less than 1 ms", l -> l.cpus(0.009));
    refused("cpuQuota", "2^44", l -> l.cpuQuota(Duration.ofDays(300)));
    refused("cpus", "0.0", l -> l.cpus(0));
    refused("cpus", "NaN", l -> l.cpus(Double.NaN));
    refused("cpus", "Infinity", l -> l.cpus(Double.POSITIVE_INFINITY));
    refused("cpuPeriod", "from 1 ms to 1 s", l -> l.cpus(1).cpuPeriod(Duration.ofSeconds(2)));
    refused("cpuPeriod", "from 1 ms to 1 s", l -> l.cpus(1000).cpuPeriod(Duration.ofNanos(10_000)));
    refused("cpuPeriod", "without a quota", l -> l.cpuPeriod(Duration.ofMillis(50)));
    refused("cpuBurst", "from 0 to the quota", l -> l.cpus(1).cpuBurst(Duration.ofMillis(101)));
    refused("cpuBurst", "from 0 to the quota", l -> l.cpus(1).cpuBurst(Duration.ofMillis(-1)));
    refused("cpuBurst", "only a quota", l -> l.cpuBurst(Duration.ofMillis(1)));
    refused("cpuIdle", "no weight", l -> l.cpuIdle(true).cpuWeight(1));
    assertThat(limits(l -> l.cpuIdle(false).cpuWeight(1)).cpuIdle()).contains(false);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 10_001})
  void a_weight_is_from_1_to_10000(int weight) {
    refused("cpuWeight", Integer.toString(weight), l -> l.cpuWeight(weight));
    refused("ioWeight", Integer.toString(weight), l -> l.ioWeight(weight));
  }

  @Test
  void shares_are_from_2_to_262144() {
    refused("cpuShares", "1", l -> l.cpuShares(1));
    refused("cpuShares", "262145", l -> l.cpuShares(262_145));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "0-", "-1", "1,", ",1", "a", "0-1-2", "0 1", "0\n", "100000", "+1"})
  void a_set_of_processors_is_numbers_and_ranges(String set) {
    refused("cpuset", "is not a list", l -> l.cpuset(set));
    refused("cpusetMems", "is not a list", l -> l.cpusetMems(set));
  }

  @Test
  void a_range_does_not_go_backwards() {
    refused("cpuset", "3-2", l -> l.cpuset("0,3-2"));
    assertThat(limits(l -> l.cpuset("3-3,0,1-2")).cpuset()).contains("3-3,0,1-2");
  }

  @Test
  void at_least_one_process_is_needed() {
    refused("pids", "0 is less than 1", l -> l.pids(0));
    refused("pids", "-1 is less than 1", l -> l.pids(-1));
    assertThat(limits(l -> l.pids(CgroupLimits.UNLIMITED)).pids()).hasValue(Long.MAX_VALUE);
  }

  @Test
  void limits_of_one_device_are_put_together_unless_they_are_of_the_same() {
    CgroupLimits limits =
        limits(
            l ->
                l.io(IoLimit.readBps(DISK, 1))
                    .io(IoLimit.readBps(Path.of("/dev/sdb"), 2), IoLimit.writeBps(DISK, 3)));

    assertThat(limits.io())
        .containsExactly(
            new IoLimit(
                DISK,
                OptionalLong.of(1),
                OptionalLong.of(3),
                OptionalLong.empty(),
                OptionalLong.empty()),
            IoLimit.readBps(Path.of("/dev/sdb"), 2));
    refused("io", "two limits", l -> l.io(IoLimit.readBps(DISK, 1), IoLimit.readBps(DISK, 1)));
  }

  @Test
  void a_limit_of_a_device_is_more_than_nothing_in_a_second() {
    refused("io", "not more than zero", l -> l.io(IoLimit.writeIops(DISK, 0)));
    refused("io", "absolute", l -> l.io(IoLimit.writeIops(Path.of("sda"), 1)));
    OptionalLong none = OptionalLong.empty();
    refused("io", "nothing of", l -> l.io(new IoLimit(DISK, none, none, none, none)));
  }

  @Test
  void a_huge_page_is_a_power_of_two_and_more_than_a_page() {
    refused("hugetlb", "3m", l -> l.hugetlb(ByteSize.ofMebibytes(3), ByteSize.UNLIMITED));
    refused("hugetlb", "4k", l -> l.hugetlb(ByteSize.ofBytes(4096), ByteSize.UNLIMITED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "memory", ".max", "memory.", "../x.y", "a/b.c", "a.b\n", "a.b\0", "a b.c", "ä.b"
      })
  void a_raw_key_is_the_name_of_a_file_of_a_controller(String key) {
    refused("unified", "no name of a file", l -> l.unified(key, "1"));
  }

  @Test
  void a_raw_value_is_one_line() {
    refused("unified", "newline", l -> l.unified("memory.oom.group", "1\n"));
    refused("unified", "NUL", l -> l.unified("memory.oom.group", "1\0"));
    assertThat(limits(l -> l.unified("memory.oom.group", "0").unified("memory.oom.group", "1")))
        .isEqualTo(limits(l -> l.unified("memory.oom.group", "1")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cgroup.procs", "cgroup.kill", "cgroup.subtree_control", "cgroup.freeze"})
  void what_jcontainer_writes_itself_is_no_raw_key(String key) {
    refused("unified", "jcontainer itself", l -> l.unified(key, "1"));
  }

  @Test
  void what_is_said_by_an_option_is_not_said_by_a_raw_key_too() {
    refused("unified", "limits.memory", l -> l.memory("1m").unified("memory.max", "max"));
    refused("unified", "limits.io", l -> l.io(IoLimit.readBps(DISK, 1)).unified("io.max", "x"));
    assertThat(limits(l -> l.unified("memory.max", "max")).unified()).hasSize(1);
  }

  @Test
  void a_spec_with_empty_limits_is_not_one_without() {
    ContainerSpec without = ContainerSpec.of("true");
    ContainerSpec with = without.toBuilder().limits(CgroupLimits.none()).build();

    assertThat(without.limits()).isEmpty();
    assertThat(with.limits()).contains(CgroupLimits.none());
    assertThat(with.toBuilder().limits(l -> l.pids(3)).limits(l -> l.memory("1m")).build().limits())
        .isEqualTo(Optional.of(limits(l -> l.pids(3).memory("1m"))));
    assertThat(List.of(with.toBuilder().build().limits())).containsExactly(with.limits());
  }
}
