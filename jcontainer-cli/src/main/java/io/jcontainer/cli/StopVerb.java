package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code stop}: asks containers to end, and kills those that have not in time. */
final class StopVerb implements Verb {
  private static final Duration USUAL = Duration.ofSeconds(10); // Docker's

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec containers = Handles.operands();
  private final OptionSpec time =
      Options.value(
          Duration.class,
          DurationText::parse,
          "DURATION",
          "How long each may take until it is killed. Default: 10s.",
          "-t",
          "--time");

  StopVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec stop = CommandSpec.create().name("stop");
    stop.addOption(time).addPositional(containers);
    stop.usageMessage()
        .customSynopsis("jcontainer stop [OPTIONS] CONTAINER...")
        .description(
            "Sends containers of this user their stop signal, waits for their end, and kills those"
                + " that take too long.");
    return stop;
  }

  @Override
  public int run() {
    Duration grace = Options.<Duration>get(time).orElse(USUAL);
    try (ContainerRuntime all = runtime.get()) {
      for (String name : containers.<List<String>>getValue()) {
        Handles.find(all, name).stop(grace);
        caller.out().println(name);
      }
    }
    return ExitCode.OK;
  }
}
