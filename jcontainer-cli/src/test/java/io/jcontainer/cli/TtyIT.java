package io.jcontainer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.fixtures.Feature;
import io.jcontainer.fixtures.RequiresHost;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command on a terminal, which script(1) makes around it. */
@Timeout(60)
@RequiresHost(Feature.USER_NAMESPACES)
class TtyIT {

  @BeforeAll
  static void needScript() {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "no /usr/bin/script");
  }

  private static Process onTerminal(String before, String... arguments) throws Exception {
    return new ProcessBuilder("script", "-qec", before + quoted(arguments), "/dev/null")
        .redirectErrorStream(true)
        .start();
  }

  /** The command as a line for a shell. */
  private static String quoted(String... arguments) {
    return Cli.process(Map.of(), arguments).command().stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  @Test
  void what_is_typed_reaches_the_command_as_it_is_and_what_it_writes_appears() throws Exception {
    String script =
        "stty size; tty; stty -echo; printf 'name? '; read name; echo \"<$name>\"; exit 4";
    Process process = onTerminal("stty rows 33 cols 77; ", "run", "-it", "--", "sh", "-c", script);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).isEqualTo("33 77");
    assertThat(out.readLine()).isEqualTo("/dev/pts/0");
    assertThat(readTo(out, '?')).isEqualTo("name");
    process.getOutputStream().write("box\r".getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();

    assertThat(readTo(out, '>')).endsWith("<box");
    assertThat(process.waitFor()).isEqualTo(4);
  }

  @Test
  void control_c_interrupts_what_runs_on_the_terminal_and_not_the_command() throws Exception {
    String script = "trap 'echo interrupted; exit 6' INT; echo ready; while :; do sleep 0.05; done";
    Process process = onTerminal("", "run", "-it", "--", "sh", "-c", script);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    assertThat(out.readLine()).isEqualTo("ready");
    process.getOutputStream().write(3);
    process.getOutputStream().flush();

    assertThat(readTo(out, 'd')).endsWith("interrupte");
    assertThat(process.waitFor()).isEqualTo(6);
  }

  @Test
  void the_callers_terminal_is_afterwards_as_it_was() throws Exception {
    String line = "stty -g; " + quoted("run", "-it", "--", "true") + "; stty -g";
    Process both = new ProcessBuilder("script", "-qec", line, "/dev/null").start();
    List<String> settings = both.inputReader(StandardCharsets.UTF_8).lines().toList();
    assertThat(settings).hasSize(2);
    assertThat(settings.get(1)).isEqualTo(settings.get(0));
  }

  @Test
  void without_a_terminal_nothing_can_be_typed_to_one() {
    Finished finished = Cli.run("run", "-it", "--", "true");

    assertThat(finished.code()).isEqualTo(125);
    assertThat(finished.err()).contains("-i with -t needs a terminal");
  }

  @Test
  void a_terminal_that_is_only_shown_needs_none() {
    assertThat(Cli.run("run", "-t", "--", "tty")).isEqualTo(new Finished(0, "/dev/pts/0\r\n", ""));
  }

  private static String readTo(BufferedReader in, char last) throws Exception {
    StringBuilder text = new StringBuilder();
    for (int c = in.read(); c != last; c = in.read()) {
      assertThat(c).as(text.toString()).isNotNegative();
      text.append((char) c);
    }
    return text.toString();
  }
}
