package io.jcontainer.cli;

import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ProcessSpec;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The verb {@code exec}: starts a further process in a container of this user, and waits for it.
 */
final class ExecVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec container = Handles.operand(0);
  private final ProcessOptions process =
      new ProcessOptions(
          1,
          "COMMAND [ARG...]",
          "What runs, and its arguments, also those that look like options.");

  ExecVerb(Caller caller, Complaints complaints, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec exec = CommandSpec.create().name("exec");
    process.options().forEach(exec::addOption);
    exec.addPositional(container).addPositional(process.command());
    exec.usageMessage()
        .customSynopsis("jcontainer exec [OPTIONS] CONTAINER COMMAND [ARG...]")
        .description(
            "Runs a command in a container that runs, on this terminal, and waits for its end.")
        .sortOptions(false);
    return exec;
  }

  @Override
  public int run() {
    ProcessSpec.Builder builder = ProcessSpec.builder();
    process.describe(builder, caller.env());
    builder.command(process.words());
    ProcessSpec spec = builder.build();
    try (ContainerRuntime containers = runtime.get()) {
      ContainerHandle found = Handles.find(containers, container.getValue());
      return new Attachment(complaints)
          .run(spec, process.interactive(), false, () -> found.exec(spec));
    }
  }
}
