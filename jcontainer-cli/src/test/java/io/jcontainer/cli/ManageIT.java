package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One call of the command runs a container, and others act on it. */
@Timeout(120)
@RequiresHost(Feature.USER_NAMESPACES)
class ManageIT {
  private final String name = "manage-" + UUID.randomUUID();
  private Process run;

  @BeforeEach
  void start() throws Exception {
    run =
        Cli.process(
                Map.of(),
                "run",
                "--init",
                "--name",
                name,
                "--",
                "sh",
                "-c",
                "trap 'exit 5' TERM; trap 'exit 6' USR1; echo ready; while :; do sleep 0.05; done")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(run.getInputStream(), StandardCharsets.UTF_8));
    assertThat(out.readLine()).isEqualTo("ready");
  }

  @AfterEach
  void end() throws Exception {
    run.destroyForcibly().waitFor();
  }

  @Test
  void a_container_is_listed_by_name_while_it_runs() throws Exception {
    Finished listed = Cli.run("ps");
    assertThat(listed.out().lines().findFirst().orElse("")).startsWith("ID  ").endsWith("NAME");
    assertThat(listed.out()).contains(name, "trap 'exit 5' TERM;", Long.toString(run.pid()));

    Cli.run("kill", name);
    assertThat(run.waitFor()).isEqualTo(137);
    assertThat(Cli.run("ps").out()).doesNotContain(name);
  }

  @Test
  void a_further_process_joins_it_and_its_exit_code_is_the_calls() {
    Finished joined =
        Cli.run(
            Map.of(),
            "typed",
            "exec",
            "-i",
            "-e",
            "A=b",
            "-w",
            "/tmp",
            name,
            "sh",
            "-c",
            "cat; echo \" $A $(pwd) $(cat /proc/1/comm)\"; exit 7");

    assertThat(joined).isEqualTo(new Finished(7, "typed b /tmp init\n", ""));
  }

  @Test
  void the_beginning_of_an_id_names_it_too() {
    String id =
        Cli.run("ps")
            .out()
            .lines()
            .filter(line -> line.endsWith(name))
            .findFirst()
            .orElseThrow()
            .substring(0, 12);

    assertThat(Cli.run("ps", "-q").out()).contains(id);
    assertThat(Cli.run("exec", id.substring(0, 6), "hostname").out()).isEqualTo(id + "\n");
  }

  @ParameterizedTest
  @CsvSource({"stop,,5", "kill,USR1,6", "kill,,137"})
  void it_is_stopped_signalled_or_killed_by_name(String verb, String signal, int code)
      throws Exception {
    Finished done = signal == null ? Cli.run(verb, name) : Cli.run(verb, "--signal", signal, name);

    assertThat(done).isEqualTo(new Finished(0, name + "\n", ""));
    assertThat(run.waitFor()).isEqualTo(code);
  }

  @Test
  void the_name_of_one_that_runs_cannot_be_given_again() {
    Finished second = Cli.run("run", "--name", name, "--", "true");

    assertThat(second.code()).isEqualTo(125);
    assertThat(second.err()).contains(name, Long.toString(run.pid()));
  }

  @Test
  void files_are_copied_into_it_and_out_of_it(@TempDir Path directory) throws Exception {
    Path note = Files.writeString(directory.resolve("note"), "hello\n");

    assertThat(Cli.run("cp", note.toString(), name + ":/tmp/copy"))
        .isEqualTo(new Finished(0, "", ""));
    assertThat(Cli.run("exec", name, "cat", "/tmp/copy").out()).isEqualTo("hello\n");
    assertThat(Cli.run("cp", name + ":/tmp/copy", directory.resolve("back").toString()).code())
        .isZero();
    assertThat(directory.resolve("back")).hasContent("hello\n");
    assertThat(Cli.run("cp", note.toString(), directory.toString()).err())
        .contains("one of both must be CONTAINER:PATH");
  }

  @Test
  void one_that_does_not_run_is_told() {
    Finished none = Cli.run("exec", "no-such-container", "true");

    assertThat(none.code()).isEqualTo(125);
    assertThat(none.err()).contains("no container \"no-such-container\"", "ps lists them");
  }
}
