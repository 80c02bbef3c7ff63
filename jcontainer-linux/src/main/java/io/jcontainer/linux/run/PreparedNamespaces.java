package io.jcontainer.linux.run;

import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Fd;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The new namespaces that were made for a container before its start.
 *
 * @param made the descriptors of those that were ready
 */
record PreparedNamespaces(Map<Kind, Fd> made) implements AutoCloseable {

  /** Nothing. */
  static PreparedNamespaces none() {
    return new PreparedNamespaces(Map.of());
  }

  /**
   * Takes those that a container can use, if they are ready.
   *
   * @param request the start's, as if nothing were prepared
   */
  static PreparedNamespaces take(
      LaunchRequest request, UserNamespaces.Entry user, NetworkPool networks, RootPool roots) {
    Map<Kind, Fd> made = new EnumMap<>(Kind.class);
    try {
      Fd owner = user.namespace();
      if (owner != null && canUseNetwork(request, user)) {
        networks.take(owner).ifPresent(network -> made.put(Kind.NETWORK, network));
      }
      roots.take(request, user).ifPresent(root -> made.put(Kind.MOUNT, root));
      return new PreparedNamespaces(made);
    } catch (RuntimeException | Error e) {
      made.values().forEach(Fd::close);
      throw e;
    }
  }

  /** The request with what would be ready for it. */
  static LaunchRequest look(
      LaunchRequest request, UserNamespaces.Entry user, NetworkPool networks, RootPool roots) {
    Map<Kind, Integer> numbers = new EnumMap<>(Kind.class);
    int next = LaunchRequest.firstPrepared(request.user(), request.joined());
    if (canUseNetwork(request, user) && networks.isReady()) {
      numbers.put(Kind.NETWORK, next++);
    }
    if (roots.isReady(request, user)) {
      numbers.put(Kind.MOUNT, next);
    }
    return request.with(numbers);
  }

  /** A network namespace belongs to one user namespace, and those of the pool to the usual one. */
  private static boolean canUseNetwork(LaunchRequest request, UserNamespaces.Entry user) {
    return request.own(Kind.NETWORK) && user.isUsual();
  }

  /** The request with these. */
  LaunchRequest of(LaunchRequest request) {
    Map<Kind, Integer> numbers = new EnumMap<>(Kind.class);
    int next = LaunchRequest.firstPrepared(request.user(), request.joined());
    for (Kind kind : made.keySet()) {
      numbers.put(kind, next++);
    }
    return request.with(numbers);
  }

  /** In the order of their numbers. */
  List<Fd> descriptors() {
    return List.copyOf(made.values());
  }

  /** Closes all but the mount namespace, which is the caller's now. */
  Optional<Fd> closeButMounts() {
    made.forEach(
        (kind, namespace) -> {
          if (kind != Kind.MOUNT) {
            namespace.close();
          }
        });
    return Optional.ofNullable(made.get(Kind.MOUNT));
  }

  /** The launcher has its own. */
  @Override
  public void close() {
    made.values().forEach(Fd::close);
  }
}
