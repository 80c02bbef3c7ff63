package io.jcontainer.linux.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FdTest {
  private final FakeKernel kernel = new FakeKernel();

  @Test
  void a_descriptor_is_closed_once_for_its_number_may_stand_for_another_then() {
    Fd fd = kernel.fd("file");

    fd.close();
    fd.close();

    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_closed_descriptor_has_no_number() {
    Fd fd = kernel.fd("file");
    int number = fd.number();
    fd.close();

    assertThatThrownBy(fd::number)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(number + " is closed");
    assertThatThrownBy(fd::path).isInstanceOf(IllegalStateException.class);
    assertThat(fd).hasToString(Integer.toString(number));
  }

  @Test
  void its_path_leads_to_the_same_file() {
    Fd fd = kernel.fd("file");

    assertThat(fd.path()).isEqualTo("/proc/self/fd/" + fd.number());
  }

  @Test
  void a_duplicate_lives_by_itself() {
    Fd fd = kernel.fd("file");
    Fd other = fd.duplicate(3);
    fd.close();

    assertThat(kernel.openDescriptors()).containsOnlyKeys(other.number());
  }

  @Test
  void a_failed_call_names_itself_and_its_errno() {
    SyscallException e = new SyscallException("pidfd_open(1)", Errno.ESRCH);

    assertThat(e).hasMessage("pidfd_open(1): No such process (ESRCH)");
    assertThat(e.call()).isEqualTo("pidfd_open(1)");
    assertThat(e.errno()).isEqualTo(Errno.ESRCH);
  }

  @Test
  void a_number_that_is_no_error_is_refused() {
    assertThatThrownBy(() -> Errno.of(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Errno.of(-2)).isInstanceOf(IllegalArgumentException.class);
  }
}
