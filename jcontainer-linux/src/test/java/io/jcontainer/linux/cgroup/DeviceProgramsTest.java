package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.DeviceRule;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceProgramsTest {
  private final FakeKernel kernel = new FakeKernel();
  private final Fd cgroup = kernel.fd("cgroup");
  private final DevicePrograms programs = new DevicePrograms(kernel);

  private Optional<Unenforced> replace() {
    return programs.replace(cgroup, DeviceRule.usual());
  }

  @AfterEach
  void nothing_stays_open() {
    cgroup.close();
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void the_first_program_is_attached() {
    assertThat(replace()).isEmpty();

    assertThat(kernel.attached()).containsExactly(1);
  }

  @Test
  void a_later_one_is_attached_before_the_earlier_one_is_detached() {
    replace();
    assertThat(replace()).isEmpty();

    assertThat(kernel.calls()).containsExactly("attach 1", "attach 2", "detach 1");
    assertThat(kernel.attached()).containsExactly(2);
  }

  @Test
  void who_may_not_load_one_is_told_what_it_takes() {
    kernel.failNext("bpfLoad", Errno.EPERM);

    assertThat(replace().orElseThrow().sentence())
        .startsWith("limits.devices cannot be enforced: it is a BPF program of the cgroup, and")
        .contains("Operation not permitted (EPERM). It takes CAP_BPF")
        .contains("run the JVM as root");
  }

  @Test
  void a_kernel_without_them_is_told_as_such() {
    kernel.failNext("bpfAttached", Errno.EINVAL);

    assertThat(replace().orElseThrow().cure().orElseThrow()).contains("CONFIG_CGROUP_BPF");
    assertThat(kernel.attached()).isEmpty();
  }

  @Test
  void what_cannot_be_replaced_stays() {
    replace();
    for (String call : List.of("bpfAttached", "bpfProgram", "bpfAttach")) {
      kernel.failNext(call, Errno.EPERM);

      assertThat(replace()).isPresent();

      assertThat(kernel.attached()).containsExactly(1);
    }
  }

  @Test
  void other_failures_are_thrown() {
    kernel.failNext("bpfLoad", Errno.EMFILE);

    assertThatThrownBy(this::replace)
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("EMFILE");
  }
}
