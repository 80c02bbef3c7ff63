package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** The verb {@code system}: what concerns no single container and no single image. */
final class SystemVerb implements Verb {
  private final Map<String, Verb> parts = new LinkedHashMap<>();

  SystemVerb(Caller caller, Supplier<ContainerRuntime> runtime) {
    parts.put("sweep", new SystemSweepVerb(caller, runtime));
    parts.put("df", new SystemDfVerb(caller));
  }

  @Override
  public CommandSpec description() {
    CommandSpec system = CommandSpec.create().name("system");
    system
        .usageMessage()
        .customSynopsis("jcontainer system COMMAND")
        .description("Does what concerns no single container and no single image.");
    return system;
  }

  @Override
  public Map<String, Verb> parts() {
    return parts;
  }

  @Override
  public int run() {
    throw new IllegalStateException("one of its verbs runs");
  }
}
