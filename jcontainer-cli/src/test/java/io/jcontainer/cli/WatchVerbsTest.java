package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The verbs that watch and change containers: what they print, and what they ask for. */
class WatchVerbsTest {
  private static final String HEAD =
      "ID            NAME                     CPU %  MEM USAGE / LIMIT        MEM %  NET I/O        "
          + "    BLOCK I/O          PIDS\n";

  private final Trial trial = new Trial();

  private FakeHandle add(FakeHandle handle) {
    trial.runtime.handles.add(handle);
    return handle;
  }

  /** After so many seconds, in which the half of them was computed. */
  private static ContainerStats after(long seconds) {
    Optional<ByteSize> none = Optional.empty();
    OptionalLong no = OptionalLong.empty();
    return new ContainerStats(
        Instant.ofEpochSecond(1_000 + seconds),
        Optional.of(
            new ContainerStats.Memory(
                ByteSize.ofMebibytes(24),
                Optional.of(ByteSize.ofMebibytes(30)),
                Optional.of(ByteSize.ofMebibytes(64)),
                none,
                none,
                Optional.of(ByteSize.ofMebibytes(8)),
                none,
                none,
                no,
                no,
                OptionalLong.of(2))),
        Optional.of(
            new ContainerStats.Cpu(
                Duration.ofMillis(500 * seconds),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                no,
                no)),
        List.of(new ContainerStats.Io("8:0", 1_200, 3_400_000, 5, 6)),
        Optional.of(new ContainerStats.Pids(3, OptionalLong.of(100))),
        List.of(
            new ContainerStats.Network("lo", 99, 1, 0, 0, 99, 1, 0, 0),
            new ContainerStats.Network("eth0", 1_000, 1, 0, 0, 2_000, 1, 0, 0)),
        Optional.empty(),
        Optional.of(
            new ContainerStats.Pressure(
                new ContainerStats.Stall(1.5, 0, 0, Duration.ofMillis(7)), Optional.empty())),
        Optional.empty());
  }

  @Test
  void one_round_of_stats_is_a_table_with_dockers_columns() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web", after(0), after(1)));
    add(FakeHandle.uncounted("bbbbbbbbbbbb", "plain"));

    assertThat(trial.run("stats", "--no-stream", "--interval", "1ms")).isZero();
    assertThat(trial.out())
        .isEqualTo(
            HEAD
                + "aaaaaaaaaaaa  web                     50.00%  16MiB / 64MiB           25.00%  1kB"
                + " / 2kB          1.2kB / 3.4MB      3\n"
                + "bbbbbbbbbbbb  plain                       --  --                          --  --"
                + "                 --                 --\n");
  }

  @Test
  void stats_of_named_ones_go_on_until_they_have_ended() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web", after(0), after(1), after(2)));

    assertThat(trial.run("stats", "--interval", "1ms", "web")).isZero();
    assertThat(trial.out().split(HEAD, -1)).hasSize(4);
    assertThat(trial.out()).endsWith(HEAD);
  }

  @Test
  void on_a_terminal_each_round_is_drawn_over_the_one_before() {
    trial.terminal = true;
    add(FakeHandle.of("aaaaaaaaaaaa", "web", after(0), after(1)));

    assertThat(trial.run("stats", "--interval", "1ms", "web")).isZero();
    assertThat(trial.out()).startsWith("\033[HID ").contains("PIDS\033[K\n").endsWith("\033[J");
  }

  @Test
  void stats_as_json_are_a_line_of_numbers_for_each_container() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web", after(0), after(1)));

    assertThat(trial.run("stats", "--no-stream", "--interval=1ms", "--format", "json", "web"))
        .isZero();
    assertThat(trial.out())
        .isEqualTo(
            """
            {"id": "aaaaaaaaaaaa", "name": "web", "time": "1970-01-01T00:16:41Z", \
            "cpuPercent": 50.0, "cpu": {"usage": 0.5, "user": null, "system": null, \
            "throttled": null, "throttledPeriods": null, "periods": null}, \
            "memory": {"current": 25165824, "workingSet": 16777216, "peak": 31457280, \
            "limit": 67108864, "anon": null, "file": null, "kernel": null, "swap": null, \
            "faults": null, "majorFaults": null, "oomKills": 2}, \
            "pids": {"current": 3, "limit": 100}, \
            "io": [{"device": "8:0", "readBytes": 1200, "writtenBytes": 3400000, "reads": 5, \
            "writes": 6}], \
            "network": [{"name": "lo", "receivedBytes": 99, "receivedPackets": 1, \
            "receiveErrors": 0, "receiveDrops": 0, "sentBytes": 99, "sentPackets": 1, \
            "sendErrors": 0, "sendDrops": 0}, {"name": "eth0", "receivedBytes": 1000, \
            "receivedPackets": 1, "receiveErrors": 0, "receiveDrops": 0, "sentBytes": 2000, \
            "sentPackets": 1, "sendErrors": 0, "sendDrops": 0}], \
            "cpuPressure": null, "memoryPressure": {"some": {"avg10": 1.5, "avg60": 0.0, \
            "avg300": 0.0, "total": 0.007}, "full": null}, "ioPressure": null}
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stats", "events", "pause", "unpause", "update -m 1g"})
  void one_that_was_started_without_limits_is_told_if_it_was_asked_for(String verb) {
    add(FakeHandle.uncounted("bbbbbbbbbbbb", "plain"));

    assertThat(trial.run((verb + " plain").split(" "))).isEqualTo(125);
    assertThat(trial.err()).contains("bbbbbbbbbbbb has no cgroups");
  }

  @Test
  void events_are_a_line_each() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web"))
        .tells(
            new ContainerEvent(Kind.MEMORY_LIMIT, Instant.EPOCH, 3),
            new ContainerEvent(Kind.OOM_KILL, Instant.EPOCH.plusMillis(1_500), 1));

    assertThat(trial.run("events", "web")).isZero();
    assertThat(trial.out())
        .isEqualTo(
            """
            1970-01-01T00:00:00Z container memory-limit aaaaaaaaaaaa (name=web, count=3)
            1970-01-01T00:00:01.500Z container oom-kill aaaaaaaaaaaa (name=web, count=1)
            """);
  }

  @Test
  void events_as_json_are_an_object_each() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web"))
        .tells(new ContainerEvent(Kind.FROZEN, Instant.EPOCH, 1));

    assertThat(trial.run("events", "--format=json", "aaaa")).isZero();
    assertThat(trial.out())
        .isEqualTo(
            "{\"time\": \"1970-01-01T00:00:00Z\", \"id\": \"aaaaaaaaaaaa\", \"name\": \"web\","
                + " \"event\": \"frozen\", \"count\": 1}\n");
  }

  @Test
  void containers_are_paused_and_go_on_by_name_and_ps_tells_which() {
    FakeHandle web = add(FakeHandle.of("aaaaaaaaaaaa", "web"));
    add(FakeHandle.of("bbbbbbbbbbbb", "other"));

    assertThat(trial.run("pause", "web")).isZero();
    assertThat(web.paused).isTrue();
    assertThat(trial.run("ps")).isZero();
    assertThat(trial.run("unpause", "web")).isZero();
    assertThat(web.paused).isFalse();
    assertThat(trial.out().lines()).first().isEqualTo("web");
    assertThat(trial.out().lines().skip(2))
        .anySatisfy(
            line ->
                assertThat(line)
                    .matches("a{12}  sleep \\?\\[31minf .* 1m ago +paused +4711 +42 +web"))
        .anySatisfy(line -> assertThat(line).matches("b{12} .* running .*other"));
  }

  @Test
  void what_is_given_to_update_changes_each_container_and_nothing_else() {
    FakeHandle web = add(FakeHandle.of("aaaaaaaaaaaa", "web"));
    FakeHandle other = add(FakeHandle.of("bbbbbbbbbbbb", "other"));
    other.unenforced = List.of("limits.pids is not enforced");

    assertThat(trial.run("update", "--pids-limit", "7", "--cpus=2", "web", "other")).isZero();
    assertThat(web.updates)
        .isEqualTo(other.updates)
        .containsExactly(CgroupLimits.builder().pids(7).cpus(2).build());
    assertThat(trial.out()).isEqualTo("web\nother\n");
    assertThat(trial.err()).isEqualTo("jcontainer: limits.pids is not enforced\n");
  }

  @Test
  void an_update_of_nothing_is_a_wrong_call() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web"));

    assertThat(trial.run("update", "web")).isEqualTo(125);
    assertThat(trial.err()).startsWith("jcontainer: limits: ");
  }

  @Test
  void what_is_not_enforced_is_told_when_a_container_is_started() {
    trial.runtime.unenforced = List.of("limits.memory is not enforced: no controller");

    assertThat(trial.run("run", "-m", "64m", "--limits-best-effort", "--", "true")).isZero();
    assertThat(trial.err()).isEqualTo("jcontainer: limits.memory is not enforced: no controller\n");
  }

  @Test
  void an_end_for_want_of_memory_exits_with_137_and_says_so() {
    trial.runtime.exit = ExitStatus.signaled(9).withMemory(true, Optional.empty());

    assertThat(trial.run("run", "-m", "64m", "--", "hog")).isEqualTo(137);
    assertThat(trial.err())
        .isEqualTo("jcontainer: killed by the kernel, as it could get no more memory\n");
  }

  @Test
  void a_cgroup_can_be_had_without_a_limit() {
    assertThat(trial.specOf("run", "--cgroups=enabled", "--", "true").limits())
        .contains(CgroupLimits.none());
    assertThat(new Trial().specOf("run", "--cgroups=disabled", "--", "true").limits()).isEmpty();
    assertThat(new Trial().run("run", "--cgroups=disabled", "-m", "64m", "--", "true"))
        .isEqualTo(125);
  }

  @Test
  void top_lists_the_processes_that_have_come_from_the_first() {
    add(FakeHandle.of("aaaaaaaaaaaa", "web")).pid = ProcessHandle.current().pid();

    assertThat(trial.run("top", "web")).isZero();
    assertThat(trial.out()).startsWith("PID       USER          TIME       COMMAND\n");
    assertThat(trial.out().lines())
        .anySatisfy(
            line ->
                assertThat(line).startsWith(ProcessHandle.current().pid() + " ").contains("java"));
  }
}
