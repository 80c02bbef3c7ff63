package io.jcontainer.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container lives as long as its JVM at most, and is not tied to anything shorter. */
@Tag("every-jdk")
@Timeout(60)
class DeathIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Starts a container and tells its pid; then ends, or waits for its own end. */
  static final class StartsOne {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container = runtime.start(ContainerSpec.of("sh", "-c", "sleep 1000 & sleep 1000"));
      System.out.println(container.pid());
      if (arguments[0].equals("wait")) {
        System.in.read();
      }
    }
  }

  @Test
  void a_container_dies_with_its_jvm() {
    try (JvmFork jvm = JvmFork.start(StartsOne.class, "wait")) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      assertThat(ProcFs.stat(pid)).isPresent();
      jvm.kill9();

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
    }
  }

  @Test
  void a_container_dies_with_a_jvm_that_ends_without_closing_it() {
    try (JvmFork jvm = JvmFork.start(StartsOne.class, "end")) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      assertThat(jvm.waitFor(LONG)).isZero();

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
    }
  }

  /** Starts a command that gives up its death signal. */
  static final class StartsOneUnderAnInit {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container =
          runtime.start(
              ContainerSpec.builder()
                  .command("sh", "-c", "exec setpriv --pdeathsig clear sleep 1000")
                  .init(true)
                  .build());
      System.out.println(container.pid());
      System.in.read();
    }
  }

  @Test
  void with_an_init_a_command_without_its_death_signal_dies_with_its_jvm_too() {
    try (JvmFork jvm = JvmFork.start(StartsOneUnderAnInit.class)) {
      long init = Long.parseLong(jvm.readLine(LONG));
      long command = ProcFs.children(init).get(0).pid();
      jvm.kill9();

      assertThat(ProcFs.awaitGone(init, LONG)).isTrue();
      assertThat(ProcFs.awaitGone(command, LONG)).isTrue();
    }
  }

  /** Starts a further process in a container. */
  static final class StartsFurther {
    public static void main(String[] arguments) throws IOException {
      ContainerRuntime runtime = ContainerRuntime.create();
      Container container = runtime.start(ContainerSpec.of("sleep", "1000"));
      System.out.println(container.exec("sleep", "1000").pid());
      System.in.read();
    }
  }

  @Test
  void a_process_that_has_joined_a_container_dies_with_its_jvm() {
    try (JvmFork jvm = JvmFork.start(StartsFurther.class)) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      jvm.kill9();

      assertThat(ProcFs.awaitGone(pid, LONG)).isTrue();
    }
  }

  /** Starts container after container, and keeps them. */
  static final class StartsMany {
    public static void main(String[] arguments) {
      ContainerRuntime runtime = ContainerRuntime.create();
      ContainerSpec spec = ContainerSpec.of("sh", "-c", "sleep 1000; :", arguments[0]);
      while (true) {
        System.out.println(runtime.start(spec).pid());
      }
    }
  }

  @RepeatedTest(3)
  void no_container_outlives_a_jvm_that_is_killed_while_it_starts_them() {
    String mark = UUID.randomUUID().toString();
    try (JvmFork jvm = JvmFork.start(StartsMany.class, mark)) {
      for (int i = 0; i < 5; i++) {
        jvm.readLine(LONG);
      }
      jvm.kill9();
    }
    assertThat(Poll.until(LONG, () -> running(mark) == 0))
        .as("%d processes are left", running(mark))
        .isTrue();
  }

  private static long running(String mark) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().filter(it -> it.contains(mark)).isPresent())
        .count();
  }

  @Test
  void a_container_survives_the_thread_that_has_asked_for_it() throws Exception {
    CompletableFuture<Container> started = new CompletableFuture<>();
    Thread caller =
        new Thread(() -> started.complete(runtime.start(ContainerSpec.of("cat"))), "caller");
    caller.start();
    try (Container container = started.get(20, TimeUnit.SECONDS)) {
      caller.join();
      assertEchoes(container);
    }
  }

  @Test
  void a_container_survives_the_pool_that_has_asked_for_it() throws Exception {
    var pool = Executors.newSingleThreadExecutor();
    try (Container container =
        pool.submit(() -> runtime.start(ContainerSpec.of("cat"))).get(20, TimeUnit.SECONDS)) {
      pool.shutdown();
      assertThat(pool.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertEchoes(container);
    }
  }

  /** Its answer is the proof: what has been killed may still look alive for a moment. */
  private static void assertEchoes(Container container) throws IOException {
    container.stdin().write("still here\n".getBytes(UTF_8));
    assertThat(container.stdout().readNBytes(11)).isEqualTo("still here\n".getBytes(UTF_8));
    assertThat(container.isAlive()).isTrue();
  }
}
