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
  private static final String FORMAT = "%-12s  %-40s  %-9s  %-7s  %-8s  %-8s  %s%n";
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
      caller.out().printf(FORMAT, "ID", "COMMAND", "STARTED", "STATUS", "PID", "JVM", "NAME");
      Instant now = Instant.now();
      for (ContainerHandle container : all) {
        caller
            .out()
            .printf(
                FORMAT,
                container.id(),
                TableText.shown(String.join(" ", container.command()), MOST),
                DurationText.rough(Duration.between(container.startedAt(), now)) + " ago",
                container.isPaused() ? "paused" : "running",
                container.pid(),
                container.ownerPid(),
                container.name().orElse(""));
      }
    }
    return ExitCode.OK;
  }
}
