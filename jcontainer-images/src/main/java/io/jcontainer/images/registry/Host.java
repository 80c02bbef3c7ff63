package io.jcontainer.images.registry;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageReference;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** The names of registries: a host with a port if it needs one. */
final class Host {
  /** What Docker Hub is called in names of images. */
  static final String HUB = "docker.io";

  /** Where Docker Hub's registry really is. */
  private static final String HUB_REGISTRY = "registry-1.docker.io";

  /** Under what Docker and the helpers have the credentials for Docker Hub. */
  private static final String HUB_KEY = "https://index.docker.io/v1/";

  private static final Pattern LOOPBACK =
      Pattern.compile("(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])(?::[0-9]+)?");

  private Host() {}

  /**
   * Checks and normalises what a user calls a registry.
   *
   * @throws InvalidSpecException if it is none
   */
  static String parse(String text) {
    String host =
        new ImageReference(text, "x", Optional.empty(), Optional.empty())
            .domain()
            .toLowerCase(Locale.ROOT);
    return host.equals(HUB_REGISTRY) || host.equals("index.docker.io") ? HUB : host;
  }

  /** Where it is asked for by HTTP. */
  static String address(String host) {
    return host.equals(HUB) ? HUB_REGISTRY : host;
  }

  /** What its credentials are called where Docker has them. */
  static String credentialsKey(String host) {
    return host.equals(HUB) ? HUB_KEY : host;
  }

  /**
   * Whether it is written as an address of this machine. A name that merely leads to one is none,
   * since whoever answers for the name can change that.
   */
  static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }
}
