package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.RequiresHost;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM that ends orderly closes its runtimes, and is not kept from its end. */
@Tag("every-jdk")
@LeakChecked
@RequiresHost(Feature.USER_NAMESPACES)
@Tag("every-kernel")
@Timeout(60)
class ExitIT {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Less than the hook waits for what does not end. */
  private static final Duration AT_ONCE = Duration.ofSeconds(4);

  @TempDir Path parent;

  /** One that would outlive a JVM which only dies: it gives up its death signal. */
  private static final ContainerSpec OUTLIVES =
      ContainerSpec.of("sh", "-c", "echo ready; exec setpriv --pdeathsig clear sleep 1000");

  /** Leaves a container open and ends in one of several ways. */
  static final class Ends {
    public static void main(String[] arguments) throws Exception {
      RuntimeOptions options = RuntimeOptions.defaults().withStateDirectory(Path.of(arguments[0]));
      ContainerRuntime runtime = ContainerRuntime.create(options);
      Container container = runtime.start(OUTLIVES);
      container.stdout().readNBytes(6);
      System.out.println(container.pid());
      switch (arguments[1]) {
        case "System.exit" -> System.exit(7);
        case "SIGTERM" -> new CountDownLatch(1).await();
        case "last thread" -> {}
        case "callback" -> {
          var unused =
              runtime.start(ContainerSpec.of("true")).onExit().thenRun(() -> System.exit(7));
          new CountDownLatch(1).await();
        }
        case "consumer" -> {
          ContainerSpec echo =
              ContainerSpec.builder()
                  .command("echo", "line")
                  .stdout(Stdio.lines(line -> System.exit(7)))
                  .build();
          Container talks = runtime.start(echo);
          new CountDownLatch(1).await();
          talks.close();
        }
        default -> throw new IllegalArgumentException(arguments[1]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"System.exit", "SIGTERM", "last thread", "callback", "consumer"})
  void whatever_ends_the_jvm_orderly_closes_its_runtimes_and_does_not_wait(String way) {
    assertThat(atOnce(() -> end(way))).isTrue();
  }

  private long end(String way) {
    Path state = parent.resolve("state");
    try (JvmFork jvm = JvmFork.start(Ends.class, state.toString(), way)) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      long began = System.nanoTime();
      if (way.equals("SIGTERM")) {
        jvm.process().destroy();
      }
      int expected = way.equals("SIGTERM") ? 143 : way.equals("last thread") ? 0 : 7;
      assertThat(jvm.waitFor(LONG)).isEqualTo(expected);
      long took = System.nanoTime() - began;

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
      assertThat(state).isEmptyDirectory();
      return took;
    }
  }

  /** A busy machine makes an end late now and then; one that waits is late each time. */
  private static boolean atOnce(LongSupplier nanos) {
    for (int i = 0; i < 3; i++) {
      if (nanos.getAsLong() < AT_ONCE.toNanos()) {
        return true;
      }
    }
    return false;
  }

  /** Stops its container by a hook of its own. */
  static final class StopsByItself {
    public static void main(String[] arguments) throws Exception {
      ContainerRuntime runtime =
          ContainerRuntime.create(RuntimeOptions.defaults().withCloseAtExit(false));
      Container container =
          runtime.start(
              ContainerSpec.of(
                  "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"));
      container.stdout().readNBytes(6);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    System.out.println(container.stop(LONG));
                    runtime.close();
                    try (ContainerRuntime late = ContainerRuntime.create();
                        Container last = late.start(ContainerSpec.of("echo", "from the end"))) {
                      System.out.print(last.stdout().readText());
                    }
                  }));
      System.exit(0);
    }
  }

  @Test
  void a_hook_of_the_programs_own_stops_containers_in_their_way_and_can_start_others() {
    try (JvmFork jvm = JvmFork.start(StopsByItself.class)) {
      assertThat(jvm.readLine(LONG)).isEqualTo("exited with 5");
      assertThat(jvm.readLine(LONG)).isEqualTo("from the end");
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }

  /** Counts the JVM's hooks. */
  static final class CountsHooks {
    public static void main(String[] arguments) throws Exception {
      Field hooks = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
      hooks.setAccessible(true);
      ContainerRuntime.create().close(); // JNA has a hook of its own
      int before = ((Map<?, ?>) hooks.get(null)).size();
      for (int i = 0; i < 3; i++) {
        try (ContainerRuntime one = ContainerRuntime.create();
            ContainerRuntime other = ContainerRuntime.create()) {
          one.start(ContainerSpec.of("true")).close();
          System.out.println(((Map<?, ?>) hooks.get(null)).size() - before);
          other.close();
        }
        System.out.println(((Map<?, ?>) hooks.get(null)).size() - before);
      }
    }
  }

  @Test
  void there_is_one_hook_while_there_are_runtimes_and_none_when_all_are_closed() {
    List<String> options = List.of("--add-opens=java.base/java.lang=ALL-UNNAMED");
    try (JvmFork jvm = JvmFork.start(options, CountsHooks.class)) {
      for (int i = 0; i < 3; i++) {
        assertThat(jvm.readLine(LONG)).isEqualTo("1");
        assertThat(jvm.readLine(LONG)).isEqualTo("0");
      }
    }
  }
}
