package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.Namespace;
import io.jcontainer.PoolOptions;
import io.jcontainer.ProcessSpec;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.Signal;
import io.jcontainer.StartFailedException;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers in cgroups of their own: how they come into them, and what becomes of these. */
@Timeout(60)
class CgroupsIT extends WithCgroups {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** A pattern for the container's shell: v2, or v1. */
  private static final String PIDS_MAX =
      "$(ls /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>&-)";

  private static ContainerSpec.Builder script(String script) {
    return ContainerSpec.builder().command("sh", "-c", script).limits(SOME);
  }

  private static BufferedReader reader(InputStream stream) {
    return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
  }

  @Test
  void a_container_with_limits_is_in_cgroups_named_by_its_id() {
    try (Container container = waitingWithLimits()) {
      assertThat(cgroupsNamed(container.id(), container.pid())).isNotEmpty();
    }
  }

  @Test
  void a_container_without_limits_is_where_its_jvm_is() {
    try (Container container = waiting()) {
      assertThat(cgroups(container.pid())).isEqualTo(cgroups(ProcessHandle.current().pid()));
      assertThatThrownBy(container::pause)
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("no limits");
    }
  }

  @Test
  void limits_that_are_there_but_empty_are_cgroups_without_a_limit() {
    ContainerSpec spec = ContainerSpec.builder().command("cat").limits(CgroupLimits.none()).build();
    try (Container container = runtime.start(spec)) {
      assertThat(cgroupsNamed(container.id(), container.pid())).isNotEmpty();
      container.pause();
      assertThat(container.isPaused()).isTrue();
      container.resume();
    }
  }

  /** The launcher, and what makes its network namespace, count as somebody else's. */
  @Test
  void a_container_of_one_process_can_be_started_and_can_make_no_other() {
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("sh", "-c", "(true) || echo no; true")
            .limits(limits -> limits.pids(1))
            .build();

    assertThat(run(spec).out() + run(spec).err()).contains("fork");
  }

  @Test
  void its_root_of_cgroups_is_its_own_and_what_it_sees_of_them_is_read_only() {
    String script =
        """
        cut -d: -f3 /proc/self/cgroup | sort -u
        awk '$9 ~ /^cgroup/ || $10 ~ /^cgroup/ { print $4, $6 }' /proc/self/mountinfo | sort -u
        for file in $(find /sys/fs/cgroup -name cgroup.procs -o -name tasks); do
          echo 0 2>&- >$file && echo "written: $file"
        done
        mkdir /sys/fs/cgroup/x 2>&- || echo read-only
        """;

    assertThat(run(script(script).build()).out())
        .isEqualTo("/\n/ ro,nosuid,nodev,noexec,relatime\nread-only\n");
  }

  @Test
  void what_it_sees_has_its_limits() {
    String script =
        "cd /sys/fs/cgroup; cat memory.max pids.max || cat memory/memory.limit_in_bytes pids/pids.max";

    assertThat(run(script(script).build()).out()).isEqualTo("268435456\n64\n");
  }

  @Test
  void without_limits_it_sees_no_cgroups_not_even_in_the_hosts_sys() {
    assertThat(sh("ls -A /sys/fs/cgroup").expectedOut()).isEmpty();
    ContainerSpec spec =
        ContainerSpec.builder()
            .command("ls", "-A", "/sys/fs/cgroup")
            .namespaces(ns -> ns.network(Namespace.host()))
            .build();
    assertThat(run(spec).expectedOut()).isEmpty();
  }

  @Test
  void with_limits_it_sees_its_own_cgroups_in_the_hosts_sys() {
    ContainerSpec spec =
        script(
                "cut -d: -f3 /proc/self/cgroup | sort -u; find /sys/fs/cgroup -name "
                    + "'jcontainer*'")
            .namespaces(ns -> ns.network(Namespace.host()))
            .build();

    assertThat(run(spec).expectedOut()).isEqualTo("/\n");
  }

  @Test
  void a_further_process_is_in_the_same_cgroups_from_inside_and_outside() throws IOException {
    try (Container container = waitingWithLimits();
        ContainerProcess process = container.exec("sh", "-c", "cat /proc/self/cgroup; cat")) {
      assertThat(cgroupsOf(process, container.id()))
          .isEqualTo(cgroupsNamed(container.id(), container.pid()))
          .isNotEmpty();
      process.stdin().close();
      // Nobody but us looks at that of v1's freezer, which is where its own is if there is no v2.
      assertThat(process.stdout().readText().lines().filter(line -> !line.contains(":freezer:")))
          .isNotEmpty()
          .allMatch(line -> line.split(":", 3)[2].equals("/"));
    }
  }

  /** Those of its container, with the one that is its own, below one of these, as that. */
  private static List<String> cgroupsOf(ContainerProcess process, String container) {
    List<String> cgroups = cgroups(process.pid());
    assertThat(cgroups).filteredOn(line -> line.contains("/exec-")).hasSize(1);
    return cgroups.stream()
        .map(line -> line.replaceFirst("/exec-[0-9a-f]+$", ""))
        .filter(line -> line.endsWith("/" + container))
        .toList();
  }

  @Test
  void a_further_process_of_a_container_with_sys_admin_is_in_the_same_cgroups() {
    try (Container container = runtime.start(limitedWithSysAdmin("cat"));
        ContainerProcess process = container.exec("cat")) {
      assertThat(cgroupsOf(process, container.id()))
          .isEqualTo(cgroupsNamed(container.id(), container.pid()));
    }
  }

  /** Without a cgroup of its own what it has left would sleep on until the container ends. */
  @ParameterizedTest
  @ValueSource(strings = {"kill -KILL $PPID", "kill -KILL $PPID; kill -STOP $$"})
  void a_further_process_that_kills_its_init_ends_with_all_that_it_has_forked(String attack) {
    ProcessSpec attacker =
        ProcessSpec.builder()
            .command("sh", "-c", "(setsid sleep 1000 &); " + attack + "; exec sleep 1000")
            .timeout(LONG)
            .build();
    try (Container container = waitingWithLimits();
        ContainerProcess process = container.exec(attacker)) {
      assertThat(process.waitFor().signal()).contains(Signal.KILL);
      assertThat(process.waitFor().timedOut()).isFalse();
      assertThat(Poll.until(LONG, () -> processes(container).equals(List.of(container.pid()))))
          .as("%s", processes(container))
          .isTrue();
    }
  }

  @Test
  void closing_a_further_process_whose_init_is_gone_returns_when_all_of_it_is() {
    try (Container container = waitingWithLimits()) {
      try (ContainerProcess process =
          container.exec("sh", "-c", "(setsid sleep 1000 &); kill -KILL $PPID; sleep 1000")) {
        process.waitFor();
      }
      assertThat(processes(container)).containsExactly(container.pid());
      assertThat(guests(container)).isEmpty();
    }
  }

  private static List<Long> processes(Container container) {
    return Stream.concat(find(container.id()).stream(), guests(container).stream())
        .flatMap(path -> processesIn(path).stream())
        .map(Long::valueOf)
        .distinct()
        .toList();
  }

  /** None, if it has just been removed. */
  private static List<String> processesIn(Path cgroup) {
    try {
      return lines(cgroup.resolve("cgroup.procs"));
    } catch (UncheckedIOException e) {
      if (Files.notExists(cgroup)) {
        return List.of();
      }
      throw e;
    }
  }

  /** The cgroups below those of a container. */
  private static List<Path> guests(Container container) {
    List<Path> guests = new ArrayList<>();
    for (Path directory : find(container.id())) {
      try (Stream<Path> files = Files.list(directory)) {
        files.filter(Files::isDirectory).forEach(guests::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return guests;
  }

  @Test
  void the_cgroup_of_a_further_process_is_removed_when_nobody_is_in_it_any_more() {
    try (Container container = waitingWithLimits()) {
      ContainerProcess left = container.exec("sh", "-c", "(setsid sleep 1000 &); exit 3");
      assertThat(left.waitFor().code()).isEqualTo(3);
      left.close();
      assertThat(guests(container)).hasSize(1);
      assertThat(processes(container)).hasSize(2);

      try (ContainerProcess killer = container.exec("pkill", "sleep")) {
        assertThat(killer.waitFor().isSuccess()).isTrue();
      }
      assertThat(
              Poll.until(
                  LONG,
                  () -> {
                    try (ContainerProcess next = container.exec("true")) {
                      next.waitFor();
                    }
                    return guests(container).isEmpty();
                  }))
          .isTrue();
    }
  }

  @Test
  void a_further_process_in_a_paused_container_can_be_killed_and_the_container_stays_paused() {
    try (Container container = waitingWithLimits();
        ContainerProcess process = container.exec("sleep", "1000")) {
      container.pause();

      process.kill();

      assertThat(process.onExit().orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join().signal())
          .contains(Signal.KILL);
      assertThat(container.isPaused()).isTrue();
    }
  }

  @Test
  void killing_a_paused_container_ends_its_further_processes_at_once() {
    Container container = waitingWithLimits();
    ContainerProcess process = container.exec("sleep", "1000");
    container.pause();

    container.kill();

    assertThat(process.onExit().orTimeout(LONG.toSeconds(), TimeUnit.SECONDS).join().signal())
        .contains(Signal.KILL);
    process.close();
    container.close();
  }

  @Test
  void the_cgroups_are_removed_when_it_is_closed_and_also_when_it_just_ends() {
    Container container = waitingWithLimits();
    String id = container.id();
    assertThat(find(id)).isNotEmpty();
    container.close();
    assertThat(find(id)).isEmpty();

    Container other = runtime.start(limited("true"));
    assertThat(other.waitFor()).isEqualTo(other.onExit().join());
    assertThat(Poll.until(LONG, () -> find(other.id()).isEmpty())).isTrue();
    other.close();
  }

  /** Directories of this name below the mounts of cgroups. */
  private static List<Path> find(String id) {
    List<Path> found = new ArrayList<>();
    for (String line : lines(Path.of("/proc/self/mountinfo"))) {
      if (!line.contains(" - cgroup")) {
        continue;
      }
      try (Stream<Path> all = Files.walk(Path.of(line.split(" ", -1)[4]))) {
        all.filter(path -> path.endsWith(id)).forEach(found::add);
      } catch (IOException | UncheckedIOException e) {
        // somebody else's, which goes meanwhile
      }
    }
    return found;
  }

  @Test
  void a_start_that_fails_leaves_no_cgroup() {
    assertThatThrownBy(() -> runtime.start(limited("/no/such/command")))
        .isInstanceOf(StartFailedException.class);
  }

  @Test
  void a_container_that_has_made_cgroups_below_its_own_is_removed_with_them() {
    // A writable mount is what it has not got; so we do it from outside.
    try (Container container = waitingWithLimits()) {
      for (Path path : find(container.id())) {
        Files.createDirectories(path.resolve("a/b"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Paused.

  @Test
  void a_paused_container_does_nothing_until_it_goes_on() throws IOException {
    try (Container container = waitingWithLimits()) {
      BufferedReader out = reader(container.stdout());
      container.stdin().write("one\n".getBytes(StandardCharsets.UTF_8));
      container.stdin().flush();
      assertThat(out.readLine()).isEqualTo("one");

      container.pause();
      container.pause(); // is no error
      assertThat(container.isPaused()).isTrue();
      container.stdin().write("two\n".getBytes(StandardCharsets.UTF_8));
      container.stdin().flush();
      assertThatThrownBy(() -> container.exec("true"))
          .isInstanceOf(ContainerException.class)
          .hasMessageContaining("is paused");
      assertThat(container.stdout().available()).isZero();

      container.resume();
      assertThat(container.isPaused()).isFalse();
      assertThat(out.readLine()).isEqualTo("two");
    }
  }

  @Test
  void a_paused_container_can_be_killed_stopped_signalled_and_closed_and_its_time_can_be_over() {
    ContainerSpec trap =
        script("trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done").build();
    try (Container container = runtime.start(trap)) {
      awaitReady(container);
      container.pause();
      assertThat(container.stop(LONG)).isEqualTo(exited(container, 3));
    }
    try (Container container = waitingWithLimits()) {
      container.pause();
      container.kill();
      assertThat(container.waitFor(LONG)).map(ExitStatus::signalNumber).contains(9);
    }
    try (Container container = waitingWithLimits()) {
      container.pause();
      container.signal(Signal.KILL);
      assertThat(container.waitFor(LONG)).map(ExitStatus::signalNumber).contains(9);
    }
    try (Container container = waitingWithLimits()) {
      container.pause();
    }
    ContainerSpec timed =
        ContainerSpec.builder().command("cat").limits(SOME).timeout(Duration.ofMillis(300)).build();
    try (Container container = runtime.start(timed)) {
      container.pause();
      assertThat(container.waitFor(LONG)).map(ExitStatus::timedOut).contains(true);
    }
  }

  private static ExitStatus exited(Container container, int code) {
    return ExitStatus.exited(code).withMemory(false, container.onExit().join().peakMemory());
  }

  private static void awaitReady(Container container) {
    try {
      assertThat(reader(container.stdout()).readLine()).isEqualTo("ready");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void after_its_end_it_can_be_asked_and_not_be_changed() {
    try (Container container = runtime.start(limited("true"))) {
      container.waitFor();
      assertThatThrownBy(container::pause).isInstanceOf(ContainerGoneException.class);
      assertThatThrownBy(container::resume).isInstanceOf(ContainerGoneException.class);
      assertThatThrownBy(() -> container.update(SOME)).isInstanceOf(ContainerGoneException.class);
      assertThat(container.isPaused()).isFalse();
      assertThat(container.stats().cpu()).isPresent();
    }
  }

  // All of it.

  /** Without a pid namespace of its own there is nobody with whom the others would end. */
  @Test
  void kill_ends_all_that_is_in_the_cgroups_also_in_the_hosts_pid_namespace() throws IOException {
    for (boolean init : new boolean[] {false, true}) {
      ContainerSpec spec =
          script("setsid sleep 1000 >/dev/null 2>&1 & echo $!; cat")
              .namespaces(ns -> ns.pid(Namespace.host()))
              .init(init)
              .build();
      try (Container container = runtime.start(spec)) {
        long child = Long.parseLong(reader(container.stdout()).readLine());
        assertThat(ProcFs.stat(child)).isPresent();
        container.kill();
        container.waitFor();
        assertThat(Poll.until(LONG, () -> ProcFs.stat(child).isEmpty())).isTrue();
      }
    }
  }

  @Test
  void what_outlives_the_first_process_in_the_hosts_pid_namespace_ends_with_the_cgroups()
      throws IOException {
    ContainerSpec spec =
        script("setsid sleep 1000 >/dev/null 2>&1 & echo $!")
            .namespaces(ns -> ns.pid(Namespace.host()))
            .build();
    try (Container container = runtime.start(spec)) {
      long child = Long.parseLong(reader(container.stdout()).readLine());
      container.waitFor();
      assertThat(Poll.until(LONG, () -> ProcFs.stat(child).isEmpty())).isTrue();
    }
  }

  // Parked.

  @Test
  void a_parked_container_waits_in_its_own_cgroups_with_the_pools_limits() {
    try (ContainerPool pool =
        runtime.pool(script("cat").build(), PoolOptions.defaults().withMinimum(1).withMaximum(1))) {
      try (Container container = pool.start()) {
        assertThat(cgroupsNamed(container.id(), container.pid())).isNotEmpty();
        container.pause();
        container.resume();
        container.update(CgroupLimits.builder().pids(7).build());
        try (ContainerProcess process = container.exec("sh", "-c", "cat " + PIDS_MAX)) {
          assertThat(process.stdout().readText()).isEqualTo("7\n");
        }
      }
    }
  }

  // Handles.

  @Test
  void a_parked_container_gets_the_limits_of_its_start_before_its_command_runs() {
    ContainerSpec spec = script("cat " + PIDS_MAX).build();
    try (ContainerPool pool =
        runtime.pool(spec, PoolOptions.defaults().withMinimum(1).withMaximum(1))) {
      for (int pids = 7; pids <= 9; pids++) {
        int most = pids;
        assertThat(Poll.until(LONG, () -> pool.status().parked() == 1)).isTrue();
        try (Container container = pool.start(limits -> limits.pids(most), p -> {})) {
          assertThat(container.stdout().readText()).isEqualTo(most + "\n");
          assertThat(container.spec().limits().orElseThrow().memory()).isEqualTo(SOME.memory());
        }
      }
      assertThat(pool.status().used()).isEqualTo(3);
    }
  }

  @Test
  void limits_of_a_start_that_cannot_be_are_refused_and_leave_nothing() {
    ContainerSpec spec = script("cat " + PIDS_MAX).build();
    try (ContainerPool pool =
        runtime.pool(spec, PoolOptions.defaults().withMinimum(1).withMaximum(1))) {
      long tooMany = 5_000_000; // the kernel's largest process number is 2^22
      assertThatThrownBy(() -> pool.start(l -> l.memory("300m").pids(tooMany), p -> {}))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("limits.pids");
      try (Container container = pool.start()) {
        assertThat(container.stdout().readText()).isEqualTo("64\n");
      }
    }
    try (ContainerPool pool =
        runtime.pool(
            ContainerSpec.of("true"), PoolOptions.defaults().withMinimum(1).withMaximum(1))) {
      assertThatThrownBy(() -> pool.start(limits -> limits.pids(7), p -> {}))
          .isInstanceOf(InvalidSpecException.class)
          .hasMessageContaining("CgroupLimits.none()");
      assertThat(pool.status().used()).isZero();
    }
  }

  @Test
  void a_handle_of_it_can_do_the_same() {
    try (Container container = waitingWithLimits()) {
      ContainerHandle handle = container.toHandle();
      handle.pause();
      assertThat(container.isPaused()).isTrue();
      handle.resume();
      assertThat(handle.isPaused()).isFalse();
      assertThat(handle.stats().pids()).isPresent();
    }
  }

  @Test
  void the_plan_of_a_start_names_its_cgroups_and_leaves_none() {
    String plan = runtime.plan(limited("true")).toString();

    assertThat(plan)
        .contains("mkdir(\"/sys/fs/cgroup/")
        .containsPattern("write\\(\"/sys/fs/cgroup/.*/pids.max\", \"64\", 2\\)  # limits.pids")
        .contains("unshare(CLONE_NEWCGROUP)");
    String id = plan.replaceAll("(?s).*jcontainer-[^/]*/([0-9a-f]+)/pids.max.*", "$1");
    assertThat(find(id)).isEmpty();
  }

  @Test
  void plans_can_be_made_at_the_same_time() {
    List<CompletableFuture<Void>> planners =
        Stream.generate(
                () ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < 25; i++) {
                            assertThat(runtime.plan(limited("true")).steps()).isNotEmpty();
                          }
                        }))
            .limit(4)
            .toList();

    planners.forEach(CompletableFuture::join);
  }

  /** Starts a container, and tells how it ended. */
  static final class StartsOne {
    public static void main(String[] arguments) {
      String parent = arguments[0];
      RuntimeOptions options = parent.isEmpty() ? options() : options().withCgroupParent(parent);
      try (ContainerRuntime runtime = ContainerRuntime.create(options);
          Container container = runtime.start(limited("cat"))) {
        System.out.println(container.id());
        System.out.println(container.waitFor());
      }
    }
  }

  /** A runtime moves its JVM to a leaf where it has to, and what it forks begins there. */
  private static String parent() {
    return cgroups(ProcessHandle.current().pid()).stream()
        .filter(line -> line.startsWith("0::"))
        .map(line -> line.substring("0::".length()))
        .filter(path -> path.contains("/jcontainer-"))
        .map(path -> path.substring(0, path.lastIndexOf('/')))
        .findAny()
        .orElse("");
  }

  @Test
  void a_container_of_another_jvm_is_paused_changed_looked_at_joined_and_killed_by_its_cgroups()
      throws Exception {
    try (JvmFork jvm = JvmFork.start(StartsOne.class, parent())) {
      String id = jvm.readLine(LONG);
      ContainerHandle handle = runtime.find(id).orElseThrow();
      assertThat(handle.stats().pids().orElseThrow().current()).isPositive();
      handle.update(CgroupLimits.builder().pids(7).build());
      try (ContainerProcess process = handle.exec("sh", "-c", "cat " + PIDS_MAX + "; cat")) {
        assertThat(cgroupsOf(process, id)).isEqualTo(cgroupsNamed(id, handle.pid()));
        process.stdin().close();
        assertThat(process.stdout().readText()).isEqualTo("7\n");
      }
      handle.pause();
      assertThat(handle.isPaused()).isTrue();
      handle.resume();
      assertThat(handle.isPaused()).isFalse();
      handle.pause();
      assertThatThrownBy(() -> handle.exec("true")).hasMessageContaining("is paused");
      handle.kill();

      assertThat(jvm.readLine(LONG)).startsWith("killed by signal 9");
      assertThat(jvm.waitFor(LONG)).isZero();
      assertThat(find(id)).isEmpty();
      assertThatThrownBy(handle::pause).isInstanceOf(ContainerGoneException.class);
      assertThat(handle.isPaused()).isFalse();
    }
  }

  @Test
  void a_paused_container_of_another_jvm_goes_on_when_it_is_asked_to_stop() throws Exception {
    try (JvmFork jvm = JvmFork.start(StartsOne.class, parent())) {
      ContainerHandle handle = runtime.find(jvm.readLine(LONG)).orElseThrow();
      handle.pause();
      handle.stop(Duration.ofMillis(100)); // process 1 without a handler takes no SIGTERM
      assertThat(jvm.readLine(LONG)).startsWith("killed by signal 9");
      assertThat(jvm.waitFor(LONG)).isZero();
    }
  }

  @Test
  void many_at_a_time_leave_nothing() {
    List<Container> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(runtime.start(limited("cat")));
    }
    all.forEach(Container::kill);
    all.forEach(Container::close);
  }
}
