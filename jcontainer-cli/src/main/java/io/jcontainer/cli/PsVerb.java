package io.jcontainer.cli;

import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The verb {@code ps}: lists the containers of this user. */
final class PsVerb implements Verb {
  private static final String FORMAT = "%-12s  %-40s  %-9s  %-8s  %-8s  %s%n";
  private static final int MOST = 40;

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final OptionSpec quiet = Options.flag("Only the ids.", "-q", "--quiet");

  PsVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec ps = CommandSpec.create().name("ps");
    ps.addOption(quiet);
    ps.usageMessage()
        .customSynopsis("jcontainer ps [OPTIONS]")
        .description(
            "Lists the containers of this user that run: of this command, and of other programs.");
    return ps;
  }

  @Override
  public int run() {
    try (ContainerRuntime containers = runtime.get()) {
      List<ContainerHandle> all = containers.containers();
      if (Options.given(quiet)) {
        all.forEach(container -> caller.out().println(container.id()));
        return ExitCode.OK;
      }
      caller.out().printf(FORMAT, "ID", "COMMAND", "STARTED", "PID", "JVM", "NAME");
      Instant now = Instant.now();
      for (ContainerHandle container : all) {
        caller
            .out()
            .printf(
                FORMAT,
                container.id(),
                shown(String.join(" ", container.command())),
                DurationText.rough(Duration.between(container.startedAt(), now)) + " ago",
                container.pid(),
                container.ownerPid(),
                container.name().orElse(""));
      }
    }
    return ExitCode.OK;
  }

  /** In a line of a table, and nothing that a terminal would take for a command. */
  private static String shown(String command) {
    String printable = command.replaceAll("\\p{C}", "?");
    return printable.length() <= MOST ? printable : printable.substring(0, MOST - 3) + "...";
  }
}
