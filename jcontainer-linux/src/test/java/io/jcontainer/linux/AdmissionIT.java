package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchTimeoutException;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.run.LinuxRuntime;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Launches that wait for their turn, behind one that is held. */
@Tag("every-jdk")
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
@Timeout(60)
class AdmissionIT {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final ContainerSpec CAT = ContainerSpec.of("cat");

  @TempDir Path parent;
  private final Gate gate = new Gate();

  /** What a JVM makes once, and keeps. */
  @BeforeAll
  static void warm() {
    try (ContainerRuntime runtime = ContainerRuntime.create()) {
      runtime.start(CAT).close();
    }
  }

  private Path state() {
    return parent.resolve("state");
  }

  private RuntimeOptions oneAtOnce() {
    return RuntimeOptions.defaults()
        .withStateDirectory(state())
        .withLaunchesAtOnce(1)
        .withoutPreparation(); // which would be held in place of a start
  }

  private LinuxRuntime runtime(RuntimeOptions options) {
    LinuxRuntime runtime = new LinuxRuntime(gate.kernel(), options);
    runtime.start(CAT).close(); // makes the user namespace, and the thread
    return runtime;
  }

  private static void awaitQueue(Thread caller) {
    assertThat(Poll.until(LONG, () -> caller.getState() == Thread.State.WAITING)).isTrue();
  }

  @Test
  void a_start_that_nobody_waits_for_is_told_when_it_runs() throws Exception {
    try (ContainerRuntime runtime = ContainerRuntime.create(oneAtOnce())) {
      List<CompletableFuture<Container>> starting = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        starting.add(runtime.startAsync(CAT));
      }
      for (CompletableFuture<Container> each : starting) {
        try (Container container = each.get(20, TimeUnit.SECONDS)) {
          assertThat(container.isAlive()).isTrue();
        }
      }
    }
  }

  @Test
  void a_start_that_fails_tells_it_by_the_future() {
    ContainerSpec named = ContainerSpec.builder().command("cat").name("admission").build();
    try (ContainerRuntime runtime = runtime(oneAtOnce());
        Container first = runtime.start(named)) {
      assertThat(first.isAlive()).isTrue();
      assertThat(runtime.startAsync(named))
          .failsWithin(LONG)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InvalidSpecException.class);
    }
  }

  @Test
  void a_container_whose_start_is_given_up_while_it_is_under_way_is_closed() throws Exception {
    try (ContainerRuntime runtime = runtime(oneAtOnce())) {
      CompletableFuture<Container> second;
      try (Gate.Shut shut = gate.shut()) {
        CompletableFuture<Container> first = runtime.startAsync(CAT);
        second = runtime.startAsync(CAT);
        gate.awaitOne();
        first.cancel(true);
      }
      try (Container container = second.get(20, TimeUnit.SECONDS)) {
        assertThat(container.isAlive()).isTrue();
        assertThat(Poll.until(LONG, () -> runtime.containers().size() == 1)).isTrue();
        assertThat(cats()).containsExactly(container.pid());
      }
    }
  }

  private static List<Long> cats() {
    return ProcFs.children(ProcFs.ownPid()).stream()
        .filter(child -> child.comm().equals("cat") && !child.dead())
        .map(ProcStat::pid)
        .toList();
  }

  @Test
  void starts_that_wait_are_interrupted_cancelled_and_time_out_and_never_are() throws Exception {
    RuntimeOptions options = oneAtOnce().withLaunchTimeout(Duration.ofSeconds(6));
    try (ContainerRuntime runtime = runtime(options)) {
      CompletableFuture<Container> first;
      try (Gate.Shut shut = gate.shut()) {
        first = runtime.startAsync(CAT);
        gate.awaitOne();
        CompletableFuture<Container> cancelled = runtime.startAsync(CAT);
        cancelled.cancel(true);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> runtime.start(CAT).close());
        caller.setUncaughtExceptionHandler((thread, failure) -> thrown.set(failure));
        caller.start();
        awaitQueue(caller);
        caller.interrupt();
        caller.join();

        assertThat(thrown.get()).isInstanceOf(ContainerInterruptedException.class);
        assertThatThrownBy(() -> runtime.start(CAT))
            .isInstanceOf(LaunchTimeoutException.class)
            .hasMessageContaining("1 launches are under way, 0 others wait");
        assertThat(cats()).isEmpty();
      }
      try (Container container = first.get(20, TimeUnit.SECONDS)) {
        assertThat(runtime.containers()).hasSize(1);
        assertThat(container.isAlive()).isTrue();
      }
    }
  }

  @Test
  void closing_the_runtime_fails_those_that_wait_and_leaves_nothing() throws Exception {
    ContainerRuntime runtime = runtime(oneAtOnce());
    CompletableFuture<Container> first;
    FutureTask<Boolean> close =
        new FutureTask<>(
            () -> {
              runtime.close();
              return true;
            });
    try (Gate.Shut shut = gate.shut()) {
      first = runtime.startAsync(CAT);
      CompletableFuture<Container> waits = runtime.startAsync(CAT);
      gate.awaitOne();
      new Thread(close).start();

      assertThat(waits)
          .failsWithin(LONG)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(ContainerGoneException.class);
      assertThat(close.isDone()).as("it waits for the one that is under way").isFalse();
    }
    assertThat(close.get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(first).succeedsWithin(LONG).returns(false, Container::isAlive);
    assertThat(runtime.startAsync(CAT)).failsWithin(LONG);
  }

  /** With one carrier: if a single virtual thread keeps it, none of the others goes on. */
  static final class StartsInVirtualThreads {
    private static final int MANY = 200;

    public static void main(String[] arguments) throws Exception {
      Method startVirtualThread = Thread.class.getMethod("startVirtualThread", Runnable.class);
      Gate gate = new Gate();
      ContainerSpec spec = ContainerSpec.builder().command("cat").timeout(LONG).build();
      CountDownLatch starting = new CountDownLatch(MANY);
      CountDownLatch waiting = new CountDownLatch(MANY);
      CountDownLatch ended = new CountDownLatch(MANY);
      try (ContainerRuntime runtime =
          new LinuxRuntime(
              gate.kernel(),
              RuntimeOptions.defaults().withLaunchesAtOnce(1).withoutPreparation())) {
        CompletableFuture<Container> first;
        try (Gate.Shut shut = gate.shut()) {
          first = runtime.startAsync(CAT);
          gate.awaitOne();
          for (int i = 0; i < MANY; i++) {
            Runnable starts =
                () -> {
                  starting.countDown();
                  try (Container container = runtime.start(spec)) {
                    waiting.countDown();
                    container.waitFor();
                  }
                  ended.countDown();
                };
            startVirtualThread.invoke(null, starts);
          }
          starting.await();
          CountDownLatch wentOn = new CountDownLatch(1);
          startVirtualThread.invoke(null, (Runnable) wentOn::countDown);
          wentOn.await();
          System.out.println("others go on while " + MANY + " wait for their turn");
        }
        first.get().close();
        waiting.await();
        Runnable kills =
            () ->
                runtime.containers().stream()
                    .filter(container -> container.ownerPid() == ProcFs.ownPid())
                    .forEach(container -> container.kill());
        startVirtualThread.invoke(null, kills);
        ended.await();
        System.out.println("others go on while " + MANY + " wait for ends");
      }
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21)
  void virtual_threads_that_wait_for_a_turn_or_for_an_end_leave_their_carrier_to_others() {
    List<String> oneCarrier =
        List.of(
            "-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1");
    try (JvmFork jvm = JvmFork.start(oneCarrier, StartsInVirtualThreads.class)) {
      assertThat(jvm.readLine(LONG)).isEqualTo("others go on while 200 wait for their turn");
      assertThat(jvm.readLine(LONG)).isEqualTo("others go on while 200 wait for ends");
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }
}
