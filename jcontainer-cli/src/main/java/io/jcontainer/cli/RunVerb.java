package io.jcontainer.cli;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import io.jcontainer.ExitStatus;
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
      return options.dryRun() ? print(containers, spec) : start(containers, spec);
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

  private int start(ContainerRuntime containers, ContainerSpec spec) {
    try (Signals signals = Signals.take();
        Container container = containers.start(spec)) {
      signals.handOnTo(container, !spec.init());
      ExitStatus exit = container.waitFor();
      if (exit.timedOut()) {
        complaints.say(
            "killed because its time was over"
                + spec.timeout().map(limit -> ": " + DurationText.of(limit)).orElse(""));
      }
      return signals.killedFor().map(ExitCode::of).orElseGet(() -> ExitCode.of(exit));
    }
  }
}
