package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.Namespace;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.StartFailedException;
import io.jcontainer.Stdio;
import io.jcontainer.linux.cgroup.Cgroups;
import io.jcontainer.linux.cgroup.Monitors;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.launch.LauncherBinary;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.probe.IdMaps;
import io.jcontainer.linux.process.Guests;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.NoGuests;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.request.HostFacts;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the JVM does for a start, by a kernel that only writes down what it is asked for. */
@Timeout(60)
class ContainerStartTest {
  private static final ContainerSpec SPEC =
      ContainerSpec.builder()
          .command("/bin/true")
          .namespaces(ns -> ns.user(Namespace.host()))
          .stdin(Stdio.NULL)
          .stdout(Stdio.NULL)
          .stderr(Stdio.NULL)
          .build();

  private final FakeKernel kernel = new FakeKernel();
  private final HostFacts host = ContainerPlansTest.request(SPEC).host();
  private final StateDirectory state = StateDirectory.usual(1000, Map.of());
  private final Launcher launcher =
      new Launcher(kernel, LauncherBinary.install(kernel, Arch.X86_64, state), Arch.X86_64);
  private final UserNamespaceMaker maker =
      new UserNamespaceMaker(kernel, launcher, new IdMaps(0, 0));
  private final Watcher watcher = Watcher.start(kernel);
  private final ContainerStart starts =
      new ContainerStart(
          kernel,
          host,
          new UserNamespaces(kernel, host, maker, null),
          launcher,
          new ProcessStart(kernel, launcher, watcher),
          new RootForms(kernel, launcher, state),
          new RootCopies(kernel, launcher, maker, state, true),
          new NetworkPool(launcher, 0, System::nanoTime),
          new RootPool(kernel, launcher, 0, System::nanoTime),
          new HeldNamespaces(watcher),
          new Groups(
              kernel,
              new Cgroups(kernel, state, RuntimeOptions.defaults(), ContainerIds::next),
              new Monitors(kernel, watcher)));
  private final Guests owner = new NoGuests();
  private final Map<Integer, String> before = kernel.openDescriptors();

  @AfterEach
  void close() {
    watcher.close();
  }

  private void ready(int pid) {
    ByteBuffer report = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    kernel.willReceive(report.putInt(1).putInt(0).putInt(0).putInt(pid).array());
  }

  private StartFailedException failure() {
    return catchThrowableOfType(StartFailedException.class, () -> starts.start(SPEC, owner));
  }

  private void assertNothingIsLeft() {
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  private List<String> calls(String name) {
    return kernel.calls().stream().filter(call -> call.startsWith(name)).toList();
  }

  @Test
  void of_a_started_container_only_its_process_stays_open_until_it_is_closed() {
    int pid = kernel.newChild();
    ready(pid);

    LinuxContainer container = starts.start(SPEC, owner);

    assertThat(container.pid()).isEqualTo(pid);
    assertThat(container.id()).matches("[0-9a-f]{12}");
    assertThat(kernel.openDescriptors())
        .hasSize(before.size() + 1)
        .containsValue("pidfd of " + pid);
    container.close();
    assertNothingIsLeft();
  }

  @Test
  void a_container_that_cannot_be_watched_is_killed_and_waited_for() {
    int pid = kernel.newChild();
    ready(pid);
    kernel.failNext("pidfd_open", Errno.EMFILE);

    StartFailedException e = failure();

    assertThat(e.step().actor()).isEqualTo(Actor.JVM);
    assertThat(e.hint()).get().asString().contains("ulimit -n");
    assertThat(kernel.calls()).endsWith("kill " + pid + " 9", "wait for " + pid);
    assertNothingIsLeft();
  }

  @Test
  void a_launcher_that_cannot_be_started_leaves_nothing() {
    kernel.failNext("posix_spawn", Errno.EAGAIN);

    StartFailedException e = failure();

    assertThat(e.errno()).isEqualTo("EAGAIN");
    assertThat(e.hint()).get().asString().contains("pids.max");
    assertNothingIsLeft();
  }

  /** Somebody in a namespace that it has joined may have stopped it. */
  @Test
  void a_launcher_that_says_nothing_for_too_long_is_not_taken_for_too_many_processes() {
    kernel.failNext("receive", Errno.EAGAIN);

    StartFailedException e = failure();

    assertThat(e.hint().orElse("")).doesNotContain("ulimit -u", "pids.max");
    assertThat(calls("kill")).isNotEmpty();
    assertNothingIsLeft();
  }

  @Test
  void a_launcher_that_was_killed_leaves_nothing() {
    assertThat(catchThrowableOfType(ContainerException.class, () -> starts.start(SPEC, owner)))
        .hasMessageContaining("was killed");

    assertThat(calls("reap group")).hasSize(1);
    assertNothingIsLeft();
  }

  @Test
  void streams_that_cannot_be_made_are_told_before_anything_is_started() {
    kernel.failNext("open", Errno.ENFILE);

    assertThat(failure().hint()).get().asString().contains("file-max");

    assertThat(kernel.calls()).isEmpty();
    assertNothingIsLeft();
  }

  @Test
  void a_plan_is_the_one_that_a_start_would_run_and_starts_nothing() {
    assertThat(starts.plan(new FoundSpec(SPEC, null)).steps())
        .isNotEmpty()
        .anyMatch(step -> step.call().contains(ContainerIds.EXAMPLE))
        .noneMatch(step -> step.call().contains(ContainerIds.PLACEHOLDER));

    assertThat(kernel.calls()).isEmpty();
    assertNothingIsLeft();
  }
}
