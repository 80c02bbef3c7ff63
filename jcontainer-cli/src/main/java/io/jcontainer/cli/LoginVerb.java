package io.jcontainer.cli;

import io.jcontainer.ContainerException;
import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.registry.Credentials;
import io.jcontainer.images.registry.DockerConfig;
import io.jcontainer.images.registry.Registry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The verb {@code login}: asks a registry whether credentials are good, and keeps them. */
final class LoginVerb implements Verb {
  private static final int LONGEST = 64 << 10;

  private final Caller caller;
  private final Complaints complaints;
  private final RegistryAccess access;
  private final OptionSpec user = Options.text("NAME", "As whom.", "-u", "--username");
  private final OptionSpec password =
      Options.text(
          "PASSWORD",
          "The password or a token; others on this host can see it.",
          "-p",
          "--password");
  private final OptionSpec fromStdin =
      Options.flag("Read the password from standard input.", "--password-stdin");
  private final PositionalParamSpec server = LogoutVerb.server();

  LoginVerb(Caller caller, Complaints complaints) {
    this.caller = caller;
    this.complaints = complaints;
    this.access = new RegistryAccess(caller.env());
  }

  @Override
  public CommandSpec description() {
    CommandSpec login = CommandSpec.create().name("login");
    login.addOption(user).addOption(password).addOption(fromStdin);
    access.options().forEach(login::addOption);
    login.addPositional(server);
    login
        .usageMessage()
        .customSynopsis("jcontainer login [OPTIONS] [SERVER]")
        .description(
            "Asks a registry whether a name and a password are good, and keeps them where docker"
                + " login does: in the credential helper that $DOCKER_CONFIG/config.json or"
                + " ~/.docker/config.json names, or else in this file, readable but by its owner.");
    return login;
  }

  @Override
  public boolean optionsFirst() {
    return false;
  }

  @Override
  public int run() {
    String host = LogoutVerb.host(server);
    if (Options.get(password).isPresent() && Options.given(fromStdin)) {
      throw new InvalidSpecException("password", "-p and --password-stdin exclude each other");
    }
    if (Options.given(fromStdin) && Options.get(user).isEmpty()) {
      throw new InvalidSpecException("username", "--password-stdin needs -u");
    }
    if (Options.get(password).isPresent()) {
      complaints.say("others on this host can see what -p has: better use --password-stdin");
    }
    String name = Options.<String>get(user).orElseGet(this::askedName);
    Credentials credentials = Credentials.of(name, secret());
    try (Registry registry = access.open(host)) {
      registry.login(host, credentials);
    }
    DockerConfig.of(access.dockerConfig()).login(host, credentials);
    caller.print("the result", "Login Succeeded\n");
    return ExitCode.OK;
  }

  private String secret() {
    return Options.<String>get(password)
        .orElseGet(() -> Options.given(fromStdin) ? readSecret() : askedSecret());
  }

  /** All of standard input but the end of its last line, as Docker takes it. */
  private String readSecret() {
    try {
      byte[] bytes = caller.in().readNBytes(LONGEST);
      return new String(bytes, StandardCharsets.UTF_8).replaceFirst("\r?\n\\z", "");
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read", e);
    }
  }

  private String askedName() {
    caller.print("the question", "Username: ");
    try {
      String line =
          new BufferedReader(new InputStreamReader(caller.in(), StandardCharsets.UTF_8)).readLine();
      return Optional.ofNullable(line).map(String::strip).orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be read", e);
    }
  }

  private String askedSecret() {
    return Optional.ofNullable(System.console())
        .filter(console -> caller.isTyped())
        .map(console -> console.readPassword("Password: "))
        .map(String::new)
        .orElseThrow(
            () ->
                new ContainerException(
                    "there is no terminal to ask for the password at: use -u NAME with"
                        + " --password-stdin"));
  }
}
