package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.Signal;
import io.jcontainer.Stdio;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LinuxContainerTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ContainerSpec SPEC =
      ContainerSpec.builder()
          .command("sleep", "1")
          .stdin(Stdio.NULL)
          .stdout(Stdio.NULL)
          .stderr(Stdio.NULL)
          .build();

  private final FakeKernel kernel = new FakeKernel();
  private final Watcher watcher = Watcher.start(kernel);
  private final List<Held> forgotten = new ArrayList<>();
  private final Guests owner = new NoGuests();
  private final int pid = kernel.newChild();

  @AfterEach
  void close() {
    watcher.close();
  }

  private LinuxContainer container(ContainerSpec spec) {
    Streams streams = Streams.open(kernel, "0123456789ab", spec.process());
    streams.releaseTheirs();
    return new LinuxContainer(
        ContainerPlansTest.request(spec),
        "0123456789ab",
        watcher.watch(pid),
        streams,
        owner,
        new NoCgroups("container 0123456789ab"));
  }

  @Test
  void without_limits_in_its_spec_it_has_no_cgroups_to_ask_or_change() {
    LinuxContainer container = container(SPEC);
    ContainerHandle handle = container.toHandle();
    List<ThrowingCallable> calls =
        List.of(
            container::stats,
            container::pause,
            container::resume,
            container::events,
            () -> container.stats(Duration.ofSeconds(1)),
            () ->
                container.pressure(
                    PressureTrigger.memory(Duration.ofSeconds(1), Duration.ofSeconds(1))),
            () -> container.update(CgroupLimits.none()),
            handle::stats,
            handle::pause);

    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(InvalidSpecException.class)
                    .hasMessageContaining("container 0123456789ab has no cgroups of its own"));
    assertThat(container.isPaused()).isFalse();
    assertThat(container.unenforced()).isEmpty();
  }

  @Test
  void it_is_alive_until_its_first_process_has_ended() {
    LinuxContainer container = container(SPEC);
    assertThat(container.isAlive()).isTrue();
    assertThat(container.pid()).isEqualTo(pid);
    assertThat(container.waitFor(Duration.ZERO)).isEmpty();
    assertThat(container.waitFor(Duration.ofSeconds(Long.MIN_VALUE))).isEmpty();

    kernel.exit(pid, 7);

    assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(7));
    assertThat(container.waitFor(Duration.ofSeconds(Long.MAX_VALUE)))
        .contains(ExitStatus.exited(7));
    assertThat(container.isAlive()).isFalse();
  }

  @Test
  void stopping_asks_by_the_stop_signal_and_kills_what_does_not_listen() {
    LinuxContainer container = container(SPEC.toBuilder().stopSignal(Signal.INT).build());

    assertThat(container.stop(Duration.ofMillis(1))).isEqualTo(ExitStatus.signaled(9));

    assertThat(kernel.calls())
        .containsExactly("signal " + pid + " 2", "signal " + pid + " 9", "reap " + pid);
  }

  @Test
  void stopping_without_grace_kills_at_once() {
    assertThat(container(SPEC).stop(Duration.ZERO)).isEqualTo(ExitStatus.signaled(9));

    assertThat(kernel.calls()).containsExactly("signal " + pid + " 9", "reap " + pid);
  }

  @Test
  void closing_kills_waits_and_takes_it_off_the_list() {
    LinuxContainer container = container(SPEC);
    container.held().atClose(forgotten::add);

    container.close();
    container.close();

    assertThat(container.isAlive()).isFalse();
    assertThat(forgotten).contains(container.held());
    assertThat(kernel.calls()).containsExactly("signal " + pid + " 9", "reap " + pid);
  }

  @Test
  void closing_what_somebody_else_has_waited_for_is_no_failure() {
    LinuxContainer container = container(SPEC);
    kernel.failNext("waitid", Errno.ECHILD);
    kernel.exit(pid, 0);
    assertThatThrownBy(container::waitFor).isInstanceOf(IllegalStateException.class);

    container.held().atClose(forgotten::add);

    container.close();

    assertThat(forgotten).containsExactly(container.held());
  }

  @Test
  void a_future_is_the_callers_own() {
    LinuxContainer container = container(SPEC);
    CompletableFuture<ExitStatus> first = container.onExit();
    CompletableFuture<ExitStatus> second = container.onExit();

    first.complete(ExitStatus.exited(99));
    second.cancel(true);
    assertThat(container.isAlive()).isTrue();
    kernel.exit(pid, 0);

    assertThat(container.onExit()).succeedsWithin(SOON).isEqualTo(ExitStatus.exited(0));
  }

  @Test
  void an_interrupted_wait_says_so_and_leaves_the_container_alone() {
    LinuxContainer container = container(SPEC);

    Thread.currentThread().interrupt();
    assertThatThrownBy(container::waitFor).isInstanceOf(ContainerInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> container.waitFor(SOON))
        .isInstanceOf(ContainerInterruptedException.class);
    assertThat(Thread.interrupted()).isTrue();

    assertThat(container.isAlive()).isTrue();
  }

  @Test
  void a_stream_that_is_no_pipe_cannot_be_had() {
    LinuxContainer container = container(SPEC);

    assertThatThrownBy(container::stdin).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(container::stdout)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("stdout of the container is not Stdio.PIPE");
    assertThatThrownBy(container::stderr).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void it_prints_its_id_and_command() {
    assertThat(container(SPEC)).hasToString("container 0123456789ab [sleep, 1]");
  }
}
