package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The verb {@code run}: starts one container on the caller's own streams, and waits for its end.
 */
final class RunVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Supplier<ContainerRuntime> runtime;
  private final RunOptions options = new RunOptions();

  RunVerb(Caller caller, Complaints complaints, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    return options.description();
  }

  @Override
  public int run() {
    ContainerSpec spec = options.spec(caller.env());
    try (ContainerRuntime containers = runtime.get()) {
      if (options.dryRun()) {
        return print(containers, spec);
      }
      return new Attachment(complaints)
          .run(spec.process(), options.interactive(), !spec.init(), () -> containers.start(spec));
    }
  }

  private int print(ContainerRuntime containers, ContainerSpec spec) {
    // In one write, which a pipe takes whole: a reader that leaves early, as head(1), is no
    // failure.
    byte[] plan = containers.plan(spec).toString().getBytes(StandardCharsets.UTF_8);
    caller.out().write(plan, 0, plan.length);
    if (caller.out().checkError()) {
      throw new ContainerException("the plan cannot be written to standard output");
    }
    return ExitCode.OK;
  }
}
