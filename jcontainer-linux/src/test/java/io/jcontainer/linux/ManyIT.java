package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.StaticElf;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many containers: what each costs the JVM, and that nothing adds up. */
@Tag("every-jdk")
@Timeout(60)
class ManyIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** CI has 10,000 of them once for each kind of user; dev/soak has 100,000. */
  @Test
  @Timeout(300)
  void starts_in_a_row_leave_all_as_it_was(@HostRootedTempDir Path directory) {
    StaticElf.exiting(0).writeTo(directory.resolve("true"));
    ContainerSpec spec =
        ContainerSpec.builder().rootfs(LayeredRootfs.directory(directory)).command("/true").build();
    for (int i = 0; i < 100; i++) {
      assertThat(run(spec).exit().isSuccess()).isTrue();
    }
    awaitWhatComesBehindStarts();
    Holdings before = Holdings.now();
    long heap = heapInUse();
    for (int i = 0; i < Integer.getInteger("jcontainer.starts", 300); i++) {
      assertThat(run(spec).exit().isSuccess()).isTrue();
    }

    before.await();
    assertThat(heapInUse() - heap).as("what a start keeps of the heap").isLessThan(1 << 20);
  }

  @Test
  void fifty_alive_at_once_need_no_more_threads_than_one() {
    Holdings before = Holdings.now();
    List<Container> containers = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        containers.add(waiting());
      }
      Holdings meanwhile = Holdings.now();
      assertThat(meanwhile.threads()).isEqualTo(before.threads());
      assertThat(meanwhile.children()).isEqualTo(before.children() + 50);
      assertThat(meanwhile.mounts()).isEqualTo(before.mounts());
      awaitDescriptors(before.descriptorsAnd(150, 50));

      containers.forEach(Container::kill);
      for (Container container : containers) {
        assertThat(container.waitFor(LONG)).contains(ExitStatus.signaled(9));
      }
    } finally {
      containers.forEach(Container::close);
    }
    before.await();
  }

  /**
   * The session keyring of each counts for one user, who may have 200 keys. All streams are
   * /dev/null: an ordinary user has 1,024 pipes of full size.
   */
  @Test
  @Timeout(120)
  void a_thousand_alive_at_once_need_no_threads_and_hardly_any_heap(
      @HostRootedTempDir Path directory) {
    int count = 1000;
    StaticElf.waiting().writeTo(directory.resolve("wait"));
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(directory))
            .command("/wait")
            .stdin(Stdio.NULL)
            .stdout(Stdio.NULL)
            .stderr(Stdio.NULL)
            .build();
    runtime.start(spec).close();
    awaitWhatComesBehindStarts();
    Holdings before = Holdings.now();
    long heap = heapInUse();
    List<Container> containers = new ArrayList<>(count);
    try {
      for (int i = 0; i < count; i++) {
        containers.add(runtime.start(spec));
      }
      assertThat(heapInUse() - heap).isLessThan(count * (20L << 10));
      Holdings meanwhile = Holdings.now();
      assertThat(meanwhile.threads()).isEqualTo(before.threads());
      assertThat(meanwhile.mounts()).isEqualTo(before.mounts());
      assertThat(meanwhile.children()).isEqualTo(before.children() + count);
      awaitDescriptors(before.descriptorsAnd(0, count));
    } finally {
      containers.forEach(Container::kill);
      containers.forEach(Container::close);
    }
    before.await();
  }

  /** The second collection takes what the first has found to be reachable by references only. */
  private static long heapInUse() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    memory.gc();
    memory.gc();
    return memory.getHeapMemoryUsage().getUsed();
  }

  /** Starts containers until that fails, says why, and what comes of closing one. */
  static final class RunsOutOfDescriptors {
    public static void main(String[] arguments) throws IOException, InterruptedException {
      try (ContainerRuntime runtime = ContainerRuntime.create()) {
        runtime.start(ContainerSpec.of("true")).close();
        Process limit =
            new ProcessBuilder(
                    "prlimit", "--pid", "" + ProcessHandle.current().pid(), "--nofile=300:300")
                .inheritIO()
                .start();
        System.out.println(limit.waitFor());
        Deque<Container> containers = new ArrayDeque<>();
        try {
          while (true) {
            containers.push(runtime.start(ContainerSpec.of("cat")));
          }
        } catch (StartFailedException e) {
          System.out.println(e.errno() + " " + e.hint().orElse("no hint"));
        }
        // A start needs more for a moment than a container has.
        containers.pop().close();
        containers.pop().close();
        containers.pop().close();
        try (Container another = runtime.start(ContainerSpec.of("true"))) {
          System.out.println(another.waitFor());
        }
      }
    }
  }

  @Test
  void a_jvm_that_has_no_more_descriptors_says_so_and_goes_on_with_those_that_are_free_again() {
    try (JvmFork jvm = JvmFork.start(RunsOutOfDescriptors.class)) {
      assertThat(jvm.readLine(LONG)).isEqualTo("0");
      assertThat(jvm.readLine(LONG)).startsWith("EMFILE ").contains("ulimit -n");
      assertThat(jvm.readLine(LONG)).isEqualTo(ExitStatus.exited(0).toString());
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }

  @Test
  void a_runtime_that_is_closed_takes_all_with_it() {
    for (int i = 0; i < 10; i++) {
      List<Container> containers = new ArrayList<>();
      try (ContainerRuntime other = ContainerRuntime.create()) {
        for (int j = 0; j < 10; j++) {
          containers.add(other.start(ContainerSpec.of("cat")));
        }
      }
      assertThat(containers).noneMatch(Container::isAlive);
    }
  }

  @Test
  void containers_that_nobody_closes_are_waited_for_all_the_same() {
    long pid;
    Container forgotten = runtime.start(ContainerSpec.of("true"));
    pid = forgotten.pid();
    assertThat(forgotten.waitFor(LONG)).isPresent();

    assertThat(ProcFs.stat(pid)).isEmpty();
    forgotten.close();
  }

  /** What a launcher thread does behind a start may need one for a moment. */
  private static void awaitDescriptors(Map<String, Integer> kinds) {
    Poll.until(LONG, () -> OwnDescriptors.kinds().equals(kinds));
    assertThat(OwnDescriptors.kinds()).isEqualTo(kinds);
  }

  /** What this JVM holds of the kernel. */
  private record Holdings(
      TreeSet<String> threads, Map<String, Integer> descriptors, int children, int mounts) {

    static Holdings now() {
      TreeSet<String> threads = new TreeSet<>();
      Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.startsWith("jcontainer"))
          .filter(name -> !name.equals("jcontainer-cgroups")) // ends when it is idle
          .forEach(threads::add);
      long pid = ProcFs.ownPid();
      return new Holdings(
          threads, OwnDescriptors.kinds(), ProcFs.children(pid).size(), ProcFs.mounts(pid).size());
    }

    void await() {
      Poll.until(LONG, () -> now().equals(this));
      assertThat(now()).isEqualTo(this);
    }

    /** And those of streams and of containers. */
    Map<String, Integer> descriptorsAnd(int pipes, int pidfds) {
      Map<String, Integer> all = new TreeMap<>(descriptors);
      all.merge("pipe:[N]", pipes, Integer::sum);
      all.merge("anon_inode:[pidfd]", pidfds, Integer::sum);
      all.values().removeIf(count -> count == 0);
      return all;
    }
  }
}
