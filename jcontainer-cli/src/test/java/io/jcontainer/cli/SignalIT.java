package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.ProcFs;
import io.jcontainer.fixtures.ProcStat;
import io.jcontainer.fixtures.RequiresHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresHost(Feature.USER_NAMESPACES)
@Timeout(60)
class SignalIT {

  @ParameterizedTest
  @CsvSource({"HUP,129", "INT,130", "TERM,143", "KILL,137"})
  void the_container_dies_with_the_command(String signal, int code) throws Exception {
    Process process =
        process("run", "--", "sh", "-c", "echo started; exec sleep 1000")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = reader(process)) {
      assertThat(out.readLine()).isEqualTo("started");
      signal(signal, process.pid());

      assertThat(process.waitFor()).isEqualTo(code);
      // The end of file comes when the container, the last holder of the pipe, is dead.
      assertThat(out.readLine()).isNull();
    } finally {
      process.destroyForcibly();
    }
  }

  @ParameterizedTest
  @CsvSource({"HUP,false", "INT,false", "TERM,false", "INT,true", "TERM,true"})
  void a_command_that_handles_a_signal_gets_it(String signal, boolean init) throws Exception {
    String script =
        "trap 'echo got it; exit 5' %s; echo started; while :; do sleep 0.05; done"
            .formatted(signal);
    List<String> words = new ArrayList<>(List.of("run", "--", "sh", "-c", script));
    if (init) {
      words.add(1, "--init");
    }
    Process process =
        process(words.toArray(String[]::new))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = reader(process)) {
      assertThat(out.readLine()).isEqualTo("started");
      signal(signal, process.pid());

      assertThat(out.readLine()).isEqualTo("got it");
      assertThat(process.waitFor()).isEqualTo(5);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void a_signal_that_kills_the_command_counts_from_128() throws Exception {
    // From inside, process 1 is safe from signals: this one comes from the container's parent.
    Process process =
        process("run", "--", "sh", "-c", "echo started; exec sleep 1000")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = reader(process)) {
      assertThat(out.readLine()).isEqualTo("started");
      // The launcher has ended, but is a child too as long as nobody has waited for it.
      ProcStat container =
          ProcFs.children(process.pid()).stream()
              .filter(child -> List.of("sh", "sleep").contains(child.comm()))
              .findFirst()
              .orElseThrow();
      signal("KILL", container.pid());

      assertThat(process.waitFor()).isEqualTo(137);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * A JVM leaves alone what is ignored when it begins, as SIGINT is in the background of a shell:
   * these tests may run there.
   */
  private static ProcessBuilder process(String... arguments) {
    ProcessBuilder process = Cli.process(Map.of(), arguments);
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP,INT,TERM"));
    command.addAll(process.command());
    return process.command(command);
  }

  private static BufferedReader reader(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start();
    assertThat(kill.waitFor(50, TimeUnit.SECONDS)).isTrue();
    assertThat(kill.exitValue()).isZero();
  }
}
