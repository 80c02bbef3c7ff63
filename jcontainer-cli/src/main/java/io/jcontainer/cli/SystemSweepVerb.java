package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.nio.file.Path;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code system sweep}: removes what killed programs have left. */
final class SystemSweepVerb implements Verb {
  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;

  SystemSweepVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec sweep = CommandSpec.create().name("sweep");
    sweep
        .usageMessage()
        .customSynopsis("jcontainer system sweep")
        .description(
            "Removes what programs of this user that were killed have left in the state directory,"
                + " and prints it, a path a line. What belongs to one that runs, or is stopped,"
                + " stays.")
        .footer("", "The exit code is 0 also if there was nothing to remove.");
    return sweep;
  }

  @Override
  public int run() {
    try (ContainerRuntime containers = runtime.get()) {
      for (Path path : containers.sweep()) {
        caller.out().println(path);
      }
    }
    return ExitCode.OK;
  }
}
