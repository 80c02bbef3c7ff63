package io.jcontainer.cli;

import io.jcontainer.images.registry.DockerConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code logout}: forgets the credentials for a registry. */
final class LogoutVerb implements Verb {
  private static final String HUB = "docker.io";

  private final Caller caller;
  private final RegistryAccess access;
  private final PositionalParamSpec server = server();

  LogoutVerb(Caller caller) {
    this.caller = caller;
    this.access = new RegistryAccess(caller.env());
  }

  /** The registry that a call names. */
  static PositionalParamSpec server() {
    return Operands.optional(0, "SERVER", "The registry's host, and port. Default: Docker Hub.");
  }

  /** Its host, also if an address of it was given. */
  static String host(PositionalParamSpec server) {
    return Options.<String>get(server)
        .map(text -> text.replaceFirst("^https?://", "").replaceFirst("/.*$", ""))
        .orElse(HUB);
  }

  @Override
  public CommandSpec description() {
    CommandSpec logout = CommandSpec.create().name("logout");
    logout.addPositional(server);
    logout
        .usageMessage()
        .customSynopsis("jcontainer logout [SERVER]")
        .description("Forgets the credentials for a registry that login or docker login has kept.");
    return logout;
  }

  @Override
  public int run() {
    String host = host(server);
    boolean known = DockerConfig.of(access.dockerConfig()).logout(host);
    caller.print(
        "the result",
        (known ? "Removing login credentials for " : "Not logged in to ") + host + "\n");
    return ExitCode.OK;
  }
}
