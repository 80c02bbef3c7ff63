package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.DeviceRule;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.cgroup.bpf.Assembler;
import io.jcontainer.linux.cgroup.bpf.Insn;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Programs in the real kernel, for a cgroup of v2, also beside hierarchies of v1. */
@LeakChecked
@Tag("cgroups")
@RequiresHost(Feature.ROOT)
@Timeout(60)
class DeviceProgramsIT {
  private static final int O_DIRECTORY = 0x10000;

  private final JnaKernel kernel = new JnaKernel();
  private final DevicePrograms programs = new DevicePrograms(kernel);
  private TestCgroup cgroup;
  private Fd directory;

  @BeforeEach
  void make() throws IOException {
    cgroup = TestCgroup.of(Version.V2, Controller.DEVICES);
    directory = kernel.open(cgroup.path().toString(), O_DIRECTORY);
  }

  @AfterEach
  void remove() throws IOException {
    directory.close();
    cgroup.close();
  }

  private static List<DeviceRule> rules(String... texts) {
    return Stream.of(texts).map(DeviceRule::parse).toList();
  }

  /** Runs a script in the cgroup; whether it succeeds. */
  private boolean sh(String script) throws Exception {
    Process process = cgroup.start("", script);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue() == 0;
  }

  @Test
  void the_usual_devices_can_be_used_and_others_cannot() throws Exception {
    assertThat(sh(": </dev/kmsg")).isTrue();
    assertThat(programs.replace(directory, DeviceRule.usual())).isEmpty();

    assertThat(sh(": </dev/null && : >/dev/full && : </dev/urandom")).isTrue();
    assertThat(sh(": </dev/kmsg")).isFalse();
  }

  @Test
  void what_is_allowed_to_be_read_cannot_be_written() throws Exception {
    assertThat(programs.replace(directory, rules("c 1:3 r"))).isEmpty();

    assertThat(sh("true </dev/null")).isTrue();
    assertThat(sh("true >/dev/null")).isFalse();
    assertThat(sh("true </dev/zero")).isFalse();
  }

  @Test
  void new_rules_take_the_place_of_the_old_ones() throws Exception {
    programs.replace(directory, rules("c 1:3 r"));
    programs.replace(directory, rules("c 1:5 r"));

    assertThat(kernel.bpfAttached(directory)).hasSize(1);
    assertThat(sh("true </dev/null")).isFalse();
    assertThat(sh("true </dev/zero")).isTrue();
  }

  @Test
  void hundreds_of_rules_are_one_program() throws Exception {
    List<DeviceRule> many = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      many.add(DeviceRule.parse("b 240:" + i + " r"));
    }
    many.addAll(rules("c 1:3 r"));

    assertThat(programs.replace(directory, many)).isEmpty();

    assertThat(sh("true </dev/null")).isTrue();
    assertThat(sh("true </dev/zero")).isFalse();
  }

  @Test
  void what_the_verifier_says_is_in_the_error() {
    byte[] noResult = Assembler.encode(List.of(Insn.exit()));

    assertThatThrownBy(() -> kernel.bpfLoad(noResult))
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("bpf(BPF_PROG_LOAD, BPF_PROG_TYPE_CGROUP_DEVICE, 1 instructions)")
        .hasMessageContaining("the verifier says:")
        .hasMessageContaining("R0 !read_ok");
  }
}
