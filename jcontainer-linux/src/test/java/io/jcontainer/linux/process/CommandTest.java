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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandTest {
  private static List<Step> steps(ContainerSpec.Builder spec) {
    Steps steps = new Steps();
    Command.execute(ContainerPlansTest.request(spec.build()).process(), null, steps);
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
   * The path that the launcher would become, or all that it tried.
   *
   * @param answers what execve(2) says of paths; of all others ENOENT
   */
  private static List<String> called(ContainerSpec.Builder spec, Map<String, String> answers) {
    List<String> called = new ArrayList<>();
    List<Step> steps = steps(spec);
    for (int i = 0; i < steps.size(); i++) {
      Step.Call call = (Step.Call) steps.get(i);
      String path = ((Arg.Text) call.args().get(0)).value();
      String answer = answers.getOrDefault(path, "ENOENT");
      if (answer.equals("ok")) {
        return List.of(path);
      }
      called.add(path);
      if (!call.tolerated().contains(Errno.valueOf(answer))) {
        assertThat(call.otherwise()).isNotEqualTo(Step.Call.FAILS);
        i += call.otherwise();
      }
      assertThat(i).as("no step is left out that is not there").isLessThan(steps.size());
    }
    return called;
  }

  @ParameterizedTest
  @ValueSource(strings = {"/bin/sh", "./sh", "bin/sh", "sh/", "../sh"})
  void a_program_with_a_slash_is_not_looked_for(String program) {
    ContainerSpec.Builder spec = ContainerSpec.builder().command(program, "x");

    assertThat(tried(spec)).containsExactly(program);
    assertThat(called(spec, Map.of(program, "EACCES"))).containsExactly(program);
    assertThat(called(spec, Map.of(program, "E2BIG"))).containsExactly(program);
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
    assertThat(called(sh("/a:/b:/c"), Map.of("/b/sh", "ok", "/c/sh", "ok")))
        .containsExactly("/b/sh");
    assertThat(called(sh("/a:/b"), Map.of("/a/sh", "EACCES", "/b/sh", "ok")))
        .containsExactly("/b/sh");
    assertThat(called(sh("/a:/b"), Map.of("/a/sh", "ENOTDIR", "/b/sh", "ok")))
        .containsExactly("/b/sh");
  }

  @Test
  void a_program_that_is_nowhere_is_looked_for_everywhere() {
    assertThat(called(sh("/a:/b"), Map.of("/b/sh", "ENOTDIR"))).containsExactly("/a/sh", "/b/sh");
  }

  @Test
  void what_is_wrong_with_the_program_itself_ends_the_search() {
    assertThat(called(sh("/a:/b:/c"), Map.of("/a/sh", "ENOEXEC", "/b/sh", "ok")))
        .containsExactly("/a/sh");
    assertThat(called(sh("/a:/b:/c"), Map.of("/b/sh", "E2BIG", "/c/sh", "ok")))
        .containsExactly("/a/sh", "/b/sh");
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
