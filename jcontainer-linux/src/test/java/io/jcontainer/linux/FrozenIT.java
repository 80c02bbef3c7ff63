package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A JVM that is stopped, as by SIGSTOP or a debugger, is not dead, and is in nobody's way. */
@Tag("every-jdk")
@Timeout(60)
class FrozenIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  /** Starts a container whose time is soon over, and tells how it ended. */
  static final class StartsOne {
    public static void main(String[] arguments) {
      ContainerSpec spec =
          ContainerSpec.builder()
              .command("sleep", "1000")
              .name("frozen-" + ProcessHandle.current().pid())
              .timeout(TIMEOUT)
              .build();
      try (ContainerRuntime runtime = ContainerRuntime.create();
          Container container = runtime.start(spec)) {
        System.out.println(container.pid());
        System.out.println(container.waitFor());
      }
    }
  }

  private static void signal(JvmFork jvm, String signal) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(jvm.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void a_container_of_a_stopped_jvm_goes_on_is_not_swept_and_times_out_when_that_goes_on()
      throws Exception {
    try (JvmFork jvm = JvmFork.start(StartsOne.class)) {
      long pid = Long.parseLong(jvm.readLine(LONG));
      String name = "frozen-" + jvm.pid();
      signal(jvm, "STOP");
      assertThat(Poll.until(LONG, () -> ProcFs.stat(jvm.pid()).orElseThrow().state() == 'T'))
          .isTrue();
      long over = System.nanoTime() + TIMEOUT.toNanos();

      // Another runtime sweeps with its first container, and with every look.
      try (ContainerRuntime other = ContainerRuntime.create()) {
        other.start(ContainerSpec.of("true")).close();
        assertThat(other.find(name)).map(ContainerHandle::pid).contains(pid);
        assertThatThrownBy(() -> other.start(named(name)))
            .isInstanceOf(InvalidSpecException.class)
            .hasMessageContaining("which JVM " + jvm.pid() + " has started");
        other.start(named(name + "-other")).close();
        assertThat(Poll.until(LONG, () -> System.nanoTime() - over > 0)).isTrue();
        assertThat(other.find(name)).as("over its time").isPresent();
      }
      assertThat(ProcFs.stat(pid)).isPresent();

      signal(jvm, "CONT");
      assertThat(jvm.readLine(LONG)).isEqualTo("killed by signal 9 (timed out)");
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }

  private static ContainerSpec named(String name) {
    return ContainerSpec.builder().command("cat").name(name).build();
  }
}
