package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.HostReport;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command as a whole: finds the verb, and turns whatever goes wrong into one message and an
 * exit code.
 *
 * <p>The options are described by picocli's builders: its annotations would be read by reflection,
 * which takes longer than the start of a container.
 */
final class Jcontainer {
  private static final String DEBUG = "--debug";
  private static final String COMPLETION = "completion";

  private final Caller caller;
  private final Complaints complaints;
  private final Map<String, Supplier<Verb>> verbs = new LinkedHashMap<>();

  /**
   * The command.
   *
   * @param caller who calls it
   * @param runtime makes the runtime; called at most once, and only if one is needed
   * @param host tries what the host can do
   */
  Jcontainer(Caller caller, Runtimes runtime, Supplier<HostReport> host) {
    this.caller = caller;
    complaints = new Complaints(caller.err(), caller.debugs());
    // All that it can do, in the order of the help.
    verbs.put("run", () -> new RunVerb(caller, complaints, runtime));
    verbs.put("exec", () -> new ExecVerb(caller, complaints, runtime));
    verbs.put("ps", () -> new PsVerb(caller, runtime));
    verbs.put("top", () -> new TopVerb(caller, runtime));
    verbs.put("stats", () -> new StatsVerb(caller, runtime));
    verbs.put("events", () -> new EventsVerb(caller, runtime));
    verbs.put("cp", () -> new CpVerb(runtime));
    verbs.put("diff", () -> new DiffVerb(caller, runtime));
    verbs.put("commit", () -> new CommitVerb(caller, runtime));
    verbs.put("export", () -> new ExportVerb(caller, runtime));
    verbs.put("update", () -> new UpdateVerb(caller, complaints, runtime));
    verbs.put("pause", () -> PauseVerb.pause(caller, runtime));
    verbs.put("unpause", () -> PauseVerb.unpause(caller, runtime));
    verbs.put("stop", () -> new StopVerb(caller, runtime));
    verbs.put("kill", () -> new KillVerb(caller, runtime));
    verbs.put("pull", () -> new PullVerb(caller, runtime));
    verbs.put("push", () -> new PushVerb(caller));
    verbs.put("images", () -> new ImagesVerb(caller, complaints, "images"));
    verbs.put("load", () -> new LoadVerb(caller, runtime));
    verbs.put("save", () -> new SaveVerb(caller));
    verbs.put("import", () -> new ImportVerb(caller));
    verbs.put("tag", () -> new TagVerb(caller));
    verbs.put("rmi", () -> new RmiVerb(caller, complaints, runtime, "rmi"));
    verbs.put("inspect", () -> InspectVerb.ofAll(caller, complaints, runtime));
    verbs.put("history", () -> new HistoryVerb(caller));
    verbs.put("image", () -> new ImageVerb(caller, complaints, runtime));
    verbs.put("login", () -> new LoginVerb(caller, complaints));
    verbs.put("logout", () -> new LogoutVerb(caller));
    verbs.put("system", () -> new SystemVerb(caller, runtime));
    verbs.put("doctor", () -> new DoctorVerb(caller, host));
    verbs.put(COMPLETION, () -> new CompletionVerb(caller));
  }

  private static CommandSpec root() {
    CommandSpec root = CommandSpec.create().name("jcontainer");
    root.usageMessage().description("Runs commands in containers, without a daemon or root.");
    root.versionProvider(new Versions());
    root.parser().stopAtPositional(true);
    root.addOption(help());
    root.addOption(
        OptionSpec.builder("--version")
            .versionHelp(true)
            .description("Print the version.")
            .build());
    return root;
  }

  /** No lambda, see {@link Options}. */
  private static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"jcontainer " + Version.current()};
    }
  }

  private static OptionSpec help() {
    return OptionSpec.builder("--help").usageHelp(true).description("Print this help.").build();
  }

  /**
   * Does what the arguments say.
   *
   * @param args what the user typed
   * @return the exit code, see {@link ExitCode}
   */
  int run(String... args) {
    Map<String, Verb> wanted = wanted(args);
    CommandLine commandLine = new CommandLine(root());
    for (Verb verb : wanted.values()) {
      commandLine.addSubcommand(description(verb));
    }
    commandLine.setExpandAtFiles(false); // "run echo @file" prints "@file"
    try {
      return dispatch(commandLine, wanted, commandLine.parseArgs(args));
    } catch (ParameterException e) {
      complaints.misuse(message(e), e.getCommandLine().getCommandSpec().qualifiedName());
      return ExitCode.FAILED;
    } catch (ContainerException e) {
      complaints.failure(e);
      return ExitCode.of(e);
    } catch (RuntimeException | Error e) {
      complaints.defect(e);
      return ExitCode.FAILED;
    }
  }

  /**
   * The verb that the first word names, alone: to describe them all to picocli takes longer than
   * the start of a container. If it names none, or one that tells about all: all.
   */
  private Map<String, Verb> wanted(String... args) {
    Map<String, Verb> wanted = new LinkedHashMap<>();
    boolean one = args.length > 0 && verbs.containsKey(args[0]) && !args[0].equals(COMPLETION);
    verbs.forEach(
        (name, verb) -> {
          if (!one || name.equals(args[0])) {
            wanted.put(name, verb.get());
          }
        });
    return wanted;
  }

  private static CommandSpec description(Verb verb) {
    CommandSpec description = verb.description();
    description.addOption(
        OptionSpec.builder(DEBUG)
            .type(boolean.class)
            .description("Stack traces and log messages.")
            .build());
    description.addOption(help());
    // "run sh -c id" gives -c to sh.
    description.parser().stopAtPositional(verb.optionsFirst());
    verb.parts().forEach((name, part) -> description.addSubcommand(name, description(part)));
    return description;
  }

  private int dispatch(CommandLine commandLine, Map<String, Verb> wanted, ParseResult parsed) {
    if (parsed.isVersionHelpRequested()) {
      commandLine.printVersionHelp(caller.out());
      return ExitCode.OK;
    }
    ParseResult last = parsed;
    Map<String, Verb> verbs = wanted;
    Optional<Verb> verb = Optional.empty();
    while (!last.isUsageHelpRequested() && last.subcommand() != null) {
      last = last.subcommand();
      verb = Optional.of(Objects.requireNonNull(verbs.get(last.commandSpec().name())));
      verbs = verb.get().parts();
      if (last.hasMatchedOption(DEBUG) || caller.debugs()) {
        complaints.trace();
        // Read by slf4j-simple when the runtime's first logger is made.
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "debug");
      }
    }
    if (last.isUsageHelpRequested()) {
      last.commandSpec().commandLine().usage(caller.out());
      return ExitCode.OK;
    }
    if (verb.isEmpty() || !verbs.isEmpty()) {
      throw new ParameterException(last.commandSpec().commandLine(), "a command is needed");
    }
    return verb.get().run();
  }

  private static String message(ParameterException e) {
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.isUnknownOption()
        && !e.getCommandLine().getSubcommands().isEmpty()) {
      return "'%s' is not a %s command"
          .formatted(
              unmatched.getUnmatched().get(0), e.getCommandLine().getCommandSpec().qualifiedName());
    }
    return String.valueOf(e.getMessage());
  }
}
