package io.jcontainer.cli;

import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerRuntime;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verbs {@code pause} and {@code unpause}: containers stand still, and go on. */
final class PauseVerb implements Verb {
  private final Caller caller;
  private final Supplier<ContainerRuntime> runtime;
  private final boolean resumes;
  private final PositionalParamSpec containers = Handles.operands();

  private PauseVerb(Caller caller, Supplier<ContainerRuntime> runtime, boolean resumes) {
    this.caller = caller;
    this.runtime = runtime;
    this.resumes = resumes;
  }

  static PauseVerb pause(Caller caller, Supplier<ContainerRuntime> runtime) {
    return new PauseVerb(caller, runtime, false);
  }

  static PauseVerb unpause(Caller caller, Supplier<ContainerRuntime> runtime) {
    return new PauseVerb(caller, runtime, true);
  }

  @Override
  public CommandSpec description() {
    String name = resumes ? "unpause" : "pause";
    CommandSpec verb = CommandSpec.create().name(name);
    verb.addPositional(containers);
    verb.usageMessage()
        .customSynopsis("jcontainer " + name + " CONTAINER...")
        .description(
            resumes
                ? "Lets containers of this user go on that were paused."
                : "Makes all processes of containers of this user stand still, until unpause.");
    return verb;
  }

  @Override
  public int run() {
    try (ContainerRuntime all = runtime.get()) {
      for (String name : containers.<List<String>>getValue()) {
        ContainerHandle container = Handles.find(all, name);
        if (resumes) {
          container.resume();
        } else {
          container.pause();
        }
        caller.out().println(name);
      }
    }
    return ExitCode.OK;
  }
}
