package io.jcontainer.linux.cgroup;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.ByteSize;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.cgroup.CgroupDirectory.Version;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cgroups do for containers, in whichever version each controller is. */
@LeakChecked
abstract class CgroupContract {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final CgroupLimits LIMITS =
      CgroupLimits.builder().memory("64m").pids(20).cpus(0.5).build();

  /** More than the kernel takes: its largest process number is 2^22. */
  private static final long TOO_MANY = 5_000_000;

  final Kernel kernel = new JnaKernel();
  private final AtomicInteger ids = new AtomicInteger();
  private final List<Process> started = new ArrayList<>();
  @TempDir Path directory;
  private StateDirectory state;
  Cgroups cgroups;

  /** Where the controllers are that are tested. */
  abstract Hierarchies look() throws IOException;

  /** In which version a controller is expected. */
  abstract Version version(Controller controller);

  RuntimeOptions options() {
    return RuntimeOptions.defaults();
  }

  @BeforeEach
  void begin() {
    state = StateDirectory.at(directory.resolve("state"), kernel.effectiveUserId());
    cgroups = cgroups(state, options());
  }

  Cgroups cgroups(StateDirectory state, RuntimeOptions options) {
    return new Cgroups(kernel, state, options, () -> "p" + ids.incrementAndGet(), this::look);
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
    cgroups.close();
    assertThat(files()).as("records").isEmpty();
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(state.path())) {
      return files.toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Starts a script of the shell in a group, and waits until it is there. */
  private Process start(Cgroup group, String script) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            "sh",
            "-c",
            "script=$1; shift; for file; do echo 0 >\"$file\" || exit 99; done; eval \"$script\"",
            "sh",
            script));
    group
        .directories()
        .forEach(each -> command.add(each.path().resolve("cgroup.procs").toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  private Process sleeping(Cgroup group) throws IOException {
    Process process = start(group, "echo in; exec sleep 1000");
    assertThat(process.getInputStream().read()).isEqualTo('i');
    return process;
  }

  private static String read(Cgroup group, Controller controller, String v1, String v2)
      throws IOException {
    CgroupDirectory directory = group.directory(controller).orElseThrow();
    String file = directory.version() == Version.V1 ? v1 : v2;
    return Files.readString(directory.path().resolve(file)).strip();
  }

  private static String memory(Cgroup group) throws IOException {
    return read(group, Controller.MEMORY, "memory.limit_in_bytes", "memory.max");
  }

  private static String pids(Cgroup group) throws IOException {
    return read(group, Controller.PIDS, "pids.max", "pids.max");
  }

  @Test
  void each_limit_is_in_the_file_of_its_controller() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);

    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));
    assertThat(pids(group)).isEqualTo("20");
    assertThat(read(group, Controller.CPU, "cpu.cfs_quota_us", "cpu.max")).startsWith("50000");
    assertThat(group.unenforced()).isEmpty();
    group.remove();
  }

  @Test
  void a_controller_is_in_the_version_where_the_host_has_it() {
    Cgroup group = cgroups.make("c1", LIMITS);

    for (Controller controller :
        List.of(Controller.MEMORY, Controller.PIDS, Controller.CPU, Controller.FREEZER)) {
      assertThat(group.directory(controller).orElseThrow().version())
          .as(controller.name())
          .isEqualTo(version(controller));
    }
    assertThat(group.directories()).extracting(CgroupDirectory::path).doesNotHaveDuplicates();
    group.remove();
  }

  @Test
  void a_process_can_join_all_of_them() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    Process process = sleeping(group);

    for (CgroupDirectory each : group.directories()) {
      assertThat(each.path().resolve("cgroup.procs")).content().isEqualTo(process.pid() + "\n");
    }
    process.destroyForcibly().waitFor();
    group.remove();
  }

  @Test
  void without_any_limit_it_can_be_counted_and_paused() throws Exception {
    Cgroup group = cgroups.make("c1", CgroupLimits.none());
    Freezer freezer = Freezer.of(kernel, group.directories()).orElseThrow();
    Process process = sleeping(group);

    freezer.freeze(LONG);
    assertThat(freezer.isFrozen()).isTrue();
    freezer.thaw();
    assertThat(group.directory(Controller.CPUACCT)).isPresent();
    assertThat(group.directory(Controller.MEMORY)).isPresent();
    process.destroyForcibly().waitFor();
    group.remove();
  }

  @Test
  void the_limit_of_processes_holds() throws Exception {
    Cgroup group = cgroups.make("c1", CgroupLimits.builder().pids(2).build());
    Process process =
        start(group, "sleep 1000 & sleep 1000 & sleep 1000 & echo all; exec sleep 1000");

    assertThat(process.waitFor()).isNotZero(); // the shell ends: it cannot fork
    group.remove(); // with who still has its output
    assertThat(process.getInputStream().readAllBytes()).isEmpty();
  }

  @Test
  void what_an_update_names_changes_and_the_rest_stays() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);

    group.update(CgroupLimits.builder().pids(30).build());
    assertThat(pids(group)).isEqualTo("30");
    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));

    group.update(CgroupLimits.builder().memory("32m").build());
    assertThat(memory(group)).isEqualTo(String.valueOf(32 << 20));
    assertThat(pids(group)).isEqualTo("30");
    group.remove();
  }

  @Test
  void memory_with_swap_can_be_raised_and_lowered() throws Exception {
    Cgroup group =
        cgroups.make(
            "c1",
            CgroupLimits.builder()
                .memory("64m")
                .memorySwap(ByteSize.parse("0"))
                .bestEffort()
                .build());
    for (String size : List.of("256m", "16m", "128m")) {
      group.update(
          CgroupLimits.builder().memory(size).memorySwap(ByteSize.parse("0")).bestEffort().build());
      assertThat(memory(group)).isEqualTo(String.valueOf(ByteSize.parse(size).bytes()));
    }
    group.remove();
  }

  @Test
  void a_limit_is_lifted() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);

    group.update(
        CgroupLimits.builder().memory(ByteSize.UNLIMITED).pids(CgroupLimits.UNLIMITED).build());
    assertThat(pids(group)).isEqualTo("max");
    assertThat(memory(group)).isIn("max", "9223372036854771712");
    group.remove();
  }

  @Test
  void an_update_that_fails_changes_nothing() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    CgroupLimits wrong = CgroupLimits.builder().memory("32m").cpus(0.25).pids(TOO_MANY).build();

    assertThatThrownBy(() -> group.update(wrong))
        .isInstanceOfSatisfying(
            InvalidSpecException.class, e -> assertThat(e.field()).isEqualTo("limits.pids"))
        .hasMessageContaining("pids.max")
        .hasMessageContaining("EINVAL");
    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));
    assertThat(read(group, Controller.CPU, "cpu.cfs_quota_us", "cpu.max")).startsWith("50000");
    assertThat(pids(group)).isEqualTo("20");
    group.remove();
  }

  @Test
  void what_the_kernel_does_not_take_leaves_nothing() {
    assertThatThrownBy(
            () -> cgroups.make("c1", CgroupLimits.builder().memory("64m").pids(TOO_MANY).build()))
        .isInstanceOf(InvalidSpecException.class)
        .hasMessageStartingWith("limits.pids: 5000000 is not what the kernel takes for pids.max");
    cgroups.make("c1", LIMITS).remove();
  }

  @Test
  void a_memory_limit_below_what_is_used_kills_nobody() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    // Not only pages that can be dropped: a variable of the shell.
    Process process =
        start(group, "x=$(head -c 8000000 /dev/zero | tr '\\0' x); echo in; read line; echo ${#x}");
    assertThat(process.getInputStream().readNBytes(3)).isEqualTo("in\n".getBytes(US_ASCII));

    assertThatThrownBy(() -> group.update(CgroupLimits.builder().memory("1m").build()))
        .hasMessageContaining("limits.memory");
    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));
    process.outputWriter().append("\n").flush();
    assertThat(process.getInputStream().readAllBytes()).isEqualTo("8000000\n".getBytes(US_ASCII));
    process.waitFor();
    group.remove();
  }

  @Test
  void what_has_ended_cannot_be_updated() {
    Cgroup group = cgroups.make("c1", LIMITS);
    group.remove();

    assertThatThrownBy(() -> group.update(LIMITS)).isInstanceOf(ContainerGoneException.class);
  }

  @Test
  void removing_kills_what_still_runs_also_in_cgroups_of_its_own() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    Process above = sleeping(group);
    List<CgroupDirectory> nested = new ArrayList<>();
    for (CgroupDirectory each : group.directories()) {
      Path below = Files.createDirectories(each.path().resolve("a/b"));
      if (each.controllers().contains(Controller.CPUSET) && each.version() == Version.V1) {
        continue; // not ready for processes
      }
      nested.add(new CgroupDirectory(each.version(), each.controllers(), below));
    }
    Process below = sleeping(new Cgroup(kernel, "nested", nested));

    group.remove();
    assertThat(above.waitFor()).isEqualTo(128 + 9);
    assertThat(below.waitFor()).isEqualTo(128 + 9);
    assertThat(group.directories()).noneMatch(each -> Files.exists(each.path()));
    group.remove(); // idempotent
  }

  @Test
  void other_jvms_find_them_by_the_id() {
    Cgroup group = cgroups.make("c1", LIMITS);

    assertThat(CgroupRecord.find(kernel, state, "c1"))
        .containsExactlyInAnyOrderElementsOf(group.directories());
    assertThat(CgroupRecord.find(kernel, state, "c2")).isEmpty();
    group.remove();
    assertThat(CgroupRecord.find(kernel, state, "c1")).isEmpty();
  }

  @Test
  void what_a_killed_jvm_has_left_is_swept() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    cgroups.make("c2", CgroupLimits.none());
    Process process = sleeping(group);
    // Its records without its lock.
    StateDirectory later = StateDirectory.at(directory.resolve("later"), kernel.effectiveUserId());
    for (Path file : files()) {
      Files.copy(file, later.path().resolve(file.getFileName()));
    }
    Cgroups next = cgroups(later, RuntimeOptions.defaults());

    assertThat(next.sweep())
        .containsAll(group.directories().stream().map(each -> each.path().getParent()).toList());
    assertThat(process.waitFor()).isEqualTo(128 + 9);
    assertThat(group.directories()).noneMatch(each -> Files.exists(each.path().getParent()));
    assertThat(later.path()).isEmptyDirectory();
    assertThat(next.sweep()).isEmpty();
    next.close();
  }

  @Test
  void what_is_in_use_is_not_swept() {
    Cgroup group = cgroups.make("c1", LIMITS);
    Cgroups other = cgroups(state, RuntimeOptions.defaults());

    assertThat(other.sweep()).isEmpty();
    assertThat(group.directories()).allMatch(each -> Files.exists(each.path()));
    other.close();
    group.remove();
  }

  @Test
  void a_parent_is_made_if_it_is_not_there_and_removed_again() {
    Cgroups below = cgroups(state, options().withCgroupParent("jcontainer-test-parent/deeper"));
    Cgroup group = below.make("c1", LIMITS);

    assertThat(group.directories())
        .allMatch(each -> each.path().toString().contains("/jcontainer-test-parent/deeper/"));
    group.remove();
    below.close();
    assertThat(group.directories())
        .noneMatch(each -> Files.exists(each.path().resolve("../../..").normalize()));
  }

  @Test
  void several_runtimes_share_a_parent() {
    Cgroups one = cgroups(state, options().withCgroupParent("jcontainer-test-parent"));
    Cgroups other = cgroups(state, options().withCgroupParent("jcontainer-test-parent"));
    Cgroup first = one.make("c1", LIMITS);
    Cgroup second = other.make("c1", LIMITS);

    first.remove();
    one.close();
    second.update(CgroupLimits.builder().pids(9).build());
    second.remove();
    other.make("c2", LIMITS).remove();
    other.close();
    cgroups(state, RuntimeOptions.defaults()).sweep(); // the first could not remove the parent
  }

  @Test
  void what_somebody_has_removed_is_made_again() throws Exception {
    Cgroup first = cgroups.make("c1", LIMITS);
    first.remove();
    for (CgroupDirectory each : first.directories()) {
      Files.delete(each.path().getParent());
    }

    Cgroup second = cgroups.make("c2", LIMITS);
    assertThat(memory(second)).isEqualTo(String.valueOf(64 << 20));
    second.remove();
  }

  @Test
  void many_are_made_at_once() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Cgroup>> made =
          IntStream.range(0, 20)
              .mapToObj(i -> threads.submit(() -> cgroups.make("c" + i, LIMITS)))
              .toList();
      for (Future<Cgroup> each : made) {
        assertThat(pids(each.get())).isEqualTo("20");
        each.get().remove();
      }
    } finally {
      threads.shutdown();
      threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES);
    }
  }

  @Test
  void a_name_that_is_taken_is_an_error_and_leaves_the_other() throws Exception {
    Cgroup first = cgroups.make("c1", LIMITS);

    assertThatThrownBy(() -> cgroups.make("c1", LIMITS))
        .hasMessageContaining("the cgroups of container c1 cannot be made: mkdir(")
        .hasMessageContaining("EEXIST");
    assertThat(pids(first)).isEqualTo("20");
    first.remove();
  }

  @Test
  void one_that_is_busy_for_a_moment_is_removed() throws Exception {
    Cgroup group = cgroups.make("c1", LIMITS);
    Process process = sleeping(group);
    process.destroyForcibly();

    group.remove();
    assertThat(Poll.until(LONG, () -> !process.isAlive())).isTrue();
  }

  @Test
  void some_are_made_in_advance_once_one_was_needed() throws Exception {
    String first = cgroups.nextId(LIMITS);
    cgroups.refill();
    assertThat(cgroups.look().ready()).isZero();
    cgroups.make(first, LIMITS).remove();
    cgroups.refill();
    assertThat(cgroups.look().ready()).isEqualTo(options().preparedCgroups());

    String id = cgroups.nextId(LIMITS);
    Cgroup group = cgroups.make(id, LIMITS);
    assertThat(group.id()).isEqualTo(id);
    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));
    assertThat(cgroups.look().used()).isEqualTo(1);
    assertThat(cgroups.look().missed()).isEqualTo(1);
    sleeping(group).destroyForcibly().waitFor();
    group.remove();
  }

  /** Nothing is read or written for it then, and its files are open. */
  @Test
  void limits_that_come_again_are_written_in_advance() throws Exception {
    CgroupLimits others = LIMITS.toBuilder().pids(7).build();
    for (int i = 0; i < 2; i++) {
      cgroups.make(cgroups.nextId(LIMITS), LIMITS).remove();
      cgroups.refill();
    }
    String id = cgroups.nextId(LIMITS);
    String other = cgroups.nextId(others);
    CgroupDirectory directory = directories(id, Controller.PIDS);
    assertThat(Files.readString(directory.path().resolve("pids.max")).strip()).isEqualTo("20");

    Cgroup group = cgroups.make(id, LIMITS);
    assertThat(group.directory(Controller.PIDS)).contains(directory);
    assertThat(memory(group)).isEqualTo(String.valueOf(64 << 20));
    sleeping(group).destroyForcibly().waitFor();
    try (CgroupEntrance entrance = group.entrance(true, 4)) {
      assertThat(entrance.descriptors()).hasSameSizeAs(group.directories());
      assertThat(entrance.placement().descriptors()).isEqualTo(group.directories().size());
    }
    group.remove();

    Cgroup unlike = cgroups.make(other, others);
    assertThat(pids(unlike)).isEqualTo("7");
    unlike.remove();
    assertThat(cgroups.look().missed()).isEqualTo(1);
  }

  private CgroupDirectory directories(String id, Controller controller) {
    return CgroupDirectory.with(controller, CgroupRecord.find(kernel, state, id)).orElseThrow();
  }

  /** Whatever is planned is what is made and written. */
  @Test
  void a_plan_is_what_is_done_and_makes_no_cgroup() {
    List<String> calls = new ArrayList<>();
    Kernel recording = recording(calls);
    try (Cgroups planning =
        new Cgroups(recording, state, options().withPreparedCgroups(0), () -> "p", this::look)) {
      Cgroups.Plan plan = planning.plan("c1", LIMITS);
      assertThat(calls).noneMatch(call -> call.contains("/c1"));
      calls.clear();

      Cgroup group = planning.make("c1", LIMITS);

      assertThat(plan.steps().stream().map(LaunchPlan.Step::call)).isEqualTo(calls);
      assertThat(plan.directories()).isEqualTo(group.directories());
      assertThat(plan.steps()).anyMatch(step -> step.why().equals("limits.memory"));
      group.remove();
    }
  }

  /** Writes down what makes cgroups and writes into them. */
  private Kernel recording(List<String> calls) {
    return (Kernel)
        Proxy.newProxyInstance(
            Kernel.class.getClassLoader(),
            new Class<?>[] {Kernel.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "mkdir" -> calls.add("mkdir(\"%s\", 0755)".formatted(arguments[0]));
                case "writeFile" -> {
                  String value = (String) arguments[1];
                  calls.add(
                      "write(\"%s\", \"%s\", %d)".formatted(arguments[0], value, value.length()));
                }
                default -> {}
              }
              try {
                return method.invoke(kernel, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void what_was_not_started_leaves_its_cgroups_to_another() {
    cgroups.make(cgroups.nextId(LIMITS), LIMITS).remove();
    cgroups.refill();
    int ready = cgroups.look().ready();

    cgroups.withdraw(cgroups.nextId(LIMITS));
    cgroups.withdraw("never heard of");
    assertThat(cgroups.look().ready()).isEqualTo(ready);
  }

  @Test
  void what_was_made_in_advance_and_removed_by_somebody_is_made_again() throws Exception {
    cgroups.make(cgroups.nextId(LIMITS), LIMITS).remove();
    cgroups.refill();
    String id = cgroups.nextId(LIMITS);
    for (CgroupDirectory each : CgroupRecord.find(kernel, state, id)) {
      Files.delete(each.path());
    }

    Cgroup group = cgroups.make(id, LIMITS);
    assertThat(pids(group)).isEqualTo("20");
    group.remove();
  }
}
