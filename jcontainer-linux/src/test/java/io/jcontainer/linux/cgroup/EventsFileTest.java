package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.SyscallException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventsFileTest {
  private static final Path CGROUP = Path.of("/sys/fs/cgroup/some");

  private final FakeKernel kernel = new FakeKernel();

  @Test
  void a_cgroup_that_others_remove_is_looked_at_though_the_kernel_tells_of_nothing() {
    kernel.file(CGROUP + "/cgroup.events", "populated 1\nfrozen 0\n");
    kernel.onAwaitChange(() -> kernel.removeFiles(CGROUP.toString()));
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);

    assertThatThrownBy(() -> new EventsFile(kernel, CGROUP).await("populated 0", deadline))
        .isInstanceOf(SyscallException.class)
        .extracting(failure -> ((SyscallException) failure).errno())
        .isEqualTo(Errno.ENODEV);
    assertThat(kernel.longestWaitMillis()).isLessThanOrEqualTo(100);
    assertThat(kernel.openDescriptors()).isEmpty();
  }
}
