package io.jcontainer.cli;

import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.Signal;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code kill}: ends containers at once, or sends them a signal. */
final class KillVerb implements Verb {
  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec containers = Handles.operands();
  private final OptionSpec signal =
      Options.value(
          Signal.class,
          Signal::parse,
          "SIGNAL",
          "A name or number, to the container's command only. Default: SIGKILL, to all of it.",
          "-s",
          "--signal");

  KillVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec kill = CommandSpec.create().name("kill");
    kill.addOption(signal).addPositional(containers);
    kill.usageMessage()
        .customSynopsis("jcontainer kill [OPTIONS] CONTAINER...")
        .description("Ends containers of this user at once, or sends them a signal.");
    return kill;
  }

  @Override
  public int run() {
    Optional<Signal> chosen = Options.get(signal);
    try (ContainerRuntime all = runtime.get()) {
      for (String name : containers.<List<String>>getValue()) {
        ContainerHandle container = Handles.find(all, name);
        chosen.ifPresentOrElse(container::signal, container::kill);
        caller.out().println(name);
      }
    }
    return ExitCode.OK;
  }
}
