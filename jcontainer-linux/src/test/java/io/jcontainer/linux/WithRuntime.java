package io.jcontainer.linux;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.Prepared;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.RequiresHost;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Tests that share one runtime, each of which leaves nothing behind. */
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
@TestInstance(Lifecycle.PER_CLASS)
abstract class WithRuntime {
  /** It has already made what it keeps, so what is new after a test is the test's. */
  final ContainerRuntime runtime;

  WithRuntime() {
    this(options());
  }

  WithRuntime(RuntimeOptions options) {
    runtime = warm(ContainerRuntime.create(options));
  }

  /** Without templates and cgroups in advance: they come with what a test starts, and stay. */
  static RuntimeOptions options() {
    return RuntimeOptions.defaults().withPreparedRoots(0).withPreparedCgroups(0);
  }

  private static ContainerRuntime warm(ContainerRuntime runtime) {
    // Each of the first starts makes one of its threads.
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      Finished.of(runtime, ContainerSpec.of("true"));
    }
    awaitPrepared(runtime);
    return runtime;
  }

  /** What a runtime makes in advance comes behind its first start, and when half of it is used. */
  static void awaitPrepared(ContainerRuntime runtime) {
    Poll.until(
        Duration.ofSeconds(20),
        () -> {
          Prepared.Networks networks = runtime.prepared().networks();
          return networks.ready() > networks.size() / 2;
        });
    Prepared.Networks networks = runtime.prepared().networks();
    if (networks.ready() <= networks.size() / 2) {
      throw new AssertionError(networks);
    }
  }

  /**
   * Behind a start, when its caller goes on already, what was prepared for it is closed. What is
   * counted before that is compared with what can never be again.
   */
  @BeforeEach
  void awaitWhatComesBehindStarts() {
    Poll.until(
        Duration.ofSeconds(20),
        () ->
            OwnDescriptors.kinds().keySet().stream()
                .noneMatch(kind -> kind.startsWith("net:") || kind.startsWith("mnt:")));
  }

  @AfterAll
  void closeRuntime() {
    runtime.close();
  }

  Finished run(ContainerSpec spec) {
    return Finished.of(runtime, spec);
  }

  /** Runs a script of the host's shell with all defaults. */
  Finished sh(String script) {
    return run(ContainerSpec.of("sh", "-c", script));
  }

  /** A container that runs until it is killed, or until its standard input is closed. */
  Container waiting() {
    return runtime.start(ContainerSpec.of("cat"));
  }
}
