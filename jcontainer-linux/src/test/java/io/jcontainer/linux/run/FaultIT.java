package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.IdMapping;
import io.jcontainer.Namespace;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.LeakSnapshot;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.linux.sys.Errno;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Fails each system call of the JVM in turn, and looks for what is left. */
@Tag("every-jdk")
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
@Timeout(120)
class FaultIT {
  /** It would live on if nobody killed it. */
  private static final ContainerSpec SPEC = ContainerSpec.of("/bin/sleep", "1000");

  /** What is made in advance is no part of a start, and fails none: see the last test. */
  private static final RuntimeOptions UNPREPARED = RuntimeOptions.defaults().withoutPreparation();

  private final FailingKernel failing = new FailingKernel();

  @ParameterizedTest
  @EnumSource(names = {"EMFILE", "EIO"})
  void each_call_that_makes_a_runtime_can_fail(Errno errno) {
    List<String> failed = new ArrayList<>();
    while (true) {
      LeakSnapshot before = LeakSnapshot.take();
      failing.failAfter(failed.size(), errno);
      Throwable failure =
          catchThrowable(() -> new LinuxRuntime(failing.kernel(), UNPREPARED).close());
      if (failing.failed() == null) {
        assertThat(failure).isNull();
        break;
      }
      failed.add(failing.failed());
      assertThat(failure).as("%s", failed).isInstanceOf(ContainerException.class);
      before.assertNothingNew();
    }
    assertThat(failed).contains("sealedMemfd", "epoll", "eventfd", "watch");
  }

  @ParameterizedTest
  @EnumSource(names = {"EMFILE", "EIO"})
  void each_call_of_the_first_start_can_fail(Errno errno) {
    List<String> failed = new ArrayList<>();
    for (boolean done = false; !done; ) {
      failing.failAfter(Integer.MAX_VALUE, errno);
      try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), UNPREPARED)) {
        done = !startFails(runtime, failed.size(), errno, failed);
        failing.failAfter(Integer.MAX_VALUE, errno);
        assertStarts(runtime);
      }
    }
    assertThat(failed).contains("pipe", "socketpair", "spawn", "open", "pidfd", "watchOnce");
  }

  @ParameterizedTest
  @EnumSource(names = {"EMFILE", "EIO"})
  void each_call_of_a_later_start_can_fail(Errno errno) {
    List<String> failed = new ArrayList<>();
    try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), UNPREPARED)) {
      for (int i = 0; i < 1 + Runtime.getRuntime().availableProcessors(); i++) {
        assertStarts(runtime);
      }
      boolean fails = true;
      while (fails) {
        LeakSnapshot before = LeakSnapshot.take();
        fails = startFails(runtime, failed.size(), errno, failed);
        before.assertNothingNew();
      }
      failing.failAfter(Integer.MAX_VALUE, errno);
      assertStarts(runtime);
    }
    assertThat(failed)
        .contains("pipe", "socketpair", "spawn", "send", "receive", "pidfd", "watchOnce");
  }

  @ParameterizedTest
  @EnumSource(names = {"EMFILE", "EIO"})
  @RequiresHost({Feature.USER_NAMESPACES, Feature.CGROUPS})
  void each_call_of_a_start_in_cgroups_can_fail_and_leaves_none(Errno errno) {
    ContainerSpec limited =
        SPEC.toBuilder().limits(limits -> limits.memory("256m").cpus(1).pids(64)).build();
    List<String> failed = new ArrayList<>();
    RuntimeOptions options = UNPREPARED.withCgroupDelegation(true);
    try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), options)) {
      for (int i = 0; i < 1 + Runtime.getRuntime().availableProcessors(); i++) {
        runtime.start(limited).close();
      }
      while (true) {
        LeakSnapshot before = LeakSnapshot.take();
        failing.failAfter(failed.size(), errno);
        Throwable failure = catchThrowable(() -> runtime.start(limited));
        String call = failing.failed();
        failing.failAfter(Integer.MAX_VALUE, errno);
        if (call == null) {
          break;
        }
        failed.add(call);
        assertThat(failure).as("%s", failed).isInstanceOf(ContainerException.class);
        before.assertNothingNew();
      }
      runtime.start(limited).close();
    }
    assertThat(failed).contains("mkdir", "writeFile", "open", "spawn");
  }

  /** Whether a start fails whose call after so many is made to, as it must if there is such one. */
  private boolean startFails(LinuxRuntime runtime, int after, Errno errno, List<String> failed) {
    failing.failAfter(after, errno);
    Throwable failure = catchThrowable(() -> runtime.start(SPEC).close());
    if (failing.failed() == null) {
      assertThat(failure).isNull();
      return false;
    }
    failed.add(failing.failed());
    if (failing.failed().equals("tryIdmap") && errno == Errno.EIO) {
      assertThat(failure).as("only the answer that it cannot be done").isNull();
      return true;
    }
    assertThat(failure)
        .as("%s", failed)
        .isInstanceOfSatisfying(
            StartFailedException.class,
            start -> {
              assertThat(start.errno()).isEqualTo(errno.name());
              assertThat(start.step().call()).isEqualTo(failing.failed() + "(made to fail)");
            })
        .hasNoSuppressedExceptions();
    return true;
  }

  private static void assertStarts(LinuxRuntime runtime) {
    try (Container container = runtime.start(ContainerSpec.of("/bin/true"))) {
      assertThat(container.waitFor().isSuccess()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"receive, reapGroup", "receive, kill", "watchOnce, waitForPid"})
  void a_failure_of_the_clean_up_is_kept_beside_the_first(String call, String cleanUp) {
    try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), UNPREPARED)) {
      assertStarts(runtime);
      int calls = callsBefore(runtime, call);
      failing.failAfterwards(cleanUp);
      failing.failAfter(calls, Errno.EMFILE);

      Throwable failure = catchThrowable(() -> runtime.start(SPEC));

      failing.failAfterwards(null);
      failing.failAfter(Integer.MAX_VALUE, Errno.EMFILE);
      assertThat(failure)
          .isInstanceOf(StartFailedException.class)
          .hasMessageContaining(call + "(made to fail)");
      assertThat(suppressed(failure))
          .singleElement()
          .asString()
          .contains(cleanUp + "(made to fail afterwards)");
      assertStarts(runtime);
    }
  }

  /** In the failure, or in the one below that it is the translation of. */
  private static List<Throwable> suppressed(Throwable failure) {
    List<Throwable> suppressed = new ArrayList<>(List.of(failure.getSuppressed()));
    if (failure.getCause() != null) {
      suppressed.addAll(List.of(failure.getCause().getSuppressed()));
    }
    return suppressed;
  }

  @Test
  void a_launcher_that_ends_without_a_word_is_a_failure() {
    ContainerSpec.Builder large = ContainerSpec.builder().command("/bin/true");
    for (int i = 0; i < 40; i++) {
      large.env("LARGE_" + i, "x".repeat(100_000)); // more than a socket holds
    }
    try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), UNPREPARED)) {
      assertStarts(runtime);
      failing.replaceLauncher("/bin/false");
      for (ContainerSpec spec : List.of(SPEC, large.build())) {
        assertThatThrownBy(() -> runtime.start(spec)).isInstanceOf(ContainerException.class);
      }
      failing.replaceLauncher(null);
      assertStarts(runtime);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EMFILE", "EIO"})
  void each_call_of_a_start_that_joins_namespaces_can_fail(Errno errno) {
    ContainerSpec joining =
        SPEC.toBuilder()
            .namespaces(
                ns ->
                    ns.uts(Namespace.ofProcess(ProcFs.ownPid()))
                        .ipc(Namespace.ofPath(Path.of("/proc/self/ns/ipc")))
                        .ids(IdMapping.range(effectiveId(), 1)))
            .build();
    int failed = 0;
    try (LinuxRuntime runtime = new LinuxRuntime(failing.kernel(), UNPREPARED)) {
      for (int i = 0; i < 1 + Runtime.getRuntime().availableProcessors(); i++) {
        assertStarts(runtime);
      }
      while (true) {
        LeakSnapshot before = LeakSnapshot.take();
        failing.failAfter(failed, errno);
        Throwable failure = catchThrowable(() -> runtime.start(joining).close());
        if (failing.failed() == null) {
          break;
        }
        if (failure != null) { // a failed attempt to find something out may be an answer
          assertThat(failure).isInstanceOf(ContainerException.class);
        }
        before.assertNothingNew();
        failed++;
      }
    }
    assertThat(failed).isGreaterThan(10);
  }

  private static long effectiveId() {
    return ProcFs.status(ProcFs.ownPid()).uids().get(1);
  }

  private int callsBefore(LinuxRuntime runtime, String name) {
    for (int calls = 0; ; calls++) {
      failing.failAfter(calls, Errno.EMFILE);
      assertThatThrownBy(() -> runtime.start(SPEC).close());
      if (name.equals(failing.failed())) {
        return calls;
      }
    }
  }
}
