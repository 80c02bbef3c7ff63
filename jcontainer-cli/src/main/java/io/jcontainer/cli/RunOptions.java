package io.jcontainer.cli;

import io.jcontainer.ContainerSpec;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.Namespace;
import io.jcontainer.Stdio;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options of {@code run}, with Docker's names where Docker has them, and the spec they make.
 */
final class RunOptions {
  private final OptionSpec rootfs =
      OptionSpec.builder("--rootfs")
          .paramLabel("DIR")
          .type(List.class)
          .auxiliaryTypes(Path.class)
          .converters(RunOptions::directory)
          .description(
              "A directory as root file system, which is never changed: writes go to memory and"
                  + " vanish. Several are layers, the lowest first. Default: the host's programs,"
                  + " read-only.")
          .build();
  private final OptionSpec readOnly =
      flag("--read-only", "No write layer; a private /tmp stays writable.");
  private final OptionSpec writable =
      flag("--writable", "A write layer, also above the host's programs.");
  private final OptionSpec hostname = text("NAME", "Default: the container's id.", "--hostname");
  private final OptionSpec domainname = text("NAME", "The NIS domain name.", "--domainname");
  private final OptionSpec env =
      OptionSpec.builder("-e", "--env")
          .paramLabel("NAME[=VALUE]")
          .type(List.class)
          .auxiliaryTypes(String.class)
          .description("A variable of its environment; without a value it gets the caller's.")
          .build();
  private final OptionSpec workdir = text("DIR", "Default: /", "-w", "--workdir");
  private final OptionSpec network =
      OptionSpec.builder("--network")
          .paramLabel("none|host")
          .type(Namespace.class)
          .converters(RunOptions::network)
          .description("Only loopback (none, the default), or the host's network.")
          .build();
  private final OptionSpec timeout =
      OptionSpec.builder("--timeout")
          .paramLabel("DURATION")
          .type(Duration.class)
          .converters(DurationText::parse)
          .description("Kill it after this time: 500ms, 10s, 1m, 2h; a plain number is seconds.")
          .build();
  private final OptionSpec dryRun =
      flag("--dry-run", "Print the system calls that would start it, and start nothing.");
  private final PositionalParamSpec command =
      PositionalParamSpec.builder()
          .paramLabel("COMMAND [ARG...]")
          .hideParamSyntax(true)
          .type(List.class)
          .auxiliaryTypes(String.class)
          .arity("1..*")
          .required(true)
          .description("What runs, and its arguments, also those that look like options.")
          .build();

  /** How picocli knows these options. */
  CommandSpec description() {
    CommandSpec run = CommandSpec.create().name("run");
    for (OptionSpec option :
        List.of(
            rootfs,
            readOnly,
            writable,
            hostname,
            domainname,
            env,
            workdir,
            network,
            timeout,
            dryRun)) {
      run.addOption(option);
    }
    run.addPositional(command);
    run.usageMessage()
        .customSynopsis("jcontainer run [OPTIONS] [--] COMMAND [ARG...]")
        .description("Runs a command in a new container, on this terminal, and waits for its end.")
        .sortOptions(false)
        .footer(
            "",
            "The exit code is the command's, or 128 plus the signal that killed it; 125 if",
            "jcontainer failed, 126 if the command cannot be invoked, 127 if it is not found.");
    return run;
  }

  boolean dryRun() {
    return given(dryRun);
  }

  /**
   * What the parsed options describe.
   *
   * @param callerEnv where variables without a value are taken from
   * @throws InvalidSpecException if they do not fit together, or one is wrong
   */
  ContainerSpec spec(Map<String, String> callerEnv) {
    ContainerSpec.Builder spec =
        ContainerSpec.builder()
            .command(command.<List<String>>getValue())
            .rootfs(rootfs())
            .stdin(Stdio.INHERIT)
            .stdout(Stdio.INHERIT)
            .stderr(Stdio.INHERIT);
    use(env, (List<String> words) -> spec.env(Variables.of(words, callerEnv)));
    use(hostname, spec::hostname);
    use(domainname, spec::domainname);
    use(workdir, spec::cwd);
    use(network, (Namespace choice) -> spec.namespaces(ns -> ns.network(choice)));
    use(timeout, spec::timeout);
    return spec.build();
  }

  private LayeredRootfs rootfs() {
    if (given(readOnly) && given(writable)) {
      throw new InvalidSpecException("rootfs", "--read-only and --writable exclude each other");
    }
    List<Path> layers = rootfs.getValue();
    LayeredRootfs root = layers == null ? LayeredRootfs.host() : LayeredRootfs.layers(layers);
    return given(readOnly) ? root.readOnly() : given(writable) ? root.writable() : root;
  }

  private static Path directory(String text) {
    if (text.isEmpty()) {
      // Path.of("") would be the working directory: not what an unset variable should mean.
      throw new TypeConversionException("a directory is needed");
    }
    return Path.of(text).toAbsolutePath();
  }

  private static Namespace network(String text) {
    return switch (text) {
      case "none" -> Namespace.own();
      case "host" -> Namespace.host();
      default -> throw new TypeConversionException("'" + text + "' is neither none nor host");
    };
  }

  private static OptionSpec flag(String name, String description) {
    return OptionSpec.builder(name).type(boolean.class).description(description).build();
  }

  private static OptionSpec text(String label, String description, String... names) {
    return OptionSpec.builder(names)
        .paramLabel(label)
        .type(String.class)
        .description(description)
        .build();
  }

  private static boolean given(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }

  private static <T> void use(OptionSpec option, Consumer<T> use) {
    T value = option.getValue();
    if (value != null) {
      use.accept(value);
    }
  }
}
