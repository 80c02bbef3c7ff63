package io.jcontainer.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code completion}: prints what bash needs to complete verbs and options. */
final class CompletionVerb implements Verb {
  private final Caller caller;
  private final CommandSpec description = CommandSpec.create().name("completion");

  CompletionVerb(Caller caller) {
    this.caller = caller;
  }

  @Override
  public CommandSpec description() {
    description
        .usageMessage()
        .customSynopsis("jcontainer completion")
        .description("Prints a completion script for bash and zsh.")
        .footer("", "In bash: source <(jcontainer completion)");
    return description;
  }

  @Override
  public int run() {
    caller.out().println(AutoComplete.bash("jcontainer", description.root().commandLine()));
    return ExitCode.OK;
  }
}
