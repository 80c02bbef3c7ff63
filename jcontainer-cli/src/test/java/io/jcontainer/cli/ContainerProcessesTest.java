package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContainerProcessesTest {
  private static final long OURS = ProcessHandle.current().pid();

  private final List<HostProcess> all = new ArrayList<>();

  private void process(long pid, long parent, @Nullable String namespace) {
    all.add(
        new HostProcess(
            pid, parent, Optional.ofNullable(namespace), 0, Duration.ZERO, "command " + pid));
  }

  private List<Long> of(long first) {
    return ContainerProcesses.of(all, first).stream().map(HostProcess::pid).toList();
  }

  @Test
  void it_has_what_came_from_the_first_process_and_what_has_joined_its_namespace() {
    process(OURS, 1, "host");
    process(9_000_001, OURS, "container");
    process(9_000_003, 9_000_002, "nested");
    process(9_000_002, 9_000_001, "container");
    process(9_000_004, OURS, "container");
    process(9_000_005, 9_000_004, null);
    process(9_000_006, OURS, "other");

    assertThat(of(9_000_001))
        .containsExactly(9_000_001L, 9_000_002L, 9_000_003L, 9_000_004L, 9_000_005L);
  }

  @Test
  void an_init_that_may_not_be_looked_at_is_in_the_namespace_of_its_child() {
    process(OURS, 1, "host");
    process(9_000_001, OURS, null);
    process(9_000_002, 9_000_001, "container");
    process(9_000_004, OURS, "container");

    assertThat(of(9_000_001)).containsExactly(9_000_001L, 9_000_002L, 9_000_004L);
  }

  @Test
  void in_the_hosts_pid_namespace_only_what_came_from_the_first_counts() {
    process(OURS, 1, "host");
    process(9_000_001, OURS, "host");
    process(9_000_002, 9_000_001, "host");
    process(9_000_003, 1, "host");

    assertThat(of(9_000_001)).containsExactly(9_000_001L, 9_000_002L);
  }

  @Test
  void of_one_that_has_ended_nothing_is_left() {
    process(OURS, 1, "host");

    assertThat(of(9_000_001)).isEmpty();
  }
}
