package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.registry.DockerConfig;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.RegistryOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;

/** What all verbs have in common that talk to a registry. */
final class RegistryAccess {
  private final Map<String, String> env;
  private final OptionSpec plainHttp =
      Options.flag(
          "Talk to the registry without TLS, as is done with those on this host: all on the way can"
              + " read and change what is sent.",
          "--plain-http");
  private final OptionSpec authorities =
      Options.value(
          Path.class,
          Path::of,
          "FILE",
          "Certificates of further authorities to trust, in PEM.",
          "--ca-file");

  /**
   * The options.
   *
   * @param env the caller's environment
   */
  RegistryAccess(Map<String, String> env) {
    this.env = env;
  }

  List<OptionSpec> options() {
    return List.of(plainHttp, authorities);
  }

  /**
   * A client.
   *
   * @param host which registry it is for
   */
  Registry open(String host) {
    RegistryOptions options = RegistryOptions.defaults().withDockerConfig(dockerConfig());
    if (Options.given(plainHttp)) {
      options = options.withPlainHttp(host);
    }
    Optional<Path> file = Options.get(authorities);
    return Registry.create(
        file.isPresent() ? options.withCertificateAuthorities(file.get()) : options);
  }

  /** Where {@code login} keeps credentials, and Docker's does. */
  Path dockerConfig() {
    return DockerConfig.usualFile(env)
        .orElseThrow(
            () ->
                new InvalidSpecException(
                    "config", "neither DOCKER_CONFIG nor HOME is set: where are credentials?"));
  }
}
