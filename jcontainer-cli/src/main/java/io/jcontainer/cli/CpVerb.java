package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** The verb {@code cp}: copies files into a container, or out of it. */
final class CpVerb implements Verb {
  private final Supplier<ContainerRuntime> runtime;
  private final PositionalParamSpec source = operand("SOURCE", 0);
  private final PositionalParamSpec target = operand("TARGET", 1);
  private final CommandSpec description = CommandSpec.create().name("cp");

  CpVerb(Supplier<ContainerRuntime> runtime) {
    this.runtime = runtime;
  }

  private static PositionalParamSpec operand(String label, int index) {
    return PositionalParamSpec.builder()
        .paramLabel(label)
        .index(Integer.toString(index))
        .type(String.class)
        .arity("1")
        .required(true)
        .description("PATH of the host, or CONTAINER:PATH.")
        .build();
  }

  @Override
  public CommandSpec description() {
    description.addPositional(source).addPositional(target);
    description
        .usageMessage()
        .customSynopsis(
            "jcontainer cp SOURCE CONTAINER:TARGET", "jcontainer cp CONTAINER:SOURCE TARGET")
        .description(
            "Copies a file or a directory with all in it, into a directory that exists or to a new"
                + " name. Nothing of the container's is executed.");
    return description;
  }

  /** A path in a container: {@code CONTAINER:PATH}. */
  private record Inside(String container, String path) {}

  private static Inside inside(String text) {
    int colon = text.indexOf(':');
    // As docker cp: a path of the host that has a colon can be written as ./a:b.
    return colon < 0 || text.startsWith("/") || text.startsWith(".")
        ? new Inside("", text)
        : new Inside(text.substring(0, colon), text.substring(colon + 1));
  }

  @Override
  public int run() {
    Inside from = inside(source.getValue());
    Inside to = inside(target.getValue());
    if (from.container().isEmpty() == to.container().isEmpty()) {
      CommandLine line = Objects.requireNonNull(description.commandLine());
      throw new ParameterException(line, "one of both must be CONTAINER:PATH, the other a path");
    }
    try (ContainerRuntime containers = runtime.get()) {
      if (from.container().isEmpty()) {
        Handles.find(containers, to.container()).copyTo(Path.of(from.path()), to.path());
      } else {
        Handles.find(containers, from.container()).copyFrom(from.path(), Path.of(to.path()));
      }
    }
    return ExitCode.OK;
  }
}
