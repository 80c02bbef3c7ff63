package io.jcontainer.linux.run;

import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWNS;
import static io.jcontainer.linux.plan.Flag.Clone.CLONE_NEWUSER;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.Capabilities;
import io.jcontainer.Capability;
import io.jcontainer.CgroupLimits;
import io.jcontainer.ClockOffsets;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Mount;
import io.jcontainer.Namespace;
import io.jcontainer.ProcessSpec;
import io.jcontainer.Rlimit;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.Terminal;
import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.HostRootedTempDir;
import io.jcontainer.fixtures.LeakChecked;
import io.jcontainer.fixtures.LeakSnapshot;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import io.jcontainer.fixtures.RootfsFixtures;
import io.jcontainer.linux.cgroup.Cgroup;
import io.jcontainer.linux.cgroup.CgroupEntrance;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.launch.Launch;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.launch.Reports;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Flag;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.probe.HostProbe;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.process.ExitReport;
import io.jcontainer.linux.process.Joining;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.Streams;
import io.jcontainer.linux.request.CgroupPlacement;
import io.jcontainer.linux.request.ExecRequest;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.request.ProcessRequest;
import io.jcontainer.linux.rootfs.KernelFilesystems;
import io.jcontainer.linux.run.UserNamespaces.Entry;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.Kernel.ChildEnd;
import io.jcontainer.linux.sys.jna.JnaKernel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fails each step of the launcher and of the container in turn, and looks for what is left. */
@LeakChecked
@RequiresHost({Feature.USER_NAMESPACES, Feature.OVERLAY_IN_USERNS, Feature.BUSYBOX_STATIC})
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class PlanFaultIT {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int SIGKILL = 9;

  private final Kernel kernel = new JnaKernel();
  private final HostFacts host = HostProbe.look(kernel, KernelFilesystems.paths());
  private final LauncherBinary binary =
      LauncherBinary.install(
          kernel, host.arch(), StateDirectory.usual(host.uid(), System.getenv()));
  private final Launcher launcher = new Launcher(kernel, binary, host.arch());
  private final UserNamespaces users =
      new UserNamespaces(
          kernel,
          host,
          new UserNamespaceMaker(kernel, launcher, new IdMaps(host.uid(), host.gid())),
          null);

  private final List<Fd> masters = new ArrayList<>();

  PlanFaultIT() {
    users.enter(ContainerSpec.of("true")).close(); // makes the usual namespace, which is kept
  }

  @AfterAll
  void close() {
    users.close();
    binary.close();
  }

  @Test
  void each_step_of_a_container_with_the_hosts_programs_can_fail() {
    failEachStep(ContainerSpec.of("/bin/true"));
  }

  @Test
  void each_step_of_a_container_with_a_write_layer_can_fail(@HostRootedTempDir Path directory) {
    failEachStep(
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(RootfsFixtures.busyboxRoot(directory.resolve("root"))))
            .command("/bin/true")
            .hostname("box")
            .domainname("example.org")
            .build());
  }

  @Test
  void each_step_of_a_container_with_a_write_layer_that_is_kept_can_fail(
      @HostRootedTempDir Path directory) throws IOException {
    Path base = RootfsFixtures.busyboxRoot(directory.resolve("root"));
    Path kept = directory.resolve("kept");
    ContainerSpec spec =
        ContainerSpec.builder()
            .rootfs(LayeredRootfs.directory(base).writableIn(kept))
            .command("/bin/true")
            .build();
    try (Entry user = users.enter(spec);
        Fd lock =
            requireNonNull(
                KeptDirectory.take(
                    kernel,
                    launcher,
                    request(spec, user),
                    user.namespace(),
                    ContainerIds.EXAMPLE))) {
      assertThat(lock.number()).isPositive();
      failEachStep(spec);
    }
    assertThat(kept.resolve("upper")).isEmptyDirectory();
    // OverlayFS leaves it with mode 000.
    Files.setPosixFilePermissions(
        kept.resolve("work/work"), PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  @RequiresHost(Feature.TIME_NAMESPACE)
  void each_step_of_a_container_with_own_clocks_and_shared_devices_can_fail() {
    failEachStep(
        ContainerSpec.builder()
            .command("/bin/true")
            .namespaces(
                ns ->
                    ns.clockOffsets(ClockOffsets.of(Duration.ofDays(1)))
                        .network(Namespace.host())
                        .ipc(Namespace.host())
                        .pid(Namespace.host()))
            .build());
  }

  @Test
  void each_step_of_a_container_with_mounts_can_fail(@HostRootedTempDir Path directory) {
    failEachStep(
        ContainerSpec.builder()
            .rootfs(
                LayeredRootfs.directory(RootfsFixtures.busyboxRoot(directory.resolve("root")))
                    .readOnly())
            .command("/bin/true")
            .mount(
                Mount.bind(directory, "/a/b").writable(),
                Mount.tmpfs("/c"),
                Mount.file("/d", "x"),
                Mount.device(Path.of("/dev/zero")))
            .maskedPaths("/etc/passwd")
            .readOnlyPaths("/etc")
            .build());
  }

  @Test
  void each_step_of_a_container_with_an_init_can_fail() {
    failEachStep(ContainerSpec.builder().command("/bin/true").init(true).build());
  }

  @Test
  void each_step_of_a_container_whose_user_is_looked_up_can_fail() {
    failEachStep(
        ContainerSpec.builder()
            .command("/bin/true")
            .user("root:tty")
            .capabilities(Capabilities.defaults().ambient(Capability.CHOWN))
            .process(p -> p.rlimit(Rlimit.parse("nofile=64")).oomScoreAdj(900).nice(19).umask(077))
            .build());
  }

  @Test
  void each_step_of_a_container_with_a_terminal_can_fail() {
    failEachStep(
        ContainerSpec.builder().command("/bin/true").terminal(Terminal.DEFAULT).init(true).build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void each_step_of_a_process_that_joins_a_container_can_fail(boolean terminal) {
    try (ContainerRuntime runtime = ContainerRuntime.create();
        LinuxContainer container = (LinuxContainer) runtime.start(ContainerSpec.of("cat"));
        Joining joining = container.join(kernel)) {
      ProcessSpec.Builder builder = ProcessSpec.builder().command("/bin/true");
      ProcessSpec spec = (terminal ? builder.terminal(Terminal.DEFAULT) : builder).build();
      ProcessRequest process =
          new ProcessRequest(
              spec, host, container.user(), container.home(), ExecRequest.CONTAINER + 1);
      Plan plan = ExecSteps.of(new ExecRequest(process, container.namespaces()));
      failEachStep(plan, broken -> launch(broken, process, List.of(joining.door())));
      assertThat(container.isAlive()).isTrue();
    }
  }

  private void failEachStep(ContainerSpec spec) {
    try (Entry user = users.enter(spec)) {
      failEachStep(plan(spec, user), plan -> launch(plan, spec, user));
    }
  }

  /** Whoever has come into the cgroups is gone with the failure, or they could not be removed. */
  @Test
  @RequiresHost(Feature.CGROUPS)
  void each_step_of_a_container_in_cgroups_can_fail() {
    CgroupLimits limits = CgroupLimits.builder().memory("256m").cpus(1).pids(64).build();
    ContainerSpec spec = ContainerSpec.builder().command("/bin/true").limits(limits).build();
    StateDirectory state = StateDirectory.usual(host.uid(), System.getenv());
    RuntimeOptions options = RuntimeOptions.defaults().withCgroupDelegation(true);
    try (Cgroups cgroups = new Cgroups(kernel, state, options, ContainerIds::next);
        Entry user = users.enter(spec)) {
      LaunchRequest request = request(spec, user);
      failEachStep(
          ContainerSteps.of(request.with(placement(cgroups, limits, request))),
          plan -> {
            Cgroup group = cgroups.make(ContainerIds.next(), limits);
            try (CgroupEntrance entrance = entrance(group, request)) {
              List<Fd> descriptors = new ArrayList<>(user.descriptors());
              descriptors.addAll(entrance.descriptors());
              int pid = launch(plan, request.with(entrance.placement()).process(), descriptors);
              awaitEnd(pid); // who is still there when the group is removed is killed
              return pid;
            } finally {
              group.remove();
            }
          });
    }
  }

  /** By numbers, which are the same each time. */
  private CgroupPlacement placement(Cgroups cgroups, CgroupLimits limits, LaunchRequest request) {
    Cgroup group = cgroups.make(ContainerIds.next(), limits);
    try (CgroupEntrance entrance = entrance(group, request)) {
      return entrance.placement();
    } finally {
      group.remove();
    }
  }

  private void awaitEnd(int pid) {
    try (Fd pidfd = kernel.pidfd(pid);
        Fd epoll = kernel.epoll()) {
      kernel.watch(epoll, pidfd, pid);
      assertThat(kernel.await(epoll, new long[1], 20_000)).isOne();
    }
  }

  private CgroupEntrance entrance(Cgroup group, LaunchRequest request) {
    return CgroupEntrance.open(kernel, group.directories(), true, request.firstCgroup());
  }

  private void failEachStep(Plan plan, ToIntFunction<Plan> launch) {
    int pid = launch.applyAsInt(plan);
    assertThat(kernel.waitForPid(pid)).isEqualTo(new ChildEnd(pid, 0, 0));
    closeMasters();

    LeakSnapshot before = LeakSnapshot.take();
    for (int i = 0; i <= indexOfExecve(plan); i++) {
      Step impossible = Calls.umount("/no/such/path").why("cannot succeed");
      Plan broken = with(plan, i, impossible);
      StartFailedException failure =
          catchThrowableOfType(StartFailedException.class, () -> launch.applyAsInt(broken));
      closeMasters();

      assertThat(failure).as("step %d", i).isNotNull();
      assertThat(failure.step()).isEqualTo(broken.describe(i));
      assertThat(failure.errno()).isEqualTo("ENOENT");
      assertThat(failure).hasNoSuppressedExceptions();
      before.assertNothingNew();
    }
  }

  /** Who closes one hangs the terminal up, so not before the command has ended. */
  private void closeMasters() {
    masters.forEach(Fd::close);
    masters.clear();
  }

  @Test
  void a_child_that_cannot_be_made_is_a_failure_of_that_step() {
    ContainerSpec spec = ContainerSpec.of("/bin/true");
    try (Entry user = users.enter(spec)) {
      Plan plan = plan(spec, user);
      int leave = indexOfLeave(plan);
      Flag fs = new Impossible("CLONE_FS", 0x200); // not together with a new mount namespace
      Step impossible =
          new Step.Leave(Calls.clone(List.of(CLONE_NEWUSER, CLONE_NEWNS, fs), Arg.NULL));

      assertThatExceptionOfType(StartFailedException.class)
          .isThrownBy(() -> launch(with(plan, leave, impossible), spec, user))
          .satisfies(failure -> assertThat(failure.errno()).isEqualTo("EINVAL"))
          .withMessageContaining("clone(CLONE_NEWUSER|CLONE_NEWNS|CLONE_FS");
    }
  }

  private record Impossible(String name, long bits) implements Flag {
    @Override
    public long bits(io.jcontainer.linux.plan.Arch arch) {
      return bits;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @Test
  void a_launcher_that_is_killed_is_a_failure() {
    whileItWaits(
        plan -> 0,
        launch -> {
          kernel.kill(theOneThatWaits(false), SIGKILL);
          assertThatExceptionOfType(ContainerException.class)
              .isThrownBy(launch::awaitCommand)
              .withMessageContaining("was killed");
        });
  }

  @Test
  void a_child_that_is_killed_before_it_is_ready_is_a_failure() {
    whileItWaits(
        plan -> indexOfLeave(plan) + 1,
        launch -> {
          kernel.kill(theOneThatWaits(true), SIGKILL);
          assertThatExceptionOfType(ContainerException.class)
              .isThrownBy(launch::awaitCommand)
              .withMessageContaining("was killed");
        });
  }

  @Test
  void a_child_that_is_killed_once_it_is_ready_ends_as_a_command_does() {
    whileItWaits(
        PlanFaultIT::indexOfExecve,
        launch -> {
          launch.awaitReady();
          launch.goOn(); // or it would wait for that
          int child = theOneThatWaits(true);
          kernel.kill(child, SIGKILL);
          assertThat(launch.awaitCommand()).isEqualTo(child);
          assertThat(kernel.waitForPid(child)).isEqualTo(new ChildEnd(child, 0, SIGKILL));
        });
  }

  /** Lets a plan wait for the JVM before one of its steps, and does something meanwhile. */
  private void whileItWaits(ToIntFunction<Plan> before, Consumer<Launch> action) {
    ContainerSpec spec = ContainerSpec.of("/bin/true");
    try (Entry user = users.enter(spec)) {
      Plan plan = plan(spec, user);
      List<Step> steps = new ArrayList<>(plan.steps());
      steps.add(before.applyAsInt(plan), Reports.awaitClose());
      Streams streams = Streams.open(kernel, "test", spec.process());
      try {
        action.accept(begin(new Plan(steps), streams, user));
      } finally {
        streams.releaseTheirs();
        streams.close();
      }
    }
  }

  /** The launcher, or after it has left, the container's first process. */
  private static int theOneThatWaits(boolean left) {
    assertThat(Poll.until(LONG, () -> states().equals(left ? Set.of('S', 'Z') : Set.of('S'))))
        .as("%s", states())
        .isTrue();
    return ProcFs.children(ProcFs.ownPid()).stream()
        .filter(child -> child.state() == 'S')
        .mapToInt(child -> Math.toIntExact(child.pid()))
        .sum();
  }

  private static Set<Character> states() {
    return ProcFs.children(ProcFs.ownPid()).stream().map(ProcStat::state).collect(toSet());
  }

  private Plan plan(ContainerSpec spec, Entry user) {
    return ContainerSteps.of(request(spec, user));
  }

  private LaunchRequest request(ContainerSpec spec, Entry user) {
    return new LaunchRequest(
        spec,
        ContainerIds.EXAMPLE,
        host,
        user.placement(),
        users.idmapLayers(spec, user),
        Map.of(),
        MountSources.look(spec));
  }

  private int launch(Plan plan, ContainerSpec spec, Entry user) {
    return launch(plan, request(spec, user).process(), user.descriptors());
  }

  private int launch(Plan plan, ProcessRequest request, List<Fd> descriptors) {
    ProcessSpec spec = request.spec();
    Streams streams = Streams.open(kernel, "test", spec);
    try {
      Launch launch =
          launcher.begin(
              launcher.compile(plan, ContainerIds.EXAMPLE), streams.theirs(), descriptors);
      UserLookup.answer(request, launch);
      if (spec.terminal().isPresent()) {
        masters.add(launch.awaitTerminal());
      }
      int pid = launch.awaitCommand();
      ExitReport report = launch.report();
      if (report != null) {
        report.close();
      }
      return pid;
    } finally {
      streams.releaseTheirs();
      streams.close();
    }
  }

  private Launch begin(Plan plan, Streams streams, Entry user) {
    return launcher.begin(
        launcher.compile(plan, ContainerIds.EXAMPLE), streams.theirs(), user.descriptors());
  }

  private static int indexOfLeave(Plan plan) {
    for (int i = 0; i < plan.steps().size(); i++) {
      if (plan.steps().get(i) instanceof Step.Leave) {
        return i;
      }
    }
    throw new AssertionError("the launcher never leaves");
  }

  /** What follows it is only done if it fails. */
  private static int indexOfExecve(Plan plan) {
    for (int i = 0; i < plan.steps().size(); i++) {
      if (plan.steps().get(i) instanceof Step.Call call && call.sys() == Sys.EXECVE) {
        return i;
      }
    }
    throw new AssertionError("the plan executes nothing");
  }

  private static Plan with(Plan plan, int index, Step replacement) {
    List<Step> steps = new ArrayList<>(plan.steps());
    steps.set(index, replacement);
    return new Plan(steps);
  }
}
