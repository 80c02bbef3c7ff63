package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ExitStatus;
import io.jcontainer.linux.sys.FakeKernel;
import org.junit.jupiter.api.Test;

class ChildTest {
  private final FakeKernel kernel = new FakeKernel();
  private final int pid = kernel.newChild();
  private final Child child = new Child(kernel, pid, kernel.pidfd(pid), Child.Kin.KERNELS, null);

  @Test
  void a_child_that_ended_by_itself_as_its_time_was_over_has_not_timed_out() {
    kernel.exit(pid, 3);
    child.timeOut();
    child.reap();

    assertThat(child.exit()).isCompletedWithValue(ExitStatus.exited(3));
  }

  @Test
  void a_child_that_was_killed_because_its_time_was_over_has_timed_out() {
    child.timeOut();
    child.reap();

    assertThat(child.exit()).isCompletedWithValue(new ExitStatus(0, 9, true));
  }
}
