package io.jcontainer.cli;

import io.jcontainer.Container;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.ContainerSpec;
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
    caller.print("the plan", containers.plan(spec).toString());
    return ExitCode.OK;
  }
}
