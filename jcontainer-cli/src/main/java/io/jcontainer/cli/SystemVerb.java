package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code system}: what concerns no single container. */
final class SystemVerb implements Verb {
  private static final String SWEEP = "sweep";

  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;

  SystemVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec system = CommandSpec.create().name("system");
    system.addPositional(
        PositionalParamSpec.builder()
            .paramLabel(SWEEP)
            .hideParamSyntax(true)
            .index("0")
            .type(String.class)
            .arity("1")
            .required(true)
            .converters(Options.oneOf(SWEEP))
            .completionCandidates(List.of(SWEEP))
            .description("The only task that there is.")
            .build());
    system
        .usageMessage()
        .customSynopsis("jcontainer system sweep")
        .description(
            "Removes what programs of this user that were killed have left in the state directory,"
                + " and prints it, a path a line. What belongs to one that runs, or is stopped,"
                + " stays.")
        .footer("", "The exit code is 0 also if there was nothing to remove.");
    return system;
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
