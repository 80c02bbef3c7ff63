package io.jcontainer.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.Capabilities;
import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerProcess;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.PoolOptions;
import io.jcontainer.PoolStatus;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.Scheduling;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.Terminal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.JvmFork;
import io.jcontainer.fixtures.OwnDescriptors;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers that are parked before they are started. */
@Tag("every-jdk")
@Timeout(60)
class PoolIT extends WithRuntime {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final ContainerSpec SPEC = ContainerSpec.of("sh", "-c", "exit 9");
  private static final PoolOptions ONE = PoolOptions.defaults().withMinimum(1).withMaximum(1);

  private static ContainerSpec.Builder spec() {
    return ContainerSpec.builder().command("true");
  }

  private static Consumer<ProcessSpec.Builder> script(String script) {
    return p -> p.command("sh", "-c", script);
  }

  private List<ContainerHandle> own() {
    return runtime.containers().stream()
        .filter(container -> container.ownerPid() == ProcFs.ownPid())
        .toList();
  }

  private static Finished finish(Container started) {
    try (Container container = started) {
      container.stdin().close(); // some read it
      String out = container.stdout().readText();
      String err = container.stderr().readText();
      return new Finished(container.waitFor(), out, err);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a script in a container of the pool that was parked. */
  private static String out(ContainerPool pool, String script) {
    return out(pool, script(script));
  }

  private static String out(ContainerPool pool, Consumer<ProcessSpec.Builder> change) {
    await(pool, status -> status.parked() > 0);
    long used = pool.status().used();
    Finished finished = finish(pool.start(change));
    assertThat(pool.status().used()).isEqualTo(used + 1);
    return finished.expectedOut();
  }

  private static void await(ContainerPool pool, Predicate<PoolStatus> wanted) {
    assertThat(Poll.until(LONG, () -> wanted.test(pool.status()))).as("%s", pool.status()).isTrue();
  }

  private static List<ProcStat> parked() {
    return ProcFs.children(ProcFs.ownPid()).stream()
        .filter(child -> child.comm().equals("parked"))
        .toList();
  }

  // What a start can choose.

  @Test
  void a_parked_container_becomes_what_its_start_says() throws IOException {
    try (ContainerPool pool = runtime.pool(SPEC);
        Container container =
            pool.start(
                p ->
                    p.command("sh", "-c", "cat; echo $A $PWD; umask; ulimit -n; exit 3")
                        .env("A", "b")
                        .cwd("/tmp")
                        .umask(077)
                        .rlimit(Rlimit.parse("nofile=64")))) {
      container.stdin().writeText("in\n");
      container.stdin().close();
      assertThat(container.stdout().readText()).isEqualTo("in\nb /tmp\n0077\n64\n");
      assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(3));
      assertThat(pool.status().used()).isEqualTo(1);
    }
  }

  @Test
  void without_a_change_it_is_the_process_of_the_spec() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      assertThat(finish(pool.start()).exit()).isEqualTo(ExitStatus.exited(9));
      assertThat(pool.status().used()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void streams_and_descriptors_are_handed_over(boolean init, @TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("out");
    List<String> lines = new ArrayList<>();
    try (ContainerPool pool = runtime.pool(spec().init(init).build())) {
      Consumer<ProcessSpec.Builder> change =
          p ->
              p.command("sh", "-c", "cat; cat <&5; echo err >&2; ls /proc/self/fd >&9")
                  .stdin(Stdio.text("in\n"))
                  .stdout(Stdio.lines(lines::add))
                  .stderr(Stdio.STDOUT)
                  .descriptor(5, Stdio.text("five\n"))
                  .descriptor(9, Stdio.to(file));
      try (Container container = pool.start(change)) {
        assertThat(container.waitFor()).isEqualTo(ExitStatus.exited(0));
      }
      assertThat(pool.status().used()).isEqualTo(1);
    }
    assertThat(lines).containsExactly("in", "five", "err");
    assertThat(file).hasContent("0\n1\n2\n3\n5\n9\n"); // 3 is that of ls
  }

  @Test
  void nothing_else_is_open_and_streams_that_are_null_stay_so() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      assertThat(out(pool, "ls /proc/self/fd")).isEqualTo("0\n1\n2\n3\n");
      try (Container container =
          pool.start(
              p ->
                  p.command("sh", "-c", "readlink /proc/self/fd/0 /proc/self/fd/2")
                      .stderr(Stdio.NULL))) {
        assertThat(container.stdout().readText()).matches("pipe:.*\n/dev/null\n");
      }
    }
  }

  @Test
  void the_standard_streams_can_be_opened_again() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      assertThat(out(pool, "echo a >/dev/stdout; cat </dev/stdin; echo b >/proc/self/fd/1"))
          .isEqualTo("a\nb\n");
    }
  }

  @Test
  @RequiresHost(Feature.MANY_IDS)
  void the_standard_streams_can_be_opened_again_by_another_user() {
    try (ContainerPool pool = runtime.pool(spec().user("nobody").build())) {
      assertThat(out(pool, "echo a >/dev/stdout; id -un; echo $HOME"))
          .isEqualTo("a\nnobody\n/nonexistent\n");
    }
  }

  @Test
  void home_is_as_in_any_other_container() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      assertThat(out(pool, "echo $HOME $PATH"))
          .isEqualTo(sh("echo $HOME $PATH").expectedOut())
          .startsWith("/tmp ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_terminal_has_the_size_of_the_start_and_controls_the_session(boolean init) {
    ContainerSpec terminal = spec().terminal(Terminal.DEFAULT).init(init).build();
    try (ContainerPool pool = runtime.pool(terminal);
        Container container =
            pool.start(
                p ->
                    p.command("sh", "-c", "stty size; tty; echo up >/dev/tty; ls /proc/self/fd")
                        .terminal(new Terminal(33, 99)))) {
      assertThat(new Screen(container).rest()).isEqualTo("33 99\n/dev/pts/0\nup\n0  1  2  3\n");
      assertThat(container.waitFor().isSuccess()).isTrue();
      assertThat(pool.status().used()).isEqualTo(1);
    }
  }

  @Test
  void the_time_of_a_container_begins_with_its_start() throws InterruptedException {
    try (ContainerPool pool = runtime.pool(SPEC, ONE)) {
      Instant before = Instant.now();
      try (Container container =
          pool.start(p -> p.command("sleep", "60").timeout(Duration.ofMillis(300)))) {
        ContainerHandle handle = runtime.find(container.id()).orElseThrow();
        assertThat(handle.startedAt()).isAfterOrEqualTo(before.minusMillis(1));
        assertThat(container.waitFor().timedOut()).isTrue();
        assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofMillis(299));
      }
    }
  }

  @Test
  void an_exit_below_an_init_is_the_commands_however_fast_it_comes() {
    try (ContainerPool pool =
        runtime.pool(spec().init(true).build(), PoolOptions.defaults().withMinimum(4))) {
      for (int i = 0; i < 50; i++) {
        await(pool, status -> status.parked() > 0);
        try (Container container = pool.start(script("kill -9 $$"))) {
          assertThat(container.waitFor()).isEqualTo(ExitStatus.signaled(9));
        }
      }
      assertThat(pool.status().used()).isEqualTo(50);
    }
  }

  // What it is.

  @Test
  void a_started_one_is_a_container_like_any_other(@TempDir Path directory) throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "copied");
    try (ContainerPool pool = runtime.pool(spec().rootfs(LayeredRootfs.host().writable()).build());
        Container container = pool.start(p -> p.command("cat"))) {
      assertThat(runtime.containers()).extracting(ContainerHandle::id).contains(container.id());
      assertThat(container.spec().command()).containsExactly("cat");
      container.copyTo(file, "/tmp/file");
      try (ContainerProcess process = container.exec("sh", "-c", "hostname; cat /tmp/file")) {
        assertThat(process.stdout().readText()).isEqualTo(container.id() + "\ncopied");
      }
      container.stdin().close();
      assertThat(container.waitFor(LONG)).contains(ExitStatus.exited(0));
    }
  }

  @Test
  void parked_ones_are_not_listed() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      await(pool, status -> status.parked() == 2);
      assertThat(own()).isEmpty();
    }
  }

  @Test
  void a_parked_one_holds_nothing_of_the_jvm_and_can_be_traced_by_nobody() {
    try (ContainerPool pool = runtime.pool(SPEC, ONE)) {
      assertThat(parked())
          .hasSize(1)
          .allSatisfy(
              process -> {
                assertThat(ProcFs.status(process.pid()).noNewPrivs()).isTrue();
                if (ProcFs.status(ProcFs.ownPid()).hasCapability(19)) { // CAP_SYS_PTRACE: looks in
                  assertThat(ProcFs.descriptors(process.pid())).hasSize(4);
                } else {
                  assertThat(Path.of("/proc/" + process.pid() + "/fd"))
                      .matches(fd -> !Files.isReadable(fd));
                }
              });
      assertThat(pool.status().parked()).isEqualTo(1);
    }
  }

  @Test
  void a_directory_of_the_host_shows_what_changes_after_parking(@HostRootedTempDir Path directory)
      throws IOException {
    ContainerSpec bound = spec().mount(Mount.bind(directory, "/mnt")).build();
    try (ContainerPool pool = runtime.pool(bound, ONE)) {
      Files.writeString(directory.resolve("late"), "seen");
      assertThat(out(pool, "cat /mnt/late")).isEqualTo("seen");
    }
  }

  @Test
  void each_is_used_once() throws Exception {
    Set<String> ids = ConcurrentHashMap.newKeySet();
    ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (ContainerPool pool = runtime.pool(SPEC, PoolOptions.defaults().withMinimum(8))) {
      List<Future<?>> starts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String word = "w" + i;
        starts.add(
            threads.submit(
                () -> {
                  try (Container container = pool.start(p -> p.command("echo", word))) {
                    ids.add(container.id());
                    answers.add(container.stdout().readText().strip());
                    assertThat(container.waitFor().isSuccess()).isTrue();
                  }
                }));
      }
      for (Future<?> start : starts) {
        start.get(50, TimeUnit.SECONDS);
      }
      assertThat(ids).hasSize(200);
      assertThat(new HashSet<>(answers)).hasSize(200);
      PoolStatus status = pool.status();
      assertThat(status.used() + status.unparked()).isEqualTo(200);
      assertThat(status.used()).isPositive();
    } finally {
      threads.shutdown();
      assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  // What is refused.

  @Test
  void what_is_fixed_is_named_and_no_container_is_used_up() {
    Map<String, Consumer<ProcessSpec.Builder>> changes =
        Map.of(
            "user", p -> p.user("1:1"),
            "groups", p -> p.groups("5"),
            "capabilities", p -> p.capabilities(Capabilities.none()),
            "oomScoreAdj", p -> p.oomScoreAdj(500),
            "nice", p -> p.nice(5),
            "scheduling", p -> p.scheduling(Scheduling.batch()),
            "terminal", p -> p.terminal(Terminal.DEFAULT));
    try (ContainerPool pool = runtime.pool(SPEC, ONE)) {
      changes.forEach(
          (field, change) -> {
            InvalidSpecException refused =
                catchThrowableOfType(InvalidSpecException.class, () -> pool.start(change));
            assertThat(refused.field()).isEqualTo(field);
          });
      assertThat(pool.status().used()).isZero();
      assertThat(pool.status().parked()).isEqualTo(1);
    }
  }

  @Test
  @RequiresHost({Feature.ROOT, Feature.SYS_RESOURCE})
  void a_limit_above_the_jvms_is_fixed() {
    long jvms = Long.parseLong(sh("ulimit -Hn").expectedOut().strip());
    try (ContainerPool pool = runtime.pool(SPEC, ONE)) {
      assertThatExceptionOfType(InvalidSpecException.class)
          .isThrownBy(() -> pool.start(p -> p.rlimit(Rlimit.of(Rlimit.Resource.NOFILE, jvms + 1))))
          .satisfies(refused -> assertThat(refused.field()).isEqualTo("rlimits"));
    }
    ContainerSpec raised =
        spec().process(p -> p.rlimit(Rlimit.of(Rlimit.Resource.NOFILE, jvms + 1))).build();
    try (ContainerPool pool = runtime.pool(raised, ONE)) {
      assertThat(out(pool, "ulimit -n")).isEqualTo(jvms + 1 + "\n");
    }
  }

  @Test
  void a_spec_that_cannot_start_says_so_at_once_and_as_a_start_does(@TempDir Path directory) {
    List<ContainerSpec> specs =
        List.of(
            spec().command("no-such").build(),
            spec().command("/etc/passwd").build(),
            spec().command("/etc").build(),
            spec().process(p -> p.cwd("/no/such")).build(),
            spec().user("no-such").build(),
            spec().rootfs(LayeredRootfs.directory(directory.resolve("none"))).build());
    for (ContainerSpec bad : specs) {
      ContainerException wanted =
          catchThrowableOfType(ContainerException.class, () -> runtime.start(bad));
      ContainerException thrown =
          catchThrowableOfType(ContainerException.class, () -> runtime.pool(bad));
      assertThat(thrown).hasSameClassAs(wanted).hasMessage(wanted.getMessage());
    }
  }

  @Test
  void a_program_without_its_loader_is_told_at_once(@HostRootedTempDir Path directory)
      throws IOException {
    Path script = directory.resolve("script");
    Files.writeString(script, "#!/no/such/interpreter\n");
    assertThat(script.toFile().setExecutable(true, false)).isTrue();
    ContainerSpec bad = spec().mount(Mount.bind(directory, "/mnt")).command("/mnt/script").build();
    ContainerException wanted =
        catchThrowableOfType(ContainerException.class, () -> runtime.start(bad));

    assertThat(catchThrowableOfType(ContainerException.class, () -> runtime.pool(bad)))
        .hasMessage(wanted.getMessage())
        .hasMessageContaining("/no/such/interpreter");
  }

  @Test
  void a_directory_to_write_in_is_refused(@TempDir Path directory) {
    ContainerSpec kept =
        spec()
            .rootfs(
                LayeredRootfs.directory(directory.resolve("layer"))
                    .writableIn(directory.resolve("kept")))
            .build();

    assertThatExceptionOfType(InvalidSpecException.class)
        .isThrownBy(() -> runtime.pool(kept))
        .satisfies(refused -> assertThat(refused.field()).isEqualTo("rootfs"));
  }

  @Test
  void a_command_that_cannot_be_executed_is_told_as_by_any_start() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      for (String command : List.of("no-such", "/etc/passwd")) {
        await(pool, status -> status.parked() > 0);
        StartFailedException wanted =
            catchThrowableOfType(
                StartFailedException.class, () -> runtime.start(ContainerSpec.of(command)));
        StartFailedException thrown =
            catchThrowableOfType(
                StartFailedException.class, () -> pool.start(p -> p.command(command)));
        assertThat(thrown).hasMessage(wanted.getMessage());
      }
      assertThat(pool.status().used()).isEqualTo(2);
    }
  }

  @Test
  void a_working_directory_that_is_not_there_is_told_by_its_step() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      StartFailedException thrown =
          catchThrowableOfType(
              StartFailedException.class, () -> pool.start(p -> p.cwd("/no/such")));
      assertThat(thrown.errno()).isEqualTo("ENOENT");
      assertThat(thrown.step().call()).startsWith("openat2").contains("/no/such");
      assertThat(thrown.step().actor()).isEqualTo(LaunchPlan.Actor.CONTAINER);
    }
  }

  // How many there are.

  @Test
  void it_is_refilled_to_the_minimum() {
    try (ContainerPool pool = runtime.pool(SPEC, PoolOptions.defaults().withMinimum(3))) {
      await(pool, status -> status.parked() == 3);
      for (int i = 0; i < 3; i++) {
        finish(pool.start());
      }
      await(pool, status -> status.parked() == 3);
      assertThat(pool.status().used()).isEqualTo(3);
      assertThat(parked()).hasSize(3);
    }
  }

  @Test
  void one_that_was_found_empty_parks_more_and_lets_them_go_again() {
    PoolOptions options =
        PoolOptions.defaults().withMinimum(1).withMaximum(3).withIdleTime(Duration.ofSeconds(3));
    try (ContainerPool pool = runtime.pool(SPEC, options)) {
      List<Container> all = new ArrayList<>();
      while (pool.status().unparked() < 2) {
        all.add(pool.start(p -> p.command("cat")));
      }
      all.forEach(Container::close);
      await(pool, status -> status.parked() == 3);
      await(pool, status -> status.parked() == 1);
      assertThat(Poll.until(LONG, () -> parked().size() == 1)).isTrue();
    }
  }

  @Test
  void one_that_is_killed_is_replaced_and_never_handed_out() {
    try (ContainerPool pool = runtime.pool(SPEC, PoolOptions.defaults().withMinimum(2))) {
      await(pool, status -> status.parked() == 2);
      for (ProcStat process : parked()) {
        ProcessHandle.of(process.pid()).orElseThrow().destroyForcibly();
      }
      // At once, so perhaps before the watcher has noticed.
      assertThat(finish(pool.start(script("echo well"))).out()).isEqualTo("well\n");
      await(pool, status -> status.parked() >= 2);
      assertThat(out(pool, "echo well")).isEqualTo("well\n");
    }
  }

  @Test
  void what_cannot_be_parked_any_more_is_told_and_starts_that_work_otherwise_still_do()
      throws IOException {
    try (Container other = waiting();
        ContainerPool pool =
            runtime.pool(
                spec().namespaces(ns -> ns.ipc(Namespace.of(other))).build(),
                PoolOptions.defaults().withMinimum(1))) {
      other.kill();
      other.waitFor();
      assertThat(finish(pool.start(script("echo parked before"))).out())
          .isEqualTo("parked before\n");
      await(pool, status -> status.failure().isPresent());
      assertThat(pool.status().failure().orElseThrow()).isInstanceOf(ContainerGoneException.class);
      assertThatExceptionOfType(ContainerGoneException.class).isThrownBy(pool::start);
    }
  }

  // The end.

  @Test
  void the_jvm_holds_the_mounts_of_one_until_it_is_closed_and_not_a_moment_longer() {
    int before = heldMounts();
    try (ContainerPool pool = runtime.pool(spec().build(), ONE)) {
      assertThat(heldMounts()).isEqualTo(before + 1);
      Container container = pool.start(p -> p.command("cat"));
      await(pool, status -> status.parked() == 1);
      assertThat(heldMounts()).isEqualTo(before + 2);
      container.close();
      assertThat(heldMounts()).isEqualTo(before + 1);
    }
    assertThat(heldMounts()).isEqualTo(before);
  }

  @Test
  void the_mounts_of_one_that_ends_by_itself_are_let_go_without_a_close() throws IOException {
    int before = heldMounts();
    try (ContainerPool pool = runtime.pool(spec().build(), ONE)) {
      try (Container container = pool.start(p -> p.command("true"))) {
        pool.close();
        assertThat(container.waitFor(LONG)).isPresent();
        assertThat(Poll.until(LONG, () -> heldMounts() == before)).isTrue();
      }
    }
  }

  private static int heldMounts() {
    return OwnDescriptors.kinds().getOrDefault("mnt:[N]", 0);
  }

  @Test
  void close_leaves_nothing_but_what_was_started() throws IOException {
    ContainerPool pool = runtime.pool(SPEC);
    try (Container container = pool.start(p -> p.command("cat"))) {
      pool.close();
      pool.close();
      assertThat(parked()).isEmpty();
      assertThatExceptionOfType(ContainerGoneException.class).isThrownBy(pool::start);
      container.stdin().writeText("alive");
      container.stdin().close();
      assertThat(container.stdout().readText()).isEqualTo("alive");
    }
  }

  @Test
  void close_while_others_start_ends_what_is_parked_only() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        ContainerPool pool = runtime.pool(SPEC, PoolOptions.defaults().withMinimum(4));
        List<Future<Boolean>> starts = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          starts.add(
              threads.submit(
                  () -> {
                    try {
                      return finish(pool.start()).exit().equals(ExitStatus.exited(9));
                    } catch (ContainerGoneException e) {
                      return true;
                    }
                  }));
        }
        starts.get(0).get(20, TimeUnit.SECONDS);
        pool.close();
        for (Future<Boolean> start : starts) {
          assertThat(start.get(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(parked()).isEmpty(); // one that is being started is still called so
      }
    } finally {
      threads.shutdown();
      assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void a_runtime_that_is_closed_closes_its_pools() {
    ContainerPool pool;
    try (ContainerRuntime other = ContainerRuntime.create()) {
      pool = other.pool(SPEC);
      assertThat(parked()).isNotEmpty();
    }
    assertThat(parked()).isEmpty();
    assertThatExceptionOfType(ContainerGoneException.class).isThrownBy(pool::start);
  }

  @Test
  void an_interrupted_start_leaves_nothing() {
    try (ContainerPool pool = runtime.pool(SPEC)) {
      Thread.currentThread().interrupt();
      assertThatExceptionOfType(ContainerInterruptedException.class).isThrownBy(pool::start);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(own()).isEmpty();
    }
  }

  /** Makes a pool and waits. */
  static final class Parks {
    public static void main(String[] arguments) throws IOException {
      ContainerPool pool =
          ContainerRuntime.create().pool(SPEC, PoolOptions.defaults().withMinimum(3));
      Poll.until(LONG, () -> pool.status().parked() == 3);
      parked().forEach(process -> System.out.println(process.pid()));
      System.in.read();
    }
  }

  @Test
  void parked_containers_die_with_their_jvm() {
    try (JvmFork jvm = JvmFork.start(Parks.class)) {
      List<Long> pids = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        pids.add(Long.parseLong(jvm.readLine(LONG)));
      }
      jvm.kill9();
      assertThat(pids).allMatch(pid -> ProcFs.awaitGone(pid, LONG));
    }
  }
}
