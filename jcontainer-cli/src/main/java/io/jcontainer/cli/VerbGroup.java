package io.jcontainer.cli;

import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** A verb that has verbs of its own, and does nothing itself. */
abstract class VerbGroup implements Verb {
  private final String name;
  private final String description;
  private final Map<String, Verb> parts;

  /**
   * A group.
   *
   * @param name the verb
   * @param description for its help
   * @param parts its verbs, in the order of its help
   */
  VerbGroup(String name, String description, Map<String, Verb> parts) {
    this.name = name;
    this.description = description;
    this.parts = parts;
  }

  @Override
  public CommandSpec description() {
    CommandSpec group = CommandSpec.create().name(name);
    group.usageMessage().customSynopsis("jcontainer " + name + " COMMAND").description(description);
    return group;
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
