package io.jcontainer.cli;

import static io.jcontainer.cli.Options.flag;
import static io.jcontainer.cli.Options.get;
import static io.jcontainer.cli.Options.given;
import static io.jcontainer.cli.Options.text;
import static io.jcontainer.cli.Options.texts;
import static io.jcontainer.cli.Options.use;
import static io.jcontainer.cli.Options.value;

import io.jcontainer.ProcessSpec;
import io.jcontainer.Stdio;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** What {@code run} and {@code exec} have in common: the process itself. */
final class ProcessOptions {
  private final OptionSpec interactive =
      flag(
          "It reads the caller's standard input; otherwise it has an empty one.",
          "-i",
          "--interactive");
  private final OptionSpec tty =
      flag("A terminal of its own, which is shown on the caller's.", "-t", "--tty");
  private final OptionSpec env =
      texts(
          "NAME[=VALUE]",
          "A variable of its environment; without a value it gets the caller's.",
          "-e",
          "--env");
  private final OptionSpec workdir = text("DIR", "Default: /", "-w", "--workdir");
  private final OptionSpec user =
      text(
          "USER[:GROUP]",
          "Names, which are looked up in the container, or numbers. Default: root.",
          "-u",
          "--user");
  private final OptionSpec groups =
      texts("GROUP", "A further group, by name or number.", "--group-add");
  private final OptionSpec timeout =
      value(
          Duration.class,
          DurationText::parse,
          "DURATION",
          "Kill it after this time: 500ms, 10s, 1m, 2h; a plain number is seconds.",
          "--timeout");
  private final PositionalParamSpec command;

  /**
   * Options of a process.
   *
   * @param from which word the command begins with, from 0
   * @param label what help calls the words
   * @param description what help says of them
   */
  ProcessOptions(int from, String label, String description) {
    command =
        PositionalParamSpec.builder()
            .paramLabel(label)
            .hideParamSyntax(true)
            .type(List.class)
            .auxiliaryTypes(String.class)
            .index(from + "..*")
            .arity("1..*")
            .required(true)
            .description(description)
            .build();
  }

  List<OptionSpec> options() {
    return List.of(interactive, tty, env, workdir, user, groups, timeout);
  }

  boolean interactive() {
    return given(interactive);
  }

  PositionalParamSpec command() {
    return command;
  }

  /** All words that are no options. */
  List<String> words() {
    return command.getValue();
  }

  /**
   * Says what was given, but for the command.
   *
   * @param callerEnv where variables without a value are taken from
   */
  void describe(ProcessSpec.Builder process, Map<String, String> callerEnv) {
    if (given(tty)) {
      process.terminal(Screen.size());
    } else {
      process
          .stdin(given(interactive) ? Stdio.INHERIT : Stdio.NULL)
          .stdout(Stdio.INHERIT)
          .stderr(Stdio.INHERIT);
    }
    use(env, (List<String> words) -> process.env(Variables.of(words, callerEnv)));
    use(workdir, process::cwd);
    use(user, (String text) -> process.user(text));
    get(groups).ifPresent(names -> process.groups(((List<?>) names).toArray(String[]::new)));
    use(timeout, process::timeout);
  }
}
