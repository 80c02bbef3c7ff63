package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.fixtures.ProcFs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many containers: what each costs the JVM, and that nothing adds up. */
@Timeout(60)
class ManyIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void three_hundred_starts_in_a_row_leave_all_as_it_was() {
    ContainerSpec spec = ContainerSpec.of("true");
    Holdings before = Holdings.now();
    for (int i = 0; i < 300; i++) {
      assertThat(run(spec).exit().isSuccess()).isTrue();
    }

    assertThat(Holdings.now()).isEqualTo(before);
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
      // Three pipes and the pidfd.
      assertThat(meanwhile.descriptors()).isEqualTo(before.descriptors() + 50 * 4);

      containers.forEach(Container::kill);
      for (Container container : containers) {
        assertThat(container.waitFor(LONG)).contains(ExitStatus.signaled(9));
      }
    } finally {
      containers.forEach(Container::close);
    }
    assertThat(Holdings.now()).isEqualTo(before);
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

  /** What this JVM holds of the kernel. */
  private record Holdings(TreeSet<String> threads, int descriptors, int children, int mounts) {

    static Holdings now() {
      TreeSet<String> threads = new TreeSet<>();
      Thread.getAllStackTraces().keySet().stream()
          .map(Thread::getName)
          .filter(name -> name.startsWith("jcontainer"))
          .forEach(threads::add);
      long pid = ProcFs.ownPid();
      return new Holdings(
          threads,
          ProcFs.descriptors(pid).size(),
          ProcFs.children(pid).size(),
          ProcFs.mounts(pid).size());
    }
  }
}
