package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.Namespace;
import io.jcontainer.PressureTrigger;
import io.jcontainer.Signal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.cgroup.Listener;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of containers with limits: what they use, what happens to them, how they ended. */
@Tag("every-jdk")
@Timeout(120)
class MonitorIT extends WithCgroups {
  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Duration OFTEN = Duration.ofMillis(20);
  private static final ByteSize LIMIT = ByteSize.ofMebibytes(24);

  /** Keeps in memory what it reads, which has no end. */
  private static final String HOG = "tail /dev/zero";

  private Container start(CgroupLimits limits, String script) {
    return runtime.start(
        ContainerSpec.builder().command("sh", "-c", script).limits(limits).build());
  }

  /** Without swap, which would only make it take longer. */
  private static CgroupLimits little() {
    return CgroupLimits.builder()
        .memory(LIMIT)
        .memorySwap(ByteSize.ofBytes(0))
        .bestEffort()
        .build();
  }

  /** With a little swap, if there is any: without, v1 does not always count the limit. */
  private static CgroupLimits littleWithSwap() {
    return little().toBuilder().memorySwap(ByteSize.ofMebibytes(32)).build();
  }

  /** Lets a script go on that reads a line first. */
  private static void go(Container container) throws IOException {
    OutputStream in = container.stdin();
    in.write('\n');
    in.flush();
  }

  private static void awaitLine(Container container, String expected) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(container.stdout(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).isEqualTo(expected);
  }

  // How it ended.

  @Test
  void a_container_that_exceeds_its_memory_is_killed_and_says_so() {
    try (Container container = start(little(), "exec " + HOG)) {
      ExitStatus exit = container.waitFor();

      assertThat(exit.signal()).contains(Signal.KILL);
      assertThat(exit.oomKilled()).isTrue();
      assertThat(exit.timedOut()).isFalse();
      assertThat(exit).asString().contains("out of memory");
      exit.peakMemory()
          .ifPresent(
              peak ->
                  assertThat(peak.bytes()).isBetween(LIMIT.bytes() / 2, LIMIT.bytes() + (1 << 20)));
    }
  }

  @Test
  void a_container_that_is_killed_by_somebody_else_says_nothing_of_memory() throws Exception {
    try (Container container = start(little(), "echo ready; exec cat")) {
      awaitLine(container, "ready");
      Process kill = new ProcessBuilder("kill", "-9", Long.toString(container.pid())).start();
      assertThat(kill.waitFor()).isZero();

      ExitStatus exit = container.waitFor();

      assertThat(exit.signal()).contains(Signal.KILL);
      assertThat(exit.oomKilled()).isFalse();
    }
  }

  @Test
  void a_container_that_we_kill_after_another_process_was_for_want_of_memory_was_killed_by_us()
      throws Exception {
    try (Container container = start(little(), HOG + "; echo killed; exec cat")) {
      awaitLine(container, "killed");
      assertThat(container.stats().memory().orElseThrow().oomKills()).hasValue(1);

      container.kill();
      ExitStatus exit = container.waitFor();

      assertThat(exit.signal()).contains(Signal.KILL);
      assertThat(exit.oomKilled()).isFalse();
    }
  }

  /** The end of its output comes before the end of the process is told. */
  @Test
  void a_container_that_is_closed_while_it_dies_for_want_of_memory_died_of_that() throws Exception {
    Container container = start(little(), "exec " + HOG);
    assertThat(container.stdout().read()).isEqualTo(-1);
    container.close();

    assertThat(container.waitFor().oomKilled()).isTrue();
  }

  @Test
  void a_container_whose_child_is_killed_for_want_of_memory_exits_as_it_likes() {
    try (Container container = start(little(), HOG + "; exit 3")) {
      ExitStatus exit = container.waitFor();

      assertThat(exit.code()).isEqualTo(3);
      assertThat(exit.oomKilled()).isFalse();
      assertThat(container.stats().memory().orElseThrow().oomKills()).hasValue(1);
    }
  }

  // What it uses.

  @Test
  void what_a_container_uses_is_counted() throws Exception {
    CgroupLimits limits = little().toBuilder().pids(50).build();
    try (Container container = start(limits, "echo ready; exec cat")) {
      awaitLine(container, "ready");

      ContainerStats stats = container.stats();

      ContainerStats.Memory memory = stats.memory().orElseThrow();
      assertThat(memory.current().bytes()).isBetween(1L, LIMIT.bytes());
      assertThat(memory.limit()).contains(LIMIT);
      assertThat(memory.anon()).isPresent();
      assertThat(memory.oomKills()).hasValue(0);
      assertThat(memory.workingSet().bytes()).isLessThanOrEqualTo(memory.current().bytes());
      ContainerStats.Pids pids = stats.pids().orElseThrow();
      assertThat(pids.current()).isPositive();
      assertThat(pids.limit()).hasValue(50);
      assertThat(stats.cpu().orElseThrow().usage()).isPositive();
      assertThat(stats.network()).extracting(ContainerStats.Network::name).containsExactly("lo");
    }
  }

  @Test
  void a_container_in_the_hosts_network_has_no_interfaces_of_its_own() throws Exception {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("cat")
            .limits(CgroupLimits.none())
            .namespaces(ns -> ns.network(Namespace.host()))
            .build();
    try (Container container = runtime.start(spec)) {
      assertThat(container.stats().network()).isEmpty();
    }
  }

  @Test
  void what_a_container_has_used_is_known_after_its_end() {
    Container container = start(CgroupLimits.none(), "exit 0");
    container.waitFor();
    container.close();

    ContainerStats stats = container.stats();

    assertThat(stats.cpu().orElseThrow().usage()).isPositive();
    assertThat(container.stats()).isEqualTo(stats);
  }

  @Test
  void a_subscriber_gets_what_is_used_until_the_end() throws Exception {
    Listener<ContainerStats> listener = new Listener<>();
    try (Container container = start(CgroupLimits.none(), "exec cat")) {
      container.stats(OFTEN).subscribe(listener);
      Duration first = listener.next().cpu().orElseThrow().usage();
      assertThat(listener.next().cpu().orElseThrow().usage()).isGreaterThanOrEqualTo(first);
    }
    listener.awaitComplete();
  }

  @Test
  void who_subscribes_after_the_end_is_told_of_it() {
    Container container = start(CgroupLimits.none(), "exit 0");
    container.close();
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();

    container.stats(OFTEN).subscribe(stats);
    container.events().subscribe(events);

    stats.awaitComplete();
    events.awaitComplete();
  }

  @Test
  void another_runtime_can_look_and_is_told_of_the_end() throws Exception {
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();
    try (ContainerRuntime other = ContainerRuntime.create(options())) {
      try (Container container = start(little(), "echo ready; exec cat")) {
        awaitLine(container, "ready");
        ContainerHandle handle = other.find(container.id()).orElseThrow();
        assertThat(handle.stats().memory().orElseThrow().limit()).contains(LIMIT);
        handle.stats(OFTEN).subscribe(stats);
        handle.events().subscribe(events);
        stats.next();
        events.awaitSubscription();
      }
      stats.awaitComplete();
      events.awaitComplete();
    }
  }

  // What happens to it.

  @Test
  void the_limit_and_the_kill_are_told_as_they_happen() throws Exception {
    Listener<ContainerEvent> listener = new Listener<>();
    try (Container container =
        start(littleWithSwap(), "read go; " + HOG + "; exec cat /dev/zero")) {
      container.events().subscribe(listener);
      listener.awaitSubscription();
      go(container);

      Map<Kind, Long> told = new EnumMap<>(Kind.class);
      while (!told.keySet().containsAll(Set.of(Kind.MEMORY_LIMIT, Kind.OOM_KILL))) {
        ContainerEvent event = listener.next();
        told.merge(event.kind(), event.count(), Long::sum);
      }

      assertThat(told).containsEntry(Kind.OOM_KILL, 1L);
      assertThat(container.isAlive()).isTrue();
    }
    listener.awaitComplete();
    assertThat(listener.rest()).extracting(ContainerEvent::kind).doesNotContain(Kind.OOM_KILL);
  }

  @Test
  void a_fork_bomb_is_held_and_told() throws Exception {
    Listener<ContainerEvent> listener = new Listener<>();
    CgroupLimits limits = CgroupLimits.builder().pids(10).build();
    // The shell that cannot fork ends, and the other goes on.
    String bomb = "read go; sh -c 'while :; do sleep 100 & done'; exec cat";
    try (Container container = start(limits, bomb)) {
      container.events().subscribe(listener);
      listener.awaitSubscription();
      go(container);

      ContainerEvent event = listener.await(each -> each.kind() == Kind.PIDS_LIMIT);

      assertThat(event.count()).isPositive();
      assertThat(container.isAlive()).isTrue();
      assertThat(container.stats().pids().map(ContainerStats.Pids::current))
          .hasValueSatisfying(current -> assertThat(current).isLessThanOrEqualTo(10));
    }
    listener.awaitComplete();
  }

  @Test
  void to_stand_still_to_go_on_and_to_be_empty_is_told() throws Exception {
    Listener<ContainerEvent> listener = new Listener<>();
    Container container = start(CgroupLimits.none(), "exec cat");
    try (container) {
      container.events().subscribe(listener);
      listener.awaitSubscription();

      container.pause();
      assertThat(listener.next().kind()).isEqualTo(Kind.FROZEN);
      container.resume();
      assertThat(listener.next().kind()).isEqualTo(Kind.THAWED);
    }
    listener.awaitComplete();
    assertThat(listener.rest()).extracting(ContainerEvent::kind).containsExactly(Kind.EMPTY);
  }

  /** Where there is no pressure of cgroups, that is told. */
  @Test
  void a_container_that_waits_for_memory_is_told() throws Exception {
    Listener<ContainerEvent> listener = new Listener<>();
    PressureTrigger trigger = PressureTrigger.memory(Duration.ofNanos(1000), Duration.ofSeconds(2));
    try (Container container = start(little(), "read go; " + HOG + "; exec cat")) {
      if (Feature.CGROUP_V2.available() && !Files.exists(Path.of("/proc/pressure/memory"))) {
        assertThatThrownBy(() -> container.pressure(trigger))
            .isInstanceOf(HostUnsupportedException.class)
            .hasMessageContaining("psi=1");
        return;
      }
      container.pressure(trigger).subscribe(listener);
      listener.awaitSubscription();
      go(container);

      assertThat(listener.next().kind()).isEqualTo(Kind.PRESSURE);
    }
    listener.awaitComplete();
  }

  @Test
  void nothing_is_left_of_subscribers_who_cancel() throws Exception {
    try (Container container = start(CgroupLimits.none(), "exec cat")) {
      List<Listener<ContainerStats>> stats = List.of(new Listener<>(), new Listener<>());
      Listener<ContainerEvent> events = new Listener<>();
      stats.forEach(listener -> container.stats(OFTEN).subscribe(listener));
      container.events().subscribe(events);
      for (Listener<ContainerStats> listener : stats) {
        listener.next();
        listener.cancel();
      }
      events.cancel();
      stats.forEach(Listener::rest);

      container.pause();
      container.resume();

      assertThat(Poll.until(LONG, container::isAlive)).isTrue();
      assertThat(events.rest()).isEmpty();
    }
  }
}
