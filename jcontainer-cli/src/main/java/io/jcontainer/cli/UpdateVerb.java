package io.jcontainer.cli;

import io.jcontainer.CgroupLimits;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.InvalidSpecException;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code update}: changes limits of containers that run. */
final class UpdateVerb implements Verb {
  private final Caller caller;
  private final Complaints complaints;
  private final Supplier<ContainerRuntime> runtime;
  private final LimitOptions limits = new LimitOptions();
  private final PositionalParamSpec containers = Handles.operands();

  UpdateVerb(Caller caller, Complaints complaints, Supplier<ContainerRuntime> runtime) {
    this.caller = caller;
    this.complaints = complaints;
    this.runtime = runtime;
  }

  @Override
  public CommandSpec description() {
    CommandSpec update = CommandSpec.create().name("update");
    limits.options().forEach(update::addOption);
    update.addPositional(containers);
    update
        .usageMessage()
        .customSynopsis("jcontainer update OPTIONS CONTAINER...")
        .description(
            "Changes limits of containers of this user that run; what is not given stays as it is."
                + " Of a container, all are changed or none.")
        .sortOptions(false);
    return update;
  }

  @Override
  public int run() {
    CgroupLimits changes =
        limits
            .limits()
            .orElseThrow(() -> new InvalidSpecException("limits", "none was given to change"));
    try (ContainerRuntime all = runtime.get()) {
      for (String name : containers.<List<String>>getValue()) {
        ContainerHandle container = Handles.find(all, name);
        container.update(changes);
        container.unenforced().forEach(complaints::say);
        caller.out().println(name);
      }
    }
    return ExitCode.OK;
  }
}
