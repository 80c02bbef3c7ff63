package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code top}: lists the processes of a container, as the host sees them. */
final class TopVerb implements Verb {
  private static final String FORMAT = "%-8s  %-12s  %-9s  %s%n";

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec container = Handles.operand(0);

  TopVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec top = CommandSpec.create().name("top");
    top.addPositional(container);
    top.usageMessage()
        .customSynopsis("jcontainer top CONTAINER")
        .description(
            "Lists the processes of a container of this user, with their numbers and users as the"
                + " host has them.");
    return top;
  }

  @Override
  public int run() {
    try (ContainerRuntime all = runtime.get()) {
      long first = Handles.find(all, container.getValue()).pid();
      List<HostProcess> processes = ContainerProcesses.of(HostProcess.all(), first);
      UserNames users = UserNames.read();
      caller.out().printf(FORMAT, "PID", "USER", "TIME", "COMMAND");
      for (HostProcess process : processes) {
        caller
            .out()
            .printf(
                FORMAT,
                process.pid(),
                users.of(process.uid()),
                clock(process.cpu()),
                TableText.printable(process.command()));
      }
    }
    return ExitCode.OK;
  }

  private static String clock(Duration time) {
    return "%02d:%02d:%02d".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }
}
