package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Slot;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import org.junit.jupiter.api.Test;

/** How the JVM gives orders, and takes what has come of them. */
class SupplyTest {
  private static final int LAUNCHER = 4242;
  private static final Slot MADE = new Slot("made");

  private final FakeKernel kernel = new FakeKernel();
  private final Program entrance =
      Supply.entrance(new Steps().add(Calls.chdir("/first"), "a test"), Arch.X86_64);
  private final Program order =
      Supply.order(new Steps().add(Calls.open("/each").into(MADE), "a test"), MADE, Arch.X86_64);
  private final Launch launch = new Launch(kernel, entrance, LAUNCHER, kernel.fd("control"));

  private Supply supply() {
    kernel.willReceive(ReportsTest.words(3, 0, 0, 0));
    return Supply.entered(launch, entrance, order);
  }

  private void makes() {
    kernel.willReceive(ReportsTest.words(8, 0, 0, 0));
    kernel.willReceive(kernel.fd("made"));
  }

  @Test
  void what_was_ordered_is_taken_once_and_nobody_waits_for_it() {
    try (Supply supply = supply()) {
      supply.order();
      assertThat(supply.ready()).isZero();
      assertThat(supply.take()).isEmpty();

      makes();
      assertThat(supply.ready()).isEqualTo(1);
      try (Fd made = supply.take().orElseThrow()) {
        assertThat(kernel.openDescriptors()).containsEntry(made.number(), "made");
      }
      assertThat(supply.take()).isEmpty();
    }
    assertThat(kernel.calls())
        .containsExactly("send " + order.size(), "kill 4242 9", "reap group 4242");
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_failure_of_the_first_steps_names_the_call_and_ends_the_launcher() {
    kernel.willReceive(ReportsTest.words(2, 0, Errno.EPERM.number(), 0));

    assertThatThrownBy(() -> Supply.entered(launch, entrance, order))
        .hasMessage("chdir(\"/first\"): Operation not permitted (EPERM)");
    assertThat(kernel.calls()).containsExactly("kill 4242 9", "reap group 4242");
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_failure_of_an_order_names_the_call() {
    try (Supply supply = supply()) {
      kernel.willReceive(ReportsTest.words(2, 0, Errno.ENOSPC.number(), 0));

      assertThatThrownBy(supply::take)
          .hasMessage("openat(AT_FDCWD, \"/each\", 0) = <made>: No space left on device (ENOSPC)");
    }
  }

  @Test
  void a_launcher_that_is_gone_is_said_to_be() {
    try (Supply supply = supply()) {
      kernel.willReceive(new byte[0]);
      assertThatThrownBy(supply::take).hasMessageContaining("(EPIPE)");

      kernel.failNext("receiveNow", Errno.ECONNRESET);
      assertThatThrownBy(supply::take).hasMessageContaining("(EPIPE)");
    }
  }

  @Test
  void a_descriptor_that_did_not_get_through_is_a_failure() {
    try (Supply supply = supply()) {
      kernel.willReceive(ReportsTest.words(8, 0, 0, 0));

      assertThatThrownBy(supply::take).hasMessageContaining("(EMFILE)");
    }
  }
}
