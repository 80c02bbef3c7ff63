package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Prepared;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When network namespaces are ordered, and what becomes of failures. */
class NetworkPoolTest {
  private static final int READY = 3;
  private static final int FAILED = 2;
  private static final int MADE = 8;

  private final FakeKernel kernel = new FakeKernel();
  private final Launcher launcher =
      new Launcher(
          kernel,
          LauncherBinary.install(kernel, Arch.X86_64, StateDirectory.usual(1000, Map.of())),
          Arch.X86_64);
  private final Fd userNamespace = kernel.fd("user namespace");
  private long now;
  private final NetworkPool pool = new NetworkPool(launcher, 2, () -> now);

  private void tells(int kind, int errno) {
    kernel.willReceive(
        ByteBuffer.allocate(16)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0, kind)
            .putInt(8, errno)
            .array());
  }

  private void makes() {
    tells(MADE, 0);
    kernel.willReceive(kernel.fd("network"));
  }

  /** The programs that were sent so far: the first is the process's own. */
  private long sent() {
    return kernel.calls().stream().filter(call -> call.startsWith("send ")).count();
  }

  private long spawned() {
    return kernel.calls().stream().filter(call -> call.startsWith("spawn ")).count();
  }

  private boolean take() {
    Optional<Fd> network = pool.take(userNamespace);
    network.ifPresent(Fd::close);
    return network.isPresent();
  }

  /** A start that has found nothing, and what comes behind it. */
  private void begin() {
    assertThat(take()).isFalse();
    tells(READY, 0);
    pool.refill();
  }

  @Test
  void nothing_is_made_before_somebody_could_have_used_it() {
    pool.refill();

    assertThat(kernel.calls()).isEmpty();
    assertThat(pool.look()).isEqualTo(new Prepared.Networks(2, 0, 0, 0, Optional.empty()));
  }

  @Test
  void the_first_that_finds_nothing_has_it_filled_and_each_that_takes_one_has_one_ordered() {
    begin();
    assertThat(spawned()).isEqualTo(1);
    assertThat(sent()).isEqualTo(1 + 2);
    assertThat(take()).as("it is still being made").isFalse();
    pool.refill();
    assertThat(sent()).isEqualTo(1 + 2);

    makes();
    assertThat(pool.isReady()).isTrue();
    assertThat(take()).isTrue();
    assertThat(pool.isReady()).isFalse();
    pool.refill();
    assertThat(sent()).isEqualTo(1 + 2 + 1);
    assertThat(pool.look()).isEqualTo(new Prepared.Networks(2, 0, 1, 2, Optional.empty()));
  }

  @Test
  void a_failure_is_shown_and_is_tried_again_after_ten_seconds() {
    begin();
    tells(FAILED, Errno.ENOSPC.number());
    assertThat(take()).isFalse();

    assertThat(pool.look().failure())
        .contains("unshare(CLONE_NEWNET): No space left on device (ENOSPC)");
    assertThat(kernel.calls()).as("the process is waited for").last().isEqualTo("reap group 1000");

    now += TimeUnit.SECONDS.toNanos(10) - 1;
    pool.refill();
    assertThat(spawned()).isEqualTo(1);

    now++;
    tells(READY, 0);
    pool.refill();
    assertThat(spawned()).isEqualTo(2);
    assertThat(sent()).isEqualTo(2 * (1 + 2));
    makes();
    assertThat(take()).isTrue();
    assertThat(pool.look().failure()).isEmpty();
  }

  @Test
  void a_process_that_cannot_be_started_is_a_failure_of_the_pool_alone() {
    assertThat(take()).isFalse();
    kernel.failNext("posix_spawn", Errno.EAGAIN);
    pool.refill();

    assertThat(pool.look().failure()).hasValueSatisfying(it -> assertThat(it).contains("EAGAIN"));
    assertThat(take()).isFalse();
  }

  @Test
  void a_process_that_somebody_else_has_waited_for_is_no_failure_of_a_start() {
    begin();
    tells(FAILED, Errno.ENOSPC.number());
    kernel.failNext("reapGroup", Errno.ECHILD);

    assertThat(take()).isFalse();
    assertThat(pool.look().failure()).isPresent();
  }

  @Test
  void one_without_a_size_does_nothing() {
    NetworkPool none = new NetworkPool(launcher, 0, () -> now);
    assertThat(none.take(userNamespace)).isEmpty();
    none.refill();
    none.close();

    assertThat(kernel.calls()).isEmpty();
    assertThat(none.look()).isEqualTo(new Prepared.Networks(0, 0, 0, 0, Optional.empty()));
  }

  @Test
  void closing_it_ends_the_process() {
    begin();
    pool.close();

    assertThat(kernel.calls()).endsWith("kill 1000 9", "reap group 1000");
    assertThat(kernel.openDescriptors().values())
        .containsExactlyInAnyOrderElementsOf(
            List.of("memfd jcontainer-launcher", "user namespace"));
  }
}
