package io.jcontainer.cli;

import static java.lang.ProcessBuilder.Redirect.PIPE;
import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerException;
import io.jcontainer.ExitStatus;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.LaunchPlan;
import io.jcontainer.StartFailedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JcontainerTest {
  private final Trial trial = new Trial();

  @Test
  void a_completion_script_is_one_that_bash_takes() throws Exception {
    assertThat(trial.run("completion")).isZero();

    Process bash = new ProcessBuilder("bash", "-n").inheritIO().redirectInput(PIPE).start();
    try (var stdin = bash.outputWriter()) {
      stdin.write(trial.out());
    }
    assertThat(bash.waitFor()).isZero();
    assertThat(trial.out()).contains("--cap-add", "doctor", "complete -F _complete_jcontainer");
  }

  @Test
  void the_commands_own_exit_code_is_ours() {
    trial.runtime.exit = ExitStatus.exited(3);

    assertThat(trial.run("run", "--", "false")).isEqualTo(3);
    assertThat(trial.err()).isEmpty();
  }

  @Test
  void a_signal_counts_from_128() {
    trial.runtime.exit = ExitStatus.signaled(15);

    assertThat(trial.run("run", "--", "sleep")).isEqualTo(143);
  }

  @Test
  void a_timeout_exits_with_137_and_says_so() {
    trial.runtime.exit = new ExitStatus(0, 9, true);

    assertThat(trial.run("run", "--timeout", "1m", "--", "sleep")).isEqualTo(137);
    assertThat(trial.err()).isEqualTo("jcontainer: killed because its time was over: 60s\n");
  }

  @ParameterizedTest
  @CsvSource({
    "execve,ENOENT,127",
    "execve,EACCES,126",
    "execve,ENOEXEC,126",
    "execveat,EPERM,126",
    "execve,ENOTDIR,126",
    "chdir,ENOENT,125",
    "mount,EPERM,125"
  })
  void a_failed_start_exits_as_dockers(String call, String errno, int code) {
    trial.runtime.failure = failed(call, errno);

    assertThat(trial.run("run", "--", "x")).isEqualTo(code);
    assertThat(trial.err()).startsWith("jcontainer: ").contains(errno).doesNotContain("\tat ");
  }

  @Test
  void a_host_that_cannot_exits_with_125_and_the_cure() {
    trial.runtime.failure =
        new HostUnsupportedException("user namespace", "ask the administrator", null);

    assertThat(trial.run("run", "--", "x")).isEqualTo(125);
    assertThat(trial.err())
        .isEqualTo("jcontainer: user namespace cannot be had here: ask the administrator\n");
  }

  @Test
  void a_defect_exits_with_125_and_says_how_to_learn_more() {
    Jcontainer broken =
        new Jcontainer(
            trial.caller(),
            (parent, images) -> {
              throw new UnsatisfiedLinkError("no jnidispatch");
            },
            () -> trial.runtime.host);

    assertThat(broken.run("run", "--", "x")).isEqualTo(125);
    assertThat(trial.err()).contains("internal error", "no jnidispatch", "JCONTAINER_DEBUG=1");
  }

  @Test
  void debugging_adds_the_stack_trace_by_option_or_environment() {
    trial.runtime.failure = new ContainerException("no luck");
    assertThat(trial.run("run", "--debug", "--", "x")).isEqualTo(125);
    assertThat(trial.err()).startsWith("jcontainer: no luck\n").contains("\tat ");

    Trial other = new Trial();
    other.env.put("JCONTAINER_DEBUG", "1");
    other.runtime.failure = new ContainerException("no luck");
    assertThat(other.run("run", "--", "x")).isEqualTo(125);
    assertThat(other.err()).contains("\tat ");
  }

  @Test
  void a_dry_run_prints_the_plan_and_starts_nothing() {
    assertThat(trial.run("run", "--dry-run", "--", "true")).isZero();

    assertThat(trial.out()).isEqualTo(FakeRuntime.PLAN.toString());
    assertThat(trial.runtime.planned).hasSize(1);
    assertThat(trial.runtime.started).isEmpty();
  }

  @Test
  void container_and_runtime_are_closed() {
    trial.run("run", "--", "true");

    assertThat(trial.runtime.containers).singleElement().matches(c -> c.closed);
    assertThat(trial.runtime.closed).isTrue();
  }

  @Test
  void help_names_every_option_and_goes_to_standard_output() {
    assertThat(trial.run("run", "--help")).isZero();

    assertThat(trial.out())
        .contains("jcontainer run [OPTIONS] IMAGE [ARG...]")
        .contains("jcontainer run [OPTIONS] -- COMMAND [ARG...]")
        .contains("--pull", "--platform", "--entrypoint", "--images")
        .contains("--rootfs", "--read-only", "--writable", "--hostname", "--domainname", "--env")
        .contains("--workdir", "--network", "--timeout", "--dry-run", "--debug");
    assertThat(trial.err()).isEmpty();
    assertThat(trial.runtime.started).isEmpty();
  }

  @Test
  void help_and_version_of_the_whole_exit_with_0() {
    assertThat(trial.run("--help")).isZero();
    assertThat(trial.run("--version")).isZero();

    assertThat(trial.out()).contains("run").contains("jcontainer ");
  }

  private static StartFailedException failed(String call, String errno) {
    LaunchPlan.Step step =
        new LaunchPlan.Step(LaunchPlan.Actor.CONTAINER, call + "(\"/bin/x\")", "the command");
    return new StartFailedException(step, errno, "Some text", null, null);
  }
}
