package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WriteFailureTest {
  @TempDir Path above;

  private WriteFailure failure(Controller controller, String file, Version version, Errno errno) {
    return new WriteFailure(
        new Setting(controller, file, "7", "limits.some"),
        new CgroupDirectory(version, Set.of(controller), above.resolve("c1")),
        new SyscallException("write(" + file + ")", errno));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MEMORY | memory.swap.max              | V2 | ENOENT     | CONFIG_SWAP",
        "MEMORY | memory.memsw.limit_in_bytes  | V1 | ENOENT     | swapaccount=0",
        "CPU    | cpu.max.burst                | V2 | ENOENT     | older, or was built without it",
        "IO     | io.weight                    | V2 | EOPNOTSUPP | built without it",
        "MEMORY | memory.limit_in_bytes        | V1 | EACCES     | only root can delegate",
        "MEMORY | memory.max                   | V2 | EACCES     | run the JVM as root",
        "PIDS   | pids.max                     | V2 | EROFS      | run the JVM as root",
      })
  void what_the_host_cannot_do_is_told_with_its_cure(
      Controller controller, String file, Version version, Errno errno, String cure) {
    Unenforced told = failure(controller, file, version, errno).unenforced().orElseThrow();

    assertThat(told.limit()).isEqualTo("limits.some");
    assertThat(told.why()).contains("write(" + file + ")").contains(errno.name());
    assertThat(told.cure().orElseThrow()).contains(cure);
  }

  @ParameterizedTest
  @EnumSource(
      value = Errno.class,
      names = {"EINVAL", "ERANGE", "EBUSY", "ENODEV", "ENOSPC"})
  void what_is_wrong_with_a_value_or_the_moment_is_not(Errno errno) {
    assertThat(failure(Controller.MEMORY, "memory.max", Version.V2, errno).unenforced()).isEmpty();
  }

  /** Processors that the cgroup above has not got are EACCES in v1. */
  @Test
  void processors_that_may_not_be_had_are_a_wrong_value() throws IOException {
    Files.writeString(above.resolve("cpuset.cpus"), "0-1\n");
    WriteFailure failure = failure(Controller.CPUSET, "cpuset.cpus", Version.V1, Errno.EACCES);

    assertThat(failure.unenforced()).isEmpty();
    assertThat(failure.exception())
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("limits.some")
        .hasMessageContaining("7 is not what the kernel takes for cpuset.cpus")
        .hasMessageContaining("The cgroup above has 0-1")
        .hasCauseInstanceOf(SyscallException.class);
  }

  @Test
  void of_processors_it_is_those_in_force_that_are_named() throws IOException {
    Files.writeString(above.resolve("cpuset.cpus"), "\n");
    assertThat(failure(Controller.CPUSET, "cpuset.cpus", Version.V2, Errno.EINVAL).exception())
        .hasMessageContaining("The cgroup above has none");
    Files.writeString(above.resolve("cpuset.cpus.effective"), "0-3\n");
    assertThat(failure(Controller.CPUSET, "cpuset.cpus", Version.V2, Errno.EINVAL).exception())
        .hasMessageContaining("The cgroup above has 0-3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MEMORY | memory.limit_in_bytes       | EBUSY  | uses more",
        "MEMORY | memory.limit_in_bytes       | EINVAL | must not be above the limit of memory and",
        "MEMORY | memory.memsw.limit_in_bytes | EBUSY  | uses more memory and swap",
        "MEMORY | memory.memsw.limit_in_bytes | EINVAL | must not be below the limit of memory",
        "CPU    | cpu.cfs_quota_us            | EINVAL | at least 1 ms in a period of 1 ms to 1 s",
        "CPU    | cpu.cfs_burst_us            | EINVAL | A burst is at most the quota",
        "IO     | blkio.throttle.read_bps_device | ENODEV | whole disks",
      })
  void what_the_kernel_wants_instead_is_said(
      Controller controller, String file, Errno errno, String hint) {
    ContainerException exception = failure(controller, file, Version.V1, errno).exception();

    assertThat(exception).hasMessageContaining(hint);
    assertThat(exception instanceof InvalidSpecException).isEqualTo(errno != Errno.EBUSY);
  }
}
