package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.IoLimit;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel takes each limit, wherever its controller is, and what it does not take leaves
 * nothing.
 */
@RequiresHost(Feature.CGROUPS)
@Tag("cgroups")
@LeakChecked
@Timeout(120)
class EveryLimitIT {
  private static final ByteSize HUGE = ByteSize.ofMebibytes(2);

  private final Kernel kernel = new JnaKernel();
  @TempDir Path directory;
  private Cgroups cgroups;
  private final List<Cgroup> groups = new ArrayList<>();

  @BeforeEach
  void begin() {
    cgroups =
        new Cgroups(
            kernel,
            StateDirectory.at(directory.resolve("state"), kernel.effectiveUserId()),
            RuntimeOptions.defaults().withCgroupDelegation(true),
            () -> "unused");
  }

  @AfterEach
  void end() {
    groups.forEach(Cgroup::remove);
    cgroups.close();
  }

  private static CgroupLimits limits(Consumer<CgroupLimits.Builder> consumer) {
    CgroupLimits.Builder builder = CgroupLimits.builder();
    consumer.accept(builder);
    return builder.build();
  }

  private Cgroup make(Consumer<CgroupLimits.Builder> limits) {
    Cgroup group = cgroups.make("c" + groups.size(), limits(limits));
    groups.add(group);
    if (!limits(limits).bestEffort()) {
      assertThat(group.unenforced()).isEmpty();
    }
    return group;
  }

  /** Skips the test where this host has not got a controller to give away. */
  private void assume(Controller controller) {
    try (Cgroups others =
        new Cgroups(
            kernel,
            StateDirectory.at(directory.resolve("trial"), kernel.effectiveUserId()),
            RuntimeOptions.defaults().withCgroupDelegation(true),
            () -> "unused")) {
      CgroupLimits.Builder trial = CgroupLimits.builder();
      switch (controller) {
        case CPUSET -> trial.cpuset("0");
        case IO -> trial.io(IoLimit.readBps(disk(), CgroupLimits.UNLIMITED));
        case HUGETLB -> trial.hugetlb(HUGE, ByteSize.UNLIMITED);
        case DEVICES -> trial.devices(DeviceRule.usual());
        default -> throw new AssertionError(controller);
      }
      try {
        others.make("trial", trial.build()).remove();
      } catch (HostUnsupportedException e) {
        assumeTrue(false, String.valueOf(e.getMessage()));
      }
    }
  }

  private static Version version(Cgroup group, Controller controller) {
    return group.directory(controller).orElseThrow().version();
  }

  private static Optional<String> read(Cgroup group, Controller controller, String file) {
    return KernelFile.read(group.directory(controller).orElseThrow().path().resolve(file));
  }

  private static String read(Cgroup group, Controller controller, String v1, String v2) {
    boolean first = version(group, controller) == Version.V1;
    return read(group, controller, first ? v1 : v2).orElseThrow();
  }

  @Test
  void low_memory_is_kept_and_high_memory_is_held_or_told() {
    Cgroup group =
        make(
            limits ->
                limits
                    .memoryLow(ByteSize.parse("1m"))
                    .memoryHigh(ByteSize.parse("32m"))
                    .bestEffort());
    assertThat(read(group, Controller.MEMORY, "memory.soft_limit_in_bytes", "memory.low"))
        .isEqualTo("1048576");
    if (version(group, Controller.MEMORY) == Version.V2) {
      assertThat(read(group, Controller.MEMORY, "memory.high")).contains("33554432");
      assertThat(group.unenforced()).isEmpty();
    } else {
      assertThat(group.unenforced())
          .singleElement()
          .asString()
          .startsWith("limits.memoryHigh cannot be enforced: cgroups v1");
    }
  }

  @Test
  void processor_time_can_be_changed_in_any_order() {
    Random random = new Random(4711);
    Cgroup group = make(limits -> limits.cpus(1));
    for (int round = 0; round < 60; round++) {
      Duration period = Duration.ofMillis(1 + random.nextInt(1000));
      Duration quota = Duration.ofMillis(1 + random.nextInt(3000));
      Duration burst = Duration.ofMillis(random.nextInt((int) quota.toMillis() + 1));
      group.update(limits(limits -> limits.cpuPeriod(period).cpuQuota(quota).cpuBurst(burst)));

      String micros = quota.toNanos() / 1000 + " " + period.toNanos() / 1000;
      assertThat(cpu(group)).isEqualTo(micros);
      assertThat(read(group, Controller.CPU, "cpu.cfs_burst_us", "cpu.max.burst"))
          .isEqualTo(String.valueOf(burst.toNanos() / 1000));
    }
  }

  private static String cpu(Cgroup group) {
    return version(group, Controller.CPU) == Version.V2
        ? read(group, Controller.CPU, "cpu.max").orElseThrow()
        : read(group, Controller.CPU, "cpu.cfs_quota_us").orElseThrow()
            + " "
            + read(group, Controller.CPU, "cpu.cfs_period_us").orElseThrow();
  }

  @Test
  void the_shortest_and_the_longest_times_are_taken() {
    Cgroup group =
        make(limits -> limits.cpuQuota(Duration.ofMillis(1)).cpuPeriod(Duration.ofMillis(1)));
    assertThat(cpu(group)).isEqualTo("1000 1000");
    Duration longest = Duration.ofNanos(((1L << 44) - 1) * 1_000);
    group.update(limits(limits -> limits.cpuQuota(longest).cpuPeriod(Duration.ofSeconds(1))));
    assertThat(cpu(group)).isEqualTo(((1L << 44) - 1) + " 1000000");
    group.update(limits(limits -> limits.cpuQuota(CgroupLimits.NO_QUOTA)));
    assertThat(cpu(group)).matches("(max|-1) \\d+");
  }

  @Test
  void a_weight_and_running_only_when_nothing_else_wants_to() {
    Cgroup group = make(limits -> limits.cpuWeight(200));
    assertThat(read(group, Controller.CPU, "cpu.shares", "cpu.weight"))
        .isEqualTo(version(group, Controller.CPU) == Version.V1 ? "2451" : "200");

    group.update(limits(limits -> limits.cpuIdle(true)));
    assertThat(read(group, Controller.CPU, "cpu.idle")).contains("1");

    group.update(limits(limits -> limits.cpuIdle(false).cpuWeight(100)));
    assertThat(read(group, Controller.CPU, "cpu.idle")).contains("0");
    assertThat(read(group, Controller.CPU, "cpu.shares", "cpu.weight"))
        .isEqualTo(version(group, Controller.CPU) == Version.V1 ? "1024" : "100");
  }

  @Test
  void memory_and_swap_can_be_changed_in_any_order() {
    Random random = new Random(4711);
    Cgroup group =
        make(limits -> limits.memory("64m").memorySwap(ByteSize.ofBytes(0)).bestEffort());
    assumeTrue(group.unenforced().isEmpty(), group.unenforced()::toString);
    for (int round = 0; round < 60; round++) {
      ByteSize memory = ByteSize.ofMebibytes(1 + random.nextInt(100));
      ByteSize swap =
          random.nextInt(5) == 0 ? ByteSize.UNLIMITED : ByteSize.ofMebibytes(random.nextInt(100));
      group.update(limits(limits -> limits.memory(memory).memorySwap(swap)));

      assertThat(read(group, Controller.MEMORY, "memory.limit_in_bytes", "memory.max"))
          .isEqualTo("" + memory.bytes());
      assertThat(swap(group)).isEqualTo(swap);
    }
    group.update(limits(limits -> limits.memory("8m").memorySwap(ByteSize.ofMebibytes(8))));
    group.update(limits(limits -> limits.memory("64m")));
    assertThat(swap(group)).as("stays").isEqualTo(ByteSize.ofMebibytes(8));
  }

  private static ByteSize swap(Cgroup group) {
    if (version(group, Controller.MEMORY) == Version.V2) {
      String swap = read(group, Controller.MEMORY, "memory.swap.max").orElseThrow();
      return swap.equals("max") ? ByteSize.UNLIMITED : ByteSize.parse(swap);
    }
    long both =
        Long.parseLong(read(group, Controller.MEMORY, "memory.memsw.limit_in_bytes").orElseThrow());
    long memory =
        Long.parseLong(read(group, Controller.MEMORY, "memory.limit_in_bytes").orElseThrow());
    return both > Long.MAX_VALUE / 2 ? ByteSize.UNLIMITED : ByteSize.ofBytes(both - memory);
  }

  @Test
  void processors_and_memory_nodes_are_what_is_said() throws Exception {
    assume(Controller.CPUSET);
    Cgroup group = make(limits -> limits.cpuset("0").cpusetMems("0").pids(9));
    assertThat(read(group, Controller.CPUSET, "cpuset.cpus")).contains("0");
    assertThat(read(group, Controller.CPUSET, "cpuset.mems")).contains("0");
    // Somebody can be in there.
    Path tasks = group.directory(Controller.CPUSET).orElseThrow().path().resolve("cgroup.procs");
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "echo 0 >\"$1\" && grep Cpus_allowed_list /proc/self/status",
                "sh",
                tasks.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.getInputStream().readAllBytes()).asString().endsWith("\t0\n");
    process.waitFor();
  }

  @Test
  void processors_that_there_are_not_are_an_error_that_names_those_there_are() {
    assume(Controller.CPUSET);
    assertThatThrownBy(() -> make(limits -> limits.cpuset("0,4711")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageMatching(
            "limits.cpuset: 0,4711 is more than there is: the cgroup above has 0.*");
    assertThatThrownBy(() -> make(limits -> limits.cpusetMems("63")))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("limits.cpusetMems: 63 is more than there is");
    Cgroup group = make(limits -> limits.cpuset("0"));
    assertThatThrownBy(() -> group.update(limits(limits -> limits.cpuset("1,4711"))))
        .isInstanceOf(InvalidSpecException.class);
    assertThat(read(group, Controller.CPUSET, "cpuset.cpus")).contains("0");
  }

  private static Path disk() {
    try (Stream<Path> disks = Files.list(Path.of("/sys/block"))) {
      Optional<Path> found =
          disks
              .map(each -> Path.of("/dev").resolve(each.getFileName()))
              .filter(Files::exists)
              .findFirst();
      assumeTrue(found.isPresent(), "no disk");
      return found.orElseThrow();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void what_is_read_and_written_is_limited_and_the_limits_can_be_lifted() {
    assume(Controller.IO);
    Path disk = disk();
    String number = Disks.number(disk);
    Cgroup group =
        make(
            limits ->
                limits.io(
                    IoLimit.readBps(disk, 1 << 20),
                    IoLimit.writeBps(disk, 2 << 20),
                    IoLimit.readIops(disk, 30),
                    IoLimit.writeIops(disk, 40)));
    assertThat(io(group))
        .isEqualTo(
            version(group, Controller.IO) == Version.V2
                ? number + " rbps=1048576 wbps=2097152 riops=30 wiops=40"
                : "%1$s 1048576,%1$s 2097152,%1$s 30,%1$s 40".formatted(number));

    group.update(limits(limits -> limits.io(IoLimit.readBps(disk, 5))));
    assertThat(io(group)).startsWith(number).contains("5").contains("40");

    OptionalLong none = OptionalLong.of(CgroupLimits.UNLIMITED);
    group.update(limits(limits -> limits.io(new IoLimit(disk, none, none, none, none))));
    assertThat(io(group).replace(",", "")).isEmpty();
  }

  private static String io(Cgroup group) {
    if (version(group, Controller.IO) == Version.V2) {
      return read(group, Controller.IO, "io.max").orElseThrow();
    }
    return Stream.of("read_bps", "write_bps", "read_iops", "write_iops")
        .map(each -> read(group, Controller.IO, "blkio.throttle." + each + "_device").orElseThrow())
        .reduce((one, other) -> one + "," + other)
        .orElseThrow();
  }

  @Test
  void what_is_no_disk_is_an_error_that_names_it() {
    assume(Controller.IO);
    for (Path device : List.of(Path.of("/dev/jcontainer-none"), Path.of("/dev/null"), directory)) {
      assertThatThrownBy(() -> make(limits -> limits.memory("64m").io(IoLimit.readBps(device, 1))))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageStartingWith("limits.io: " + device);
    }
  }

  @Test
  void a_weight_of_disks_is_taken_or_told() {
    assume(Controller.IO);
    Cgroup group = make(limits -> limits.ioWeight(10_000).bestEffort());
    Optional<String> written =
        Stream.of("io.weight", "io.bfq.weight", "blkio.bfq.weight", "blkio.weight")
            .flatMap(file -> read(group, Controller.IO, file).stream())
            .findFirst();
    if (written.isPresent() && group.unenforced().isEmpty()) {
      assertThat(written.orElseThrow()).matches("(default )?(10000|1000)(?s:\\n.*)?");
    } else {
      assertThat(group.unenforced()).singleElement().asString().startsWith("limits.ioWeight");
    }
  }

  @Test
  void memory_in_huge_pages_is_limited() {
    assume(Controller.HUGETLB);
    Cgroup group = make(limits -> limits.hugetlb(HUGE, ByteSize.ofMebibytes(4)));
    assertThat(read(group, Controller.HUGETLB, "hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max"))
        .isEqualTo("4194304");
    group.update(limits(limits -> limits.hugetlb(HUGE, ByteSize.UNLIMITED)));
    assertThat(read(group, Controller.HUGETLB, "hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max"))
        .isNotEqualTo("4194304");
  }

  @Test
  void huge_pages_that_there_are_not_are_told() {
    assume(Controller.HUGETLB);
    ByteSize none = ByteSize.parse("8g");
    assertThatThrownBy(() -> make(limits -> limits.hugetlb(none, ByteSize.ofBytes(0))))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageStartingWith(
            "limits.hugetlb cannot be had here: the kernel has no huge pages of 8g");
    Cgroup group = make(limits -> limits.hugetlb(none, HUGE).bestEffort());
    assertThat(group.unenforced()).singleElement().asString().contains("no huge pages of 8g");
  }

  private static boolean canRead(Cgroup group, String device) throws Exception {
    Path procs = group.directory(Controller.DEVICES).orElseThrow().path().resolve("cgroup.procs");
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "echo 0 >\"$1\" || exit 9; true <\"$2\"",
                "sh",
                procs.toString(),
                device)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    int exit = process.waitFor();
    assertThat(exit).isIn(0, 1, 2);
    return exit == 0;
  }

  @Test
  @RequiresHost(Feature.ROOT)
  void only_the_devices_of_the_rules_can_be_used_and_the_rules_can_be_changed() throws Exception {
    assume(Controller.DEVICES);
    Cgroup group = make(limits -> limits.devices(List.of(DeviceRule.parse("c 1:3 r"))));
    assertThat(canRead(group, "/dev/null")).isTrue();
    assertThat(canRead(group, "/dev/zero")).isFalse();

    group.update(
        limits(
            limits ->
                limits.devices(
                    List.of(DeviceRule.parse("c 1:5 r"), DeviceRule.parse("c 136:* rw")))));
    assertThat(canRead(group, "/dev/null")).isFalse();
    assertThat(canRead(group, "/dev/zero")).isTrue();

    group.update(limits(limits -> limits.devices(List.of())));
    assertThat(canRead(group, "/dev/zero")).isFalse();
    group.update(limits(limits -> limits.devices(List.of(DeviceRule.parse("a *:* rwm")))));
    assertThat(canRead(group, "/dev/zero")).isTrue();
  }

  @Test
  void a_burst_above_a_lowered_quota_is_an_error_and_nothing_changes() {
    Cgroup group =
        make(limits -> limits.cpuQuota(Duration.ofMillis(50)).cpuBurst(Duration.ofMillis(40)));

    assertThatThrownBy(
            () -> group.update(limits(limits -> limits.pids(7).cpuQuota(Duration.ofMillis(10)))))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("limits.cpuQuota")
        .hasMessageContaining("EINVAL");
    assertThat(cpu(group)).isEqualTo("50000 100000");
    assertThat(read(group, Controller.PIDS, "pids.max")).contains("max");
  }

  @Test
  void raw_keys_are_written_on_v2_and_told_on_v1() {
    Cgroup group =
        make(
            limits ->
                limits
                    .unified("memory.oom.group", "1")
                    .unified("cgroup.max.depth", "3")
                    .bestEffort());
    if (version(group, Controller.MEMORY) == Version.V2) {
      assertThat(read(group, Controller.MEMORY, "memory.oom.group")).contains("1");
    } else {
      assertThat(group.unenforced())
          .anySatisfy(
              each -> assertThat(each).contains("memory.oom.group is a file of cgroups v2"));
    }
  }

  @Test
  void a_raw_key_that_there_is_not_and_a_wrong_value_are_errors() {
    Cgroup group = make(limits -> {});
    assumeTrue(version(group, Controller.FREEZER) == Version.V2, "no v2");
    assertThatThrownBy(
            () -> group.update(limits(limits -> limits.unified("cgroup.jcontainer", "1"))))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageStartingWith("limits.unified cannot be had here")
        .hasMessageContaining("ENOENT");
    assertThatThrownBy(
            () -> group.update(limits(limits -> limits.unified("cgroup.max.depth", "deep"))))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("limits.unified: deep is not what the kernel takes");
  }

  @Test
  void the_smallest_limits_are_taken() {
    Cgroup group = make(limits -> limits.memory(ByteSize.ofBytes(4096)).pids(1).cpuWeight(1));
    assertThat(read(group, Controller.MEMORY, "memory.limit_in_bytes", "memory.max"))
        .isEqualTo("4096");
  }
}
