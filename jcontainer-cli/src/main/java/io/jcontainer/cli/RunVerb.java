package io.jcontainer.cli;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The verb {@code run}: starts one container on the caller's own streams, and waits for its end.
 */
final class RunVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Runtimes runtimes;
  private final RunOptions options = new RunOptions();

  RunVerb(Caller caller, Complaints complaints, Runtimes runtimes) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtimes = runtimes;
  }

  @Override
  public CommandSpec description() {
    return options.description();
  }

  @Override
  public int run() {
    ContainerSpec spec = options.spec(caller.env());
    try (ContainerRuntime containers = runtimes.below(options.cgroupParent())) {
      if (options.dryRun()) {
        return print(containers, spec);
      }
      return new Attachment(complaints)
          .run(spec.process(), options.interactive(), !spec.init(), () -> start(containers, spec));
    }
  }

  private Container start(ContainerRuntime containers, ContainerSpec spec) {
    Container container = containers.start(spec);
    if (spec.limits().isPresent()) {
      container.unenforced().forEach(complaints::say);
    }
    return container;
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
