package io.jcontainer.linux.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ContainerSpec;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.linux.plan.Arg;
import io.jcontainer.linux.plan.Step;
import io.jcontainer.linux.plan.Steps;
import io.jcontainer.linux.plan.Sys;
import io.jcontainer.linux.run.ContainerPlansTest;
import io.jcontainer.linux.sys.Errno;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {
  private static List<Step> steps(ContainerSpec.Builder spec) {
    Steps steps = new Steps();
    Command.execute(ContainerPlansTest.request(spec.build()).process(), steps);
    return steps.toPlan().steps();
  }

  private static ContainerSpec.Builder sh(String path) {
    return ContainerSpec.builder().command("sh", "-c", "true").env("PATH", path);
  }

  /** The paths that are tried, in order. */
  private static List<String> tried(ContainerSpec.Builder spec) {
    return steps(spec).stream()
        .filter(step -> step instanceof Step.Call call && call.sys() == Sys.EXECVE)
        .map(step -> ((Arg.Text) ((Step.Call) step).args().get(0)).value())
        .toList();
  }

  private static List<String> environment(ContainerSpec.Builder spec) {
    Step.Call execve = (Step.Call) steps(spec).get(0);
    return ((Arg.Environment) execve.args().get(2)).variables();
  }

  /**
   * What the launcher would report, or the path that it would become.
   *
   * @param answers what execve(2) says of paths; of all others ENOENT
   */
  private static String outcome(ContainerSpec.Builder spec, Map<String, String> answers) {
    Map<Arg, Errno> results = new HashMap<>();
    for (Step step : steps(spec)) {
      if (step instanceof Step.Call call) {
        String path = ((Arg.Text) call.args().get(0)).value();
        String answer = answers.getOrDefault(path, "ENOENT");
        if (answer.equals("ok")) {
          return path;
        }
        Errno errno = Errno.valueOf(answer);
        if (!call.tolerated().contains(errno)) {
          return errno + " " + path;
        }
        if (call.result() != null) {
          results.put(Arg.of(call.result()), errno);
        }
      } else if (step instanceof Step.Check check) {
        Errno errno = results.get(check.subject());
        boolean equal = errno != null && -errno.number() == check.expected();
        if (equal == check.differs()) {
          return check.error() + " " + check.call();
        }
      }
    }
    return "the plan has come to its end";
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/sh", "./sh", "bin/sh", "sh/", "../sh"})
  void a_program_with_a_slash_is_not_looked_for(String program) {
    ContainerSpec.Builder spec = ContainerSpec.builder().command(program, "x");

    assertThat(tried(spec)).containsExactly(program);
    assertThat(outcome(spec, Map.of(program, "EACCES"))).isEqualTo("EACCES " + program);
    assertThat(outcome(spec, Map.of())).isEqualTo("ENOENT " + program);
  }

  @Test
  void a_program_without_a_slash_is_looked_for_in_the_order_of_path() {
    assertThat(tried(sh("/b:/a"))).containsExactly("/b/sh", "/a/sh");
    assertThat(tried(ContainerSpec.builder().command("sh")))
        .containsExactly(
            "/usr/local/sbin/sh",
            "/usr/local/bin/sh",
            "/usr/sbin/sh",
            "/usr/bin/sh",
            "/sbin/sh",
            "/bin/sh");
  }

  @ParameterizedTest
  @CsvSource({
    "'', ./sh",
    "':', './sh ./sh'",
    "/a:, '/a/sh ./sh'",
    ":/a, './sh /a/sh'",
    "/a::/b, '/a/sh ./sh /b/sh'",
    "., ./sh",
  })
  void an_empty_element_of_path_is_the_working_directory(String path, String expected) {
    assertThat(tried(sh(path))).isEqualTo(List.of(expected.split(" ")));
  }

  @Test
  void the_first_program_that_can_be_executed_is_it() {
    assertThat(outcome(sh("/a:/b:/c"), Map.of("/b/sh", "ok", "/c/sh", "ok"))).isEqualTo("/b/sh");
    assertThat(outcome(sh("/a:/b"), Map.of("/a/sh", "EACCES", "/b/sh", "ok"))).isEqualTo("/b/sh");
    assertThat(outcome(sh("/a:/b"), Map.of("/a/sh", "ENOTDIR", "/b/sh", "ok"))).isEqualTo("/b/sh");
  }

  @Test
  void a_program_that_is_nowhere_is_told_with_the_path_that_was_searched() {
    assertThat(outcome(sh("/a:/b"), Map.of("/b/sh", "ENOTDIR")))
        .startsWith("ENOENT ")
        .contains("sh")
        .contains("PATH=/a:/b");
  }

  /** As execvp(3). */
  @Test
  void a_program_that_may_not_be_executed_is_told_rather_than_that_it_is_elsewhere_not() {
    assertThat(outcome(sh("/a:/b:/c"), Map.of("/b/sh", "EACCES")))
        .startsWith("EACCES ")
        .contains("/b/sh");
    assertThat(outcome(sh("/a"), Map.of("/a/sh", "EACCES"))).startsWith("EACCES ");
  }

  @Test
  void what_is_wrong_with_the_program_itself_ends_the_search() {
    assertThat(outcome(sh("/a:/b"), Map.of("/a/sh", "ENOEXEC", "/b/sh", "ok")))
        .isEqualTo("ENOEXEC /a/sh");
    assertThat(outcome(sh("/a:/b"), Map.of("/a/sh", "E2BIG"))).isEqualTo("E2BIG /a/sh");
  }

  @Test
  void the_command_gets_all_its_words_as_they_are() {
    Step.Call execve = (Step.Call) steps(sh("/a")).get(0);

    assertThat(execve.args().get(1)).isEqualTo(new Arg.TextList(List.of("sh", "-c", "true")));
  }

  @Test
  void path_and_home_are_added_where_they_are_missing() {
    ContainerSpec.Builder spec = ContainerSpec.builder().command("sh").env("A", "1");
    String path = "PATH=" + ContainerSpec.DEFAULT_PATH;

    assertThat(environment(spec)).containsExactly("A=1", path, "HOME=/tmp");
    assertThat(environment(spec.rootfs(LayeredRootfs.directory(Path.of("/srv/root")))))
        .containsExactly("A=1", path, "HOME=/root");
  }

  @Test
  void path_and_home_of_the_spec_stay() {
    assertThat(environment(sh("/a").env("HOME", ""))).containsExactly("PATH=/a", "HOME=");
  }
}
