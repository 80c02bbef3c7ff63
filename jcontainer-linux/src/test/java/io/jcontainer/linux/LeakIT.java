package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerOutput;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What nobody has closed and nobody can close any more is told, and closed. */
@Tag("every-jdk")
@Timeout(60)
class LeakIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final ContainerSpec SLEEP = ContainerSpec.of("sleep", "1000");

  private int descriptors;

  @BeforeEach
  void count() {
    descriptors = descriptors();
  }

  /** Whether the garbage collector makes something happen. */
  private static boolean collecting(BooleanSupplier happened) {
    return Poll.until(
        LONG,
        () -> {
          System.gc();
          return happened.getAsBoolean();
        });
  }

  private static boolean isGone(long pid) {
    return ProcFs.stat(pid).isEmpty();
  }

  /** Waits until the collector has found all that was garbage when this was called. */
  private static void collectOnce() {
    WeakReference<Object> canary = new WeakReference<>(new Object());
    assertThat(collecting(() -> canary.get() == null)).isTrue();
  }

  private static long forget(ContainerRuntime runtime) {
    return runtime.start(SLEEP).pid();
  }

  private static long forgetProcess(Container container) {
    return container.exec("sleep", "1000").pid();
  }

  private static void forgetPool(ContainerRuntime runtime) {
    runtime.pool(SLEEP).start().close();
  }

  private static long forgetAll() {
    return ContainerRuntime.create().start(SLEEP).pid();
  }

  /** Forgets a container, a process in one, and a runtime with one; tells what becomes of them. */
  static final class Forgets {
    public static void main(String[] arguments) {
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        long first = forget(runtime);
        System.out.println("container " + collecting(() -> isGone(first)));
        try (Container container = runtime.start(SLEEP)) {
          long guest = forgetProcess(container);
          System.out.println("process " + collecting(() -> isGone(guest)));
          System.out.println("its container lives " + container.isAlive());
        }
        forgetPool(runtime);
        System.out.println("pool " + collecting(() -> threads("jcontainer-pool") == 0));
        System.out.println("listed " + own(runtime).size());
      }
      long second = forgetAll();
      System.out.println(
          "runtime " + collecting(() -> isGone(second) && threads("jcontainer-watcher") == 0));
      for (int i = 0; i < 3; i++) {
        collectOnce();
      }
      System.out.println("end");
    }

    private static long threads(String name) {
      return Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().startsWith(name))
          .count();
    }
  }

  @Test
  void what_is_garbage_unclosed_is_told_once_with_where_it_was_started_and_closed() {
    try (JvmFork jvm = JvmFork.start(Forgets.class)) {
      assertThat(jvm.readLine(LONG)).isEqualTo("container true");
      assertThat(jvm.readLine(LONG)).isEqualTo("process true");
      assertThat(jvm.readLine(LONG)).isEqualTo("its container lives true");
      assertThat(jvm.readLine(LONG)).isEqualTo("pool true");
      assertThat(jvm.readLine(LONG)).isEqualTo("listed 0");
      assertThat(jvm.readLine(LONG)).isEqualTo("runtime true");
      assertThat(jvm.readLine(LONG)).isEqualTo("end");
      jvm.waitFor(LONG);
      String log = jvm.stderr();
      assertThat(log).containsPattern("(?s)container [0-9a-f]{12} \\[sleep, 1000] was not closed");
      assertThat(log).contains("process [sleep, 1000] in container ");
      assertThat(log).contains("a pool was not closed").contains("a runtime was not closed");
      assertThat(log)
          .contains("started here")
          .contains("LeakIT.forget(")
          .contains("LeakIT.forgetProcess(")
          .contains("LeakIT.forgetPool(")
          .contains("LeakIT.forgetAll(");
      // The last container goes with its runtime, or is found first.
      assertThat(Pattern.compile("was not closed").matcher(log).results().count())
          .isBetween(4L, 5L);
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored")
  private static Object itsEnd(Container container) {
    return container.onExit().thenApply(ExitStatus::shellCode);
  }

  /** What somebody may still have of a container, and uses. */
  private static Stream<Function<Container, Object>> whatIsKept() {
    return Stream.of(
        Container::stdout,
        Container::stdin,
        LeakIT::itsEnd,
        Container::asProcess,
        Container::toHandle,
        container -> container.exec("sleep", "1000"));
  }

  @ParameterizedTest
  @MethodSource("whatIsKept")
  void a_container_is_no_garbage_as_long_as_something_of_it_is_used(
      Function<Container, Object> part) {
    long pid = collectWhileKept(part);
    killAll();
    assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
    assertThat(collecting(() -> own(runtime).isEmpty())).isTrue();
    awaitNoLeaks();
  }

  private long collectWhileKept(Function<Container, Object> part) {
    long[] pid = new long[1];
    Object kept = keep(part, pid);
    try {
      collectOnce();
      collectOnce();
      assertThat(isGone(pid[0])).isFalse();
      return pid[0];
    } finally {
      Reference.reachabilityFence(kept);
    }
  }

  private Object keep(Function<Container, Object> part, long[] pid) {
    Container container = runtime.start(SLEEP);
    pid[0] = container.pid();
    return part.apply(container);
  }

  /** What was forgotten is closed when the descriptors of its streams are. */
  private void awaitNoLeaks() {
    assertThat(collecting(() -> descriptors() == descriptors)).isTrue();
  }

  /** Those of this JVM: other users of the state directory have theirs. */
  private static List<ContainerHandle> own(ContainerRuntime runtime) {
    return runtime.containers().stream()
        .filter(container -> container.ownerPid() == ProcFs.ownPid())
        .toList();
  }

  private void killAll() {
    own(runtime).forEach(ContainerHandle::kill);
  }

  private static int descriptors() {
    return OwnDescriptors.now().size();
  }

  @Test
  void somebody_who_waits_for_what_nobody_else_has_gets_its_end() throws Exception {
    CompletableFuture<ExitStatus> waited = new CompletableFuture<>();
    CompletableFuture<String> read = new CompletableFuture<>();
    Thread waiter = new Thread(() -> waited.complete(runtime.start(SLEEP).waitFor()));
    Thread reader = new Thread(() -> read.complete(runtime.start(SLEEP).stdout().readText()));
    waiter.start();
    reader.start();
    assertThat(Poll.until(LONG, () -> own(runtime).size() == 2)).isTrue();
    for (int i = 0; i < 5; i++) {
      collectOnce();
    }
    assertThat(own(runtime)).hasSize(2);
    killAll();
    assertThat(waited).succeedsWithin(LONG).isEqualTo(ExitStatus.signaled(9));
    assertThat(read).succeedsWithin(LONG).isEqualTo("");
    waiter.join();
    reader.join();
    awaitNoLeaks();
  }

  @Test
  void where_leaks_are_not_looked_for_a_container_runs_on() {
    RuntimeOptions options = RuntimeOptions.defaults().withLeakDetection(false);
    try (ContainerRuntime relaxed = ContainerRuntime.create(options)) {
      long pid = forget(relaxed);
      collectOnce();
      collectOnce();

      assertThat(own(relaxed)).extracting(ContainerHandle::pid).contains(pid);
    }
  }

  @Test
  void what_is_closed_is_not_watched_any_longer() {
    WeakReference<ContainerOutput> output = closed();
    assertThat(collecting(() -> output.get() == null)).isTrue();
  }

  private WeakReference<ContainerOutput> closed() {
    try (Container container = runtime.start(ContainerSpec.of("true"))) {
      return new WeakReference<>(container.stdout());
    }
  }
}
