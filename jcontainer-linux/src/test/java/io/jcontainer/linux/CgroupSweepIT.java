package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.ProcFs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** JVMs that are killed while their containers have limits. */
@Timeout(300)
class CgroupSweepIT extends WithLimits {
  private static final int ROUNDS = 3;

  /** How many containers each of them has. */
  private static final int ALIVE = 5;

  private final long seed = Long.getLong("jcontainer.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void the_next_runtime_removes_the_cgroups_of_a_jvm_that_was_killed(
      @HostRootedTempDir Path state) {
    try (JvmFork jvm = victim(state)) {
      List<Path> directories = new ArrayList<>();
      List<Long> pids = new ArrayList<>();
      for (String word : jvm.readLine(LONG).split(" ", -1)) {
        if (word.startsWith("/")) {
          directories.add(Path.of(word).getParent()); // it has closed the first by now, perhaps
        } else {
          pids.add(Long.parseLong(word));
        }
      }
      jvm.kill9();
      assertThat(pids).hasSize(ALIVE).allMatch(pid -> ProcFs.awaitGone(pid, LONG));
      assertThat(directories).hasSizeGreaterThanOrEqualTo(ALIVE).allMatch(Files::isDirectory);

      awaitSwept(state, directories);
    }
  }

  @Test
  void nothing_is_left_of_it_whenever_that_was(@HostRootedTempDir Path state) {
    System.out.println("CgroupSweepIT: -Djcontainer.seed=" + seed);
    for (int i = 0; i < ROUNDS; i++) {
      List<Path> directories = new ArrayList<>();
      try (JvmFork jvm = victim(state)) {
        for (String word : jvm.readLine(LONG).split(" ", -1)) {
          if (word.startsWith("/")) {
            directories.add(Path.of(word).getParent()); // the runtime's, which has later ones, too
          }
        }
        LockSupport.parkNanos(random.nextInt(300_000_000));
      }
      awaitSwept(state, directories);
    }
  }

  /**
   * What the JVM was just about to start has its descriptors for a moment, and with them the lock
   * by which the living are told from the dead.
   */
  private static void awaitSwept(Path state, List<Path> directories) {
    try (ContainerRuntime next = next(state)) {
      await(
          () -> {
            next.sweep();
            return directories.stream().noneMatch(Files::exists);
          });
    }
  }

  private static JvmFork victim(Path state) {
    return JvmFork.start(Victim.class, state.resolve("state").toString(), parent());
  }

  private static ContainerRuntime next(Path state) {
    return ContainerRuntime.create(
        besideThisJvm(
            RuntimeOptions.defaults().withStateDirectory(state.resolve("state")), parent()));
  }

  /** Starts containers with limits all the time, once it has said which it has at first. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) {
      ContainerRuntime runtime =
          ContainerRuntime.create(
              besideThisJvm(
                  RuntimeOptions.defaults().withStateDirectory(Path.of(arguments[0])),
                  arguments[1]));
      ContainerSpec spec =
          limited("exec sleep 1000", limits -> limits.memory("32m").pids(10)).toBuilder()
              .stdin(Stdio.NULL)
              .stdout(Stdio.NULL)
              .stderr(Stdio.NULL)
              .build();
      Deque<Container> containers = new ArrayDeque<>();
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < ALIVE; i++) {
        Container container = runtime.start(spec);
        containers.addLast(container);
        line.append(container.pid());
        directories(container).forEach(directory -> line.append(' ').append(directory));
        line.append(' ');
      }
      System.out.println(line.toString().strip());
      while (true) {
        containers.removeFirst().close();
        containers.addLast(runtime.start(spec));
      }
    }
  }
}
