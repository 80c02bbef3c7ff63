package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.DeviceRule;
import io.jcontainer.IoLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LimitOptionsTest {
  private final Trial trial = new Trial();

  private CgroupLimits limits(String... options) {
    List<String> words = new ArrayList<>(List.of("run"));
    words.addAll(List.of(options));
    words.addAll(List.of("--", "true"));
    return trial.specOf(words.toArray(String[]::new)).limits().orElseThrow();
  }

  @Test
  void without_an_option_of_them_a_container_has_no_limits() {
    assertThat(trial.specOf("run", "--", "true").limits()).isEmpty();
    assertThat(trial.cgroupParent).isEmpty();
  }

  @Test
  void each_option_is_a_limit() {
    assertThat(
            limits(
                "-m",
                "64m",
                "--memory-reservation=32m",
                "--memory-swap",
                "80m",
                "--cpus",
                "1.5",
                "--cpu-shares",
                "512",
                "--cpuset-cpus",
                "0-1",
                "--cpuset-mems",
                "0",
                "--pids-limit",
                "100",
                "--blkio-weight",
                "500",
                "--cgroup-conf",
                "memory.oom.group=1",
                "--cgroup-conf=cpu.uclamp.max=50",
                "--limits-best-effort"))
        .isEqualTo(
            CgroupLimits.builder()
                .memory("64m")
                .memoryLow(ByteSize.ofMebibytes(32))
                .memorySwap(ByteSize.ofMebibytes(16))
                .cpus(1.5)
                .cpuShares(512)
                .cpuset("0-1")
                .cpusetMems("0")
                .pids(100)
                .ioWeight(4950)
                .unified("memory.oom.group", "1")
                .unified("cpu.uclamp.max", "50")
                .bestEffort()
                .build());
  }

  @Test
  void what_a_device_may_do_in_a_second_is_put_together() {
    assertThat(
            limits(
                    "--device-read-bps",
                    "/dev/sda:1m",
                    "--device-write-bps=/dev/sda:2m",
                    "--device-read-iops",
                    "/dev/sda:3",
                    "--device-write-iops",
                    "/dev/sdb:4",
                    "--device-write-iops",
                    "/dev/a:b:5")
                .io())
        .containsExactlyInAnyOrder(
            new IoLimit(
                Path.of("/dev/sda"),
                OptionalLong.of(1 << 20),
                OptionalLong.of(2 << 20),
                OptionalLong.of(3),
                OptionalLong.empty()),
            IoLimit.writeIops(Path.of("/dev/sdb"), 4),
            IoLimit.writeIops(Path.of("/dev/a:b"), 5));
  }

  @Test
  void devices_are_allowed_beside_the_usual_ones() {
    assertThat(
            limits("--device-cgroup-rule", "c 10:229 rwm", "--device-cgroup-rule=b 8:* r")
                .devices()
                .orElseThrow())
        .containsAll(DeviceRule.usual())
        .contains(DeviceRule.parse("c 10:229 rwm"), DeviceRule.parse("b 8:* r"))
        .hasSize(DeviceRule.usual().size() + 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"c 10:229", "d 1:3 rwm", "c 1:3 rwx", "c 1 r", ""})
  void a_rule_for_devices_of_another_form_exits_with_125_and_one_message(String rule) {
    assertThat(trial.run("run", "--device-cgroup-rule", rule, "--", "true")).isEqualTo(125);

    assertThat(trial.runtime.started).isEmpty();
    assertThat(trial.err()).startsWith("jcontainer: ").contains("c 1:3 rwm");
  }

  @Test
  void swap_space_is_given_as_a_sum_with_memory() {
    assertThat(limits("-m", "64m", "--memory-swap", "64m").memorySwap())
        .contains(ByteSize.ofBytes(0));
    Trial other = new Trial();
    assertThat(other.specOf("run", "--memory-swap", "-1", "--", "true").limits())
        .hasValueSatisfying(l -> assertThat(l.memorySwap()).contains(ByteSize.UNLIMITED));
  }

  @Test
  void a_quota_is_in_microseconds_and_minus_one_is_none() {
    CgroupLimits limits = limits("--cpu-quota", "20000", "--cpu-period", "50000");
    assertThat(limits.cpuQuota()).contains(Duration.ofMillis(20));
    assertThat(limits.cpuPeriod()).isEqualTo(Duration.ofMillis(50));
    Trial other = new Trial();
    assertThat(other.specOf("run", "--cpu-quota=-1", "--pids-limit=-1", "--", "true").limits())
        .hasValueSatisfying(
            l -> {
              assertThat(l.cpuQuota()).contains(CgroupLimits.NO_QUOTA);
              assertThat(l.pids()).hasValue(CgroupLimits.UNLIMITED);
            });
  }

  @Test
  void best_effort_alone_is_a_cgroup_without_limits() {
    assertThat(limits("--limits-best-effort").memory()).isEmpty();
  }

  @Test
  void the_place_of_the_cgroup_is_the_runtimes() {
    trial.specOf("run", "--cgroup-parent", "/containers", "-m", "64m", "--", "true");

    assertThat(trial.cgroupParent).contains("/containers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-m 64x",
        "-m 1k",
        "--memory-swap 64m",
        "-m 64m --memory-swap 32m",
        "-m 64m --memory-reservation 65m",
        "--cpus many",
        "--cpus 0",
        "--cpus -1",
        "--cpus 1 --cpu-quota 20000",
        "--cpus 1 --cpu-period 20000",
        "--cpu-period 20000",
        "--cpu-quota 10",
        "--cpu-shares 1",
        "--cpuset-cpus a",
        "--cpuset-mems 1-0",
        "--pids-limit 0",
        "--blkio-weight 9",
        "--blkio-weight 1001",
        "--device-read-bps /dev/sda",
        "--device-read-bps :1m",
        "--device-read-bps sda:1m",
        "--device-read-bps /dev/sda:1x",
        "--device-read-iops /dev/sda:1m",
        "--device-read-iops /dev/sda:0",
        "--device-read-iops /dev/sda:1 --device-read-iops /dev/sda:2",
        "--cgroup-conf memory.max",
        "--cgroup-conf memory=1",
        "--cgroup-conf cgroup.procs=1",
        "-m 1m --cgroup-conf memory.max=1m"
      })
  void what_is_wrong_exits_with_125_and_one_message(String options) {
    assertThat(trial.run(("run " + options + " -- true").split(" "))).isEqualTo(125);

    assertThat(trial.runtime.started).isEmpty();
    assertThat(trial.err())
        .startsWith("jcontainer: ")
        .doesNotContain("\tat ", "Exception", "internal error");
  }
}
