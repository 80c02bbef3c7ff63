package io.jcontainer.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.jcontainer.ContainerException;
import io.jcontainer.LaunchPlan.Actor;
import io.jcontainer.StartFailedException;
import io.jcontainer.linux.plan.Arch;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Calls;
import io.jcontainer.linux.plan.Plan;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.state.StateDirectory;
import io.jcontainer.linux.sys.Errno;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchTest {
  private static final int LAUNCHER = 500;
  private static final int CHILD = 501;
  private static final Plan PLAN =
      new Steps()
          .add(Calls.setsid(), "a first step")
          .add(new Step.Leave(Calls.clone(List.of(), Arg.NULL).why("the container")))
          .add(
              Calls.execve("/x", new Arg.TextList(List.of("x")), new Arg.Environment(List.of())),
              "the command")
          .toPlan();

  private static final Program PROGRAM = Program.of(PLAN, Arch.X86_64, "0123456789ab");

  private final FakeKernel kernel = new FakeKernel();
  private final Launch launch = new Launch(kernel, PROGRAM, LAUNCHER, kernel.fd("control"));

  private void ready() {
    kernel.willReceive(ReportsTest.words(1, 0, 0, CHILD));
  }

  private void failed(int step, int errno) {
    kernel.willReceive(ReportsTest.words(2, step, errno, 0));
  }

  private <E extends Throwable> E failure(Class<E> type) {
    return catchThrowableOfType(type, launch::awaitCommand);
  }

  @Test
  void a_child_that_became_the_command_is_the_callers_and_the_launcher_is_waited_for() {
    ready();

    assertThat(launch.awaitCommand()).isEqualTo(CHILD);

    assertThat(kernel.calls()).containsExactly("send 1", "reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_step_that_failed_is_told_with_its_errno_and_a_hint() {
    ready();
    failed(2, Errno.E2BIG.number());

    StartFailedException e = failure(StartFailedException.class);

    assertThat(e.step().actor()).isEqualTo(Actor.CONTAINER);
    assertThat(e.step().call()).startsWith("execve(\"/x\"");
    assertThat(e.errno()).isEqualTo("E2BIG");
    assertThat(e.hint()).get().asString().contains("by a file");
  }

  @Test
  void a_child_that_failed_is_waited_for_by_its_number_and_the_launcher_by_its_group() {
    ready();
    failed(2, 2);

    assertThat(failure(StartFailedException.class)).isNotNull();

    assertThat(kernel.calls())
        .containsExactly("send 1", "wait for " + CHILD, "reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_file_that_the_child_has_read_is_its_content_or_nothing() {
    kernel.willReceive(ReportsTest.words(6, 0, 7, 3));
    kernel.willReceive(new byte[] {'a', 'b', 'c'});
    kernel.willReceive(ReportsTest.words(6, 0, -2, 0));
    kernel.willReceive(new byte[0]);

    assertThat(launch.awaitFile()).containsExactly('a', 'b', 'c');
    assertThat(launch.awaitFile()).isNull();
    assertThat(kernel.calls()).isEmpty();
  }

  @Test
  void a_terminal_comes_with_a_message() {
    Fd master = kernel.fd("master");
    kernel.willReceive(ReportsTest.words(7, 0, 0, 0));
    kernel.willReceive(master);

    assertThat(launch.awaitTerminal()).isSameAs(master);
    assertThat(kernel.calls()).isEmpty();
  }

  @Test
  void a_step_that_failed_before_a_terminal_is_told() {
    failed(0, Errno.ENOTTY.number());
    assertThat(catchThrowableOfType(StartFailedException.class, launch::awaitTerminal).errno())
        .isEqualTo("ENOTTY");
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  /** The kernel closes it if this process has no number left; and the child would go on. */
  @Test
  void a_terminal_that_does_not_get_through_ends_the_launch() {
    kernel.willReceive(ReportsTest.words(7, 0, 0, 0));

    assertThat(catchThrowableOfType(SyscallException.class, launch::awaitTerminal).errno())
        .isEqualTo(Errno.EMFILE);
    assertThat(kernel.calls())
        .containsExactly("kill -" + LAUNCHER + " 9", "reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_step_that_failed_before_a_file_is_told() {
    failed(0, Errno.EFBIG.number());
    assertThat(catchThrowableOfType(StartFailedException.class, launch::awaitFile).errno())
        .isEqualTo("EFBIG");
    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
  }

  @Test
  void a_step_that_failed_within_a_file_is_told() {
    kernel.willReceive(ReportsTest.words(6, 0, 7, 100));
    failed(0, Errno.EPIPE.number());
    assertThat(catchThrowableOfType(StartFailedException.class, launch::awaitFile).errno())
        .isEqualTo("EPIPE");
  }

  @Test
  void a_child_that_ends_within_a_file_is_told_and_waited_for() {
    kernel.willReceive(ReportsTest.words(6, 0, 7, 100));
    kernel.willReceive(new byte[40]);
    assertThat(catchThrowableOfType(ContainerException.class, launch::awaitFile))
        .hasMessageContaining("was killed");
    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
  }

  @Test
  void a_size_that_no_child_of_ours_tells_is_refused_and_the_launcher_killed() {
    for (int size : new int[] {-1, 1 << 20, Integer.MIN_VALUE}) {
      kernel.willReceive(ReportsTest.words(6, 0, 7, size));
      assertThat(catchThrowableOfType(IllegalStateException.class, launch::awaitFile))
          .hasMessageContaining("" + size);
    }
    assertThat(kernel.calls()).contains("kill " + -LAUNCHER + " 9");
  }

  @Test
  void a_launcher_that_failed_before_there_is_a_child_is_told_as_such() {
    failed(0, Errno.EPERM.number());

    assertThat(failure(StartFailedException.class))
        .hasMessageContaining("launcher")
        .hasMessageContaining("setsid(): Operation not permitted (EPERM)");
    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
  }

  @Test
  void a_launcher_that_was_killed_before_it_could_say_anything_is_no_success() {
    assertThat(failure(ContainerException.class)).hasMessageContaining("was killed");

    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void a_launcher_that_was_killed_before_it_read_its_program_is_told_as_such() {
    kernel.failNext("receive", Errno.ECONNRESET);

    assertThat(failure(ContainerException.class)).hasMessageContaining("was killed");
    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
  }

  @Test
  void a_child_that_was_killed_before_it_became_the_command_is_no_success() {
    ready();
    kernel.group(LAUNCHER, LAUNCHER, CHILD);

    assertThat(failure(ContainerException.class)).hasMessageContaining("was killed");
  }

  @Test
  void a_launcher_that_is_not_in_a_group_of_its_own_yet_is_waited_for_by_its_number() {
    kernel.group(LAUNCHER);

    assertThat(failure(ContainerException.class)).isNotNull();

    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER, "wait for " + LAUNCHER);
  }

  @Test
  void an_errno_that_is_not_in_our_table_is_told_and_does_not_hide_the_failure() {
    failed(0, 512); // ERESTARTSYS, as a broken module may give it

    assertThat(failure(ContainerException.class))
        .hasMessageContaining("setsid()")
        .hasMessageContaining("512");
  }

  @Test
  void a_child_that_is_ready_goes_on_until_it_is_finished_with() {
    ready();

    assertThat(launch.awaitReady()).isEqualTo(CHILD);
    assertThat(kernel.calls()).isEmpty();
    assertThat(kernel.openDescriptors()).containsValue("control");

    launch.finish();
    assertThat(kernel.calls()).containsExactly("reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void if_no_report_can_be_read_the_launchers_group_is_killed_and_waited_for() {
    kernel.failNext("receive", Errno.EAGAIN);

    assertThat(failure(SyscallException.class)).hasNoSuppressedExceptions();

    assertThat(kernel.calls())
        .containsExactly("kill -" + LAUNCHER + " 9", "reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  /** It may have left the group by then, and have been stopped by others in what it joined. */
  @Test
  void if_no_second_report_can_be_read_the_child_is_killed_and_waited_for_too() {
    ready();
    kernel.failNext("receive", Errno.EAGAIN);

    assertThat(failure(SyscallException.class)).isNotNull();

    assertThat(kernel.calls())
        .containsExactly(
            "send 1",
            "kill -" + LAUNCHER + " 9",
            "kill " + CHILD + " 9",
            "wait for " + CHILD,
            "reap group " + LAUNCHER);
    assertThat(kernel.openDescriptors()).isEmpty();
  }

  @Test
  void what_fails_while_it_gives_up_is_added_to_the_failure() {
    kernel.failNext("receive", Errno.ENOMEM);
    kernel.failNext("reapGroup", Errno.EINVAL);

    SyscallException e = failure(SyscallException.class);

    assertThat(e.errno()).isEqualTo(Errno.ENOMEM);
    assertThat(e.getSuppressed())
        .singleElement()
        .isInstanceOfSatisfying(
            SyscallException.class, s -> assertThat(s.errno()).isEqualTo(Errno.EINVAL));
  }

  @Test
  void a_launcher_that_has_ended_already_tells_why_and_not_that_nobody_reads() {
    kernel.failNext("send", Errno.EPIPE);
    assertThatCode(() -> launch.send(new byte[8])).doesNotThrowAnyException();

    kernel.failNext("send", Errno.ENOMEM);
    assertThatThrownBy(() -> launch.send(new byte[8])).isInstanceOf(SyscallException.class);
  }

  private Launcher launcher(Path state) {
    LauncherBinary binary =
        LauncherBinary.install(
            kernel,
            Arch.X86_64,
            StateDirectory.usual(1000, Map.of("XDG_RUNTIME_DIR", state.toString())));
    return new Launcher(kernel, binary, Arch.X86_64);
  }

  @Test
  void the_launcher_is_a_sealed_memfd_and_gets_streams_control_and_the_others(@TempDir Path state) {
    Launcher launcher = launcher(state);
    Fd stream = kernel.fd("stream");
    Fd other = kernel.fd("other");

    launcher.begin(PROGRAM, List.of(stream, stream, stream), List.of(other));

    assertThat(kernel.openDescriptors()).containsValue("memfd jcontainer-launcher");
    assertThat(kernel.openDescriptors().values()).containsOnlyOnce("socket");
    assertThat(kernel.calls())
        .hasSize(2)
        .first()
        .asString()
        .matches("spawn /proc/self/fd/[0-9]+ with 5 descriptors");
  }

  @Test
  void a_launcher_that_cannot_be_started_leaves_no_descriptor(@TempDir Path state) {
    Launcher launcher = launcher(state);
    Map<Integer, String> before = kernel.openDescriptors();

    kernel.failNext("posix_spawn", Errno.EAGAIN);
    assertThatThrownBy(() -> launcher.begin(PROGRAM, List.of(), List.of()))
        .isInstanceOf(SyscallException.class);

    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void a_launcher_that_cannot_be_sent_its_plan_is_waited_for(@TempDir Path state) {
    Launcher launcher = launcher(state);
    Map<Integer, String> before = kernel.openDescriptors();

    kernel.failNext("send", Errno.ENOMEM);
    assertThatThrownBy(() -> launcher.begin(PROGRAM, List.of(), List.of()))
        .isInstanceOf(SyscallException.class);

    assertThat(kernel.calls()).anyMatch(call -> call.startsWith("reap group"));
    assertThat(kernel.openDescriptors()).isEqualTo(before);
  }

  @Test
  void where_memfds_may_not_be_executed_the_launcher_is_a_file_of_the_state_directory(
      @TempDir Path state) throws IOException {
    int uid = (Integer) Files.getAttribute(state, "unix:uid");
    kernel.failNext("memfd_create", Errno.EACCES);

    LauncherBinary.install(kernel, Arch.AARCH64, StateDirectory.at(state.resolve("own"), uid));

    assertThat(kernel.openDescriptors()).containsValue(state.resolve("own/launcher").toString());
    assertThat(state.resolve("own/launcher")).isExecutable();
  }

  @Test
  void another_failure_to_make_the_memfd_is_told(@TempDir Path state) {
    kernel.failNext("memfd_create", Errno.EMFILE);

    assertThatThrownBy(() -> launcher(state)).isInstanceOf(SyscallException.class);
  }
}
