package io.jcontainer.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerStats;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.PressureTrigger;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MonitorTest {
  private static final Duration OFTEN = Duration.ofMillis(10);
  private static final Duration NEVER = Duration.ofDays(100_000);
  private static final String V2 = "/sys/fs/cgroup/jcontainer-x/c/";
  private static final String MEMORY = "/sys/fs/cgroup/memory/jcontainer-x/c/";
  private static final String PIDS = "/sys/fs/cgroup/pids/jcontainer-x/c/";

  private final FakeKernel kernel = new FakeKernel();
  private final Watcher watcher = Watcher.start(kernel);
  private final int idle = kernel.openDescriptors().size();
  private final Monitors monitors = new Monitors(kernel, watcher);
  private final Monitor monitor = monitors.of(version2(), Integer.MAX_VALUE, false);

  MonitorTest() {
    kernel.file(V2 + "memory.current", "4096\n");
    events(0, 0, 0);
    kernel.file(V2 + "cgroup.procs", "1\n");
    kernel.file(V2 + "pids.current", "1\n");
    kernel.file(V2 + "pids.events", "max 0\n");
    kernel.file(V2 + "cgroup.events", "populated 1\nfrozen 0\n");
  }

  private void events(int high, int max, int kills) {
    kernel.file(
        V2 + "memory.events",
        "low 0\nhigh %d\nmax %d\noom 0\noom_kill %d\n".formatted(high, max, kills));
  }

  private static List<CgroupDirectory> version2() {
    Set<Controller> controllers = EnumSet.of(Controller.MEMORY, Controller.PIDS);
    return List.of(new CgroupDirectory(Version.V2, controllers, Path.of(V2)));
  }

  private static List<CgroupDirectory> version1() {
    return List.of(
        new CgroupDirectory(Version.V1, Set.of(Controller.MEMORY), Path.of(MEMORY)),
        new CgroupDirectory(Version.V1, Set.of(Controller.PIDS), Path.of(PIDS)));
  }

  @AfterEach
  void close() {
    monitors.close();
    assertThat(kernel.openDescriptors()).hasSize(idle);
    watcher.close();
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  private static ContainerEvent.Kind kind(ContainerEvent event) {
    return event.kind();
  }

  // What is used.

  @Test
  void what_is_used_is_read_each_time() {
    assertThat(current(monitor.stats())).isEqualTo(4096);

    kernel.file(V2 + "memory.current", "8192\n");

    assertThat(current(monitor.stats())).isEqualTo(8192);
  }

  private static long current(ContainerStats stats) {
    return stats.memory().map(ContainerStats.Memory::current).map(ByteSize::bytes).orElse(-1L);
  }

  @Test
  void of_a_container_that_has_ended_it_is_told_what_it_had_used_then() {
    kernel.file(V2 + "memory.current", "8192\n");
    monitor.ended();
    kernel.removeFiles(V2);

    assertThat(current(monitor.stats())).isEqualTo(8192);
    assertThat(monitor.stats()).isSameAs(monitor.stats());
    assertThat(kernel.openDescriptors()).hasSize(idle);
  }

  @Test
  void one_whose_cgroups_have_gone_before_anybody_looked_is_gone() {
    kernel.removeFiles(V2);

    assertThatThrownBy(monitor::stats).isInstanceOf(ContainerGoneException.class);
    monitor.ended();
    assertThatThrownBy(monitor::stats).isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void a_subscriber_gets_what_is_used_again_and_again() throws InterruptedException {
    Listener<ContainerStats> listener = new Listener<>();
    monitor.stats(OFTEN).subscribe(listener);
    assertThat(current(listener.next())).isEqualTo(4096);

    kernel.file(V2 + "memory.current", "8192\n");

    listener.await(stats -> current(stats) == 8192);
    listener.cancel();
  }

  @Test
  void the_first_comes_at_once() throws InterruptedException {
    Listener<ContainerStats> listener = new Listener<>();
    monitor.stats(NEVER).subscribe(listener);

    assertThat(current(listener.next())).isEqualTo(4096);
  }

  @Test
  void a_subscriber_gets_the_last_and_is_told_of_the_end() throws InterruptedException {
    Listener<ContainerStats> listener = new Listener<>();
    monitor.stats(NEVER).subscribe(listener);
    listener.next();
    kernel.file(V2 + "memory.current", "8192\n");

    monitor.ended();

    assertThat(current(listener.next())).isEqualTo(8192);
    listener.awaitComplete();
  }

  @Test
  void who_subscribes_after_the_end_gets_the_last_and_is_told_of_it() throws InterruptedException {
    monitor.ended();
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();

    monitor.stats(OFTEN).subscribe(stats);
    monitor.events().subscribe(events);

    assertThat(current(stats.next())).isEqualTo(4096);
    stats.awaitComplete();
    events.awaitComplete();
  }

  @Test
  void who_cancels_is_read_for_no_more() throws InterruptedException {
    Listener<ContainerStats> listener = new Listener<>();
    monitor.stats(NEVER).subscribe(listener);
    listener.next();

    listener.cancel();
    monitor.ended();

    assertThat(listener.isComplete()).isFalse();
  }

  @Test
  void more_often_than_each_10_ms_is_refused() {
    assertThatThrownBy(() -> monitor.stats(Duration.ofMillis(9)))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageContaining("every")
        .hasMessageContaining("10 ms");
    assertThatThrownBy(() -> monitor.stats(Duration.ofSeconds(-1)))
        .isInstanceOf(InvalidSpecException.class);
  }

  // What happens.

  @Test
  void each_event_is_told_once_with_how_often_it_was() throws InterruptedException {
    events(1, 1, 1);
    Listener<ContainerEvent> listener = new Listener<>();
    monitor.events().subscribe(listener);
    listener.awaitSubscription();

    events(1, 4, 1);
    ContainerEvent limit = listener.next();
    events(1, 4, 2);
    ContainerEvent kill = listener.next();
    kernel.file(V2 + "pids.events", "max 7\n");
    ContainerEvent pids = listener.next();
    events(2, 4, 2);
    ContainerEvent high = listener.next();

    assertThat(limit.kind()).isEqualTo(Kind.MEMORY_LIMIT);
    assertThat(limit.count()).isEqualTo(3);
    assertThat(kill.kind()).isEqualTo(Kind.OOM_KILL);
    assertThat(kill.count()).isEqualTo(1);
    assertThat(pids.kind()).isEqualTo(Kind.PIDS_LIMIT);
    assertThat(pids.count()).isEqualTo(7);
    assertThat(high.kind()).isEqualTo(Kind.MEMORY_HIGH);
    monitor.ended();
    listener.awaitComplete();
    assertThat(listener.rest()).isEmpty();
  }

  @Test
  void it_is_told_when_a_container_stands_still_goes_on_and_is_empty() throws InterruptedException {
    Listener<ContainerEvent> listener = new Listener<>();
    monitor.events().subscribe(listener);
    listener.awaitSubscription();

    kernel.file(V2 + "cgroup.events", "populated 1\nfrozen 1\n");
    assertThat(listener.next().kind()).isEqualTo(Kind.FROZEN);
    kernel.file(V2 + "cgroup.events", "populated 1\nfrozen 0\n");
    assertThat(listener.next().kind()).isEqualTo(Kind.THAWED);
    kernel.file(V2 + "cgroup.events", "populated 0\nfrozen 0\n");
    assertThat(listener.next().kind()).isEqualTo(Kind.EMPTY);
  }

  @Test
  void what_happens_at_the_very_end_is_told_before_it() throws InterruptedException {
    Listener<ContainerEvent> listener = new Listener<>();
    monitor.events().subscribe(listener);
    listener.awaitSubscription();
    kernel.failNext("read", Errno.EIO); // so that the notice is lost

    events(0, 0, 1);
    monitor.ended();

    assertThat(listener.next().kind()).isEqualTo(Kind.OOM_KILL);
    listener.awaitComplete();
  }

  @Test
  void files_are_watched_only_while_somebody_wants_to_know() throws InterruptedException {
    assertThat(kernel.watchedFiles()).isEmpty();
    Listener<ContainerEvent> one = new Listener<>();
    Listener<ContainerEvent> other = new Listener<>();
    monitor.events().subscribe(one);
    monitor.events().subscribe(other);
    one.awaitSubscription();
    other.awaitSubscription();
    assertThat(kernel.watchedFiles())
        .containsExactly(V2 + "cgroup.events", V2 + "memory.events", V2 + "pids.events");

    one.cancel();
    events(0, 1, 0);
    assertThat(other.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);
    other.cancel();

    assertThat(kernel.openDescriptors()).hasSize(idle);
    assertThat(one.rest()).isEmpty();
  }

  @Test
  void two_who_watch_the_same_cgroup_are_both_told() throws InterruptedException {
    Monitor second = monitors.of(version2(), Integer.MAX_VALUE, false);
    Listener<ContainerEvent> one = new Listener<>();
    Listener<ContainerEvent> other = new Listener<>();
    monitor.events().subscribe(one);
    second.events().subscribe(other);
    one.awaitSubscription();
    other.awaitSubscription();

    events(0, 1, 0);

    assertThat(one.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);
    assertThat(other.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);
    one.cancel();
    events(0, 2, 0);
    assertThat(other.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);
  }

  @Test
  void who_may_not_watch_more_files_is_told_what_an_administrator_can_do()
      throws InterruptedException {
    kernel.failNext("inotify_add_watch", Errno.ENOSPC);
    Listener<ContainerEvent> listener = new Listener<>();

    monitor.events().subscribe(listener);

    assertThat(listener.awaitFailure())
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("sysctl fs.inotify.max_user_watches");
    assertThat(kernel.watchedFiles()).isEmpty();
  }

  @Test
  void what_an_older_kernel_does_not_tell_does_not_keep_the_rest_back()
      throws InterruptedException {
    kernel.removeFiles(V2 + "pids.events");
    Listener<ContainerEvent> listener = new Listener<>();
    monitor.events().subscribe(listener);
    listener.awaitSubscription();

    events(0, 1, 0);

    assertThat(listener.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);
  }

  @Test
  void who_cannot_be_told_of_events_learns_why() throws InterruptedException {
    kernel.failNext("inotify_init1", Errno.ENOMEM);
    Listener<ContainerEvent> listener = new Listener<>();

    monitor.events().subscribe(listener);

    assertThat(listener.awaitFailure())
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("inotify_init1");
  }

  @Test
  void who_cannot_be_told_what_is_used_learns_why() throws InterruptedException {
    kernel.failNext("open", Errno.EMFILE);
    Listener<ContainerStats> listener = new Listener<>();

    monitor.stats(OFTEN).subscribe(listener);

    assertThat(listener.awaitFailure())
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("Too many open files");
  }

  // Version 1.

  private Monitor monitorOfVersion1() {
    kernel.file(MEMORY + "memory.usage_in_bytes", "4096\n");
    kernel.file(MEMORY + "memory.max_usage_in_bytes", "8192\n");
    kernel.file(MEMORY + "memory.failcnt", "0\n");
    kernel.file(MEMORY + "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
    kernel.file(MEMORY + "memory.pressure_level", "");
    kernel.file(MEMORY + "cgroup.event_control", "");
    kernel.file(MEMORY + "cgroup.procs", "");
    kernel.file(PIDS + "pids.events", "max 0\n");
    return monitors.of(version1(), Integer.MAX_VALUE, false);
  }

  @Test
  void version_1_is_asked_for_notices_by_an_eventfd() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    Listener<ContainerEvent> listener = new Listener<>();
    one.events().subscribe(listener);
    listener.awaitSubscription();

    assertThat(kernel.watchedFiles()).isEmpty();
    assertThat(kernel.written()).hasSize(2);
    assertThat(kernel.written().get(0)).matches("[0-9]+ [0-9]+");
    assertThat(kernel.written().get(1)).matches("[0-9]+ [0-9]+ low");
    kernel.file(MEMORY + "memory.failcnt", "9\n");
    kernel.file(MEMORY + "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    kernel.raise("eventfd");

    List<ContainerEvent> told = List.of(listener.next(), listener.next());
    assertThat(told).extracting(MonitorTest::kind).contains(Kind.MEMORY_LIMIT, Kind.OOM_KILL);
  }

  /** The kernel says that memory is short, and then looks for somebody to kill. */
  @Test
  void a_kill_that_comes_long_after_its_notice_is_told_all_the_same() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    Listener<ContainerEvent> listener = new Listener<>();
    one.events().subscribe(listener);
    listener.awaitSubscription();
    kernel.file(MEMORY + "memory.failcnt", "9\n");
    kernel.raise("eventfd");
    assertThat(listener.next().kind()).isEqualTo(Kind.MEMORY_LIMIT);

    kernel.file(MEMORY + "memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 1\n");

    assertThat(listener.next().kind()).isEqualTo(Kind.OOM_KILL);
  }

  @Test
  void what_version_1_counts_and_tells_nobody_is_looked_at() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    Listener<ContainerEvent> listener = new Listener<>();
    one.events().subscribe(listener);
    listener.awaitSubscription();

    kernel.file(PIDS + "pids.events", "max 3\n");
    ContainerEvent first = listener.next();
    kernel.file(PIDS + "pids.events", "max 5\n");

    assertThat(first.kind()).isEqualTo(Kind.PIDS_LIMIT);
    assertThat(first.count()).isEqualTo(3);
    assertThat(listener.next().count()).isEqualTo(2);
  }

  @Test
  void a_limit_of_memory_and_swap_together_is_one_of_memory() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    kernel.file(MEMORY + "memory.memsw.failcnt", "2\n");
    Listener<ContainerEvent> listener = new Listener<>();
    one.events().subscribe(listener);
    listener.awaitSubscription();

    kernel.file(MEMORY + "memory.memsw.failcnt", "7\n");
    kernel.raise("eventfd");

    ContainerEvent event = listener.next();
    assertThat(event.kind()).isEqualTo(Kind.MEMORY_LIMIT);
    assertThat(event.count()).isEqualTo(5);
  }

  @Test
  void version_1_is_told_by_us_what_it_has_no_notice_for() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    Listener<ContainerEvent> listener = new Listener<>();
    one.events().subscribe(listener);
    listener.awaitSubscription();

    one.frozen(true);
    one.frozen(true);
    assertThat(listener.next().kind()).isEqualTo(Kind.FROZEN);
    one.frozen(false);
    assertThat(listener.next().kind()).isEqualTo(Kind.THAWED);
    one.ended();
    assertThat(listener.next().kind()).isEqualTo(Kind.EMPTY);
    listener.awaitComplete();
  }

  @Test
  void version_2_is_told_nothing_that_it_tells_itself() throws InterruptedException {
    Listener<ContainerEvent> listener = new Listener<>();
    monitor.events().subscribe(listener);
    listener.awaitSubscription();

    monitor.frozen(true);
    monitor.ended();

    listener.awaitComplete();
    assertThat(listener.rest()).isEmpty();
  }

  // Pressure.

  @Test
  void pressure_is_a_trigger_of_the_kernels() throws InterruptedException {
    kernel.file(V2 + "memory.pressure", "");
    Listener<ContainerEvent> listener = new Listener<>();
    PressureTrigger trigger =
        PressureTrigger.memory(Duration.ofMillis(150), Duration.ofSeconds(2)).onlyFull();
    monitor.pressure(trigger).subscribe(listener);
    listener.awaitSubscription();

    assertThat(kernel.written()).contains("full 150000 2000000");
    assertThat(kernel.openDescriptors()).containsValue(V2 + "memory.pressure");
    listener.cancel();
    assertThat(kernel.openDescriptors()).doesNotContainValue(V2 + "memory.pressure");
  }

  @Test
  void a_kernel_without_pressure_says_what_it_lacks() {
    PressureTrigger trigger = PressureTrigger.io(Duration.ofMillis(1), Duration.ofSeconds(2));

    assertThatThrownBy(() -> monitor.pressure(trigger))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("io.pressure")
        .hasMessageContaining("psi=1");
  }

  @Test
  void a_container_whose_cgroups_have_gone_is_not_taken_for_a_kernel_without_pressure() {
    PressureTrigger trigger = PressureTrigger.io(Duration.ofMillis(1), Duration.ofSeconds(2));
    kernel.removeFiles(V2);

    assertThatThrownBy(() -> monitor.pressure(trigger)).isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void a_trigger_that_the_kernel_refuses_says_what_it_wants() {
    kernel.file(V2 + "cpu.pressure", "");
    kernel.failNext("pwrite", Errno.EINVAL);

    assertThatThrownBy(() -> monitor.pressure(PressureTrigger.cpu(OFTEN, Duration.ofSeconds(1))))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("\"some 10000 1000000\"")
        .hasMessageContaining("multiple of 2 s");
  }

  @Test
  void of_version_1_there_is_pressure_of_memory_only() throws InterruptedException {
    Monitor one = monitorOfVersion1();
    Duration window = Duration.ofSeconds(2);
    Listener<ContainerEvent> listener = new Listener<>();
    one.pressure(PressureTrigger.memory(OFTEN, window)).subscribe(listener);
    listener.awaitSubscription();

    assertThat(kernel.written()).isNotEmpty().allMatch(order -> order.endsWith(" medium"));
    kernel.raise("eventfd");
    assertThat(listener.next().kind()).isEqualTo(Kind.PRESSURE);
    assertThatThrownBy(() -> one.pressure(PressureTrigger.cpu(OFTEN, window)))
        .isInstanceOf(HostUnsupportedException.class)
        .hasMessageContaining("version 1");
  }

  // The end.

  private static final ExitStatus KILLED = ExitStatus.signaled(9);

  @Test
  void who_was_killed_for_want_of_memory_says_so_with_its_peak() {
    kernel.file(V2 + "memory.peak", "65536\n");
    events(0, 9, 1);

    ExitStatus status = monitor.atEnd(KILLED);

    assertThat(status.oomKilled()).isTrue();
    assertThat(status.peakMemory()).contains(ByteSize.ofBytes(65_536));
  }

  @Test
  void who_was_killed_by_somebody_else_says_nothing_of_it() {
    ExitStatus status = monitor.atEnd(KILLED);

    assertThat(status.oomKilled()).isFalse();
    assertThat(status.peakMemory()).as("an older kernel").isEmpty();
  }

  @Test
  void who_exits_by_itself_was_not_killed_whoever_else_was() {
    events(0, 9, 1);

    assertThat(monitor.atEnd(ExitStatus.exited(137)).oomKilled()).isFalse();
    assertThat(monitor.atEnd(ExitStatus.signaled(15)).oomKilled()).isFalse();
  }

  /** Its number is that of this JVM, which is not being killed. */
  @Test
  void who_is_killed_by_us_after_another_was_for_want_of_memory_was_killed_by_us() {
    Monitor ours = monitors.of(version2(), (int) ProcessHandle.current().pid(), false);
    events(0, 9, 1);

    ours.beforeKill();

    assertThat(ours.atEnd(KILLED).oomKilled()).isFalse();
    events(0, 9, 2);
    assertThat(ours.atEnd(KILLED).oomKilled()).isTrue();
  }

  /** Its number is nobody's: it has ended before we could kill it. */
  @Test
  void who_is_killed_by_us_when_it_was_dying_for_want_of_memory_died_of_that() {
    events(0, 9, 1);

    monitor.beforeKill();

    assertThat(monitor.atEnd(KILLED).oomKilled()).isTrue();
  }

  @Test
  void the_end_of_one_whose_cgroups_have_gone_is_told_without_them() {
    kernel.removeFiles(V2);

    assertThat(monitor.atEnd(KILLED)).isEqualTo(KILLED);
  }

  @Test
  void the_end_of_one_that_cannot_be_read_is_told_all_the_same() {
    kernel.failNext("open", Errno.EMFILE);

    assertThat(monitor.atEnd(KILLED)).isEqualTo(KILLED);
  }

  /** Where none could be had, and the best effort was asked for. */
  @Test
  void of_a_container_without_cgroups_nothing_is_counted_and_its_end_is_told() {
    Monitor none = monitors.of(List.of(), Integer.MAX_VALUE, false);
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();
    none.stats(NEVER).subscribe(stats);
    none.events().subscribe(events);

    assertThat(none.stats().memory()).isEmpty();
    assertThat(none.stats().cpu()).isEmpty();
    none.beforeKill();
    assertThat(none.atEnd(KILLED)).isEqualTo(KILLED);
    none.ended();

    stats.awaitComplete();
    events.awaitComplete();
    assertThat(events.rest()).isEmpty();
  }

  // Of other runtimes.

  @Test
  void the_end_of_another_runtimes_container_is_noticed() throws InterruptedException {
    int pid = kernel.newChild();
    Monitor other = monitors.ofOther(version2(), pid, false, () -> Optional.of(kernel.pidfd(pid)));
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();
    other.stats(NEVER).subscribe(stats);
    other.events().subscribe(events);
    stats.next();
    events.awaitSubscription();

    kernel.exit(pid, 0);

    stats.awaitComplete();
    events.awaitComplete();
  }

  @Test
  void nothing_of_another_runtimes_container_is_kept_open() throws InterruptedException {
    int pid = kernel.newChild();
    Monitor other = monitors.ofOther(version2(), pid, false, () -> Optional.of(kernel.pidfd(pid)));

    assertThat(current(other.stats())).isEqualTo(4096);
    assertThat(kernel.openDescriptors()).hasSize(idle);

    Listener<ContainerStats> listener = new Listener<>();
    other.stats(NEVER).subscribe(listener);
    listener.next();
    listener.cancel();
    assertThat(kernel.openDescriptors()).hasSize(idle);
  }

  @Test
  void another_runtimes_container_that_has_ended_is_gone() throws InterruptedException {
    Monitor other = monitors.ofOther(version2(), 1, false, Optional::empty);
    Listener<ContainerEvent> listener = new Listener<>();

    assertThatThrownBy(other::stats).isInstanceOf(ContainerGoneException.class);
    other.events().subscribe(listener);

    listener.awaitComplete();
  }

  @Test
  void a_runtime_that_closes_tells_all_that_there_will_be_nothing_more()
      throws InterruptedException {
    Listener<ContainerStats> stats = new Listener<>();
    Listener<ContainerEvent> events = new Listener<>();
    monitor.stats(NEVER).subscribe(stats);
    monitor.events().subscribe(events);
    stats.next();
    events.awaitSubscription();

    monitors.close();

    stats.awaitComplete();
    events.awaitComplete();
  }
}
