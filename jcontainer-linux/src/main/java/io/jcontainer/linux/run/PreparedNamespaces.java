package io.jcontainer.linux.run;

import io.jcontainer.ContainerSpec;
import io.jcontainer.linux.request.Kind;
import io.jcontainer.linux.request.LaunchRequest;
import io.jcontainer.linux.sys.Fd;
import java.util.List;
import java.util.Map;

/**
 * The new namespaces that were made for a container before its start.
 *
 * @param numbers by which the launcher gets them
 * @param descriptors the same in the JVM
 */
record PreparedNamespaces(Map<Kind, Integer> numbers, List<Fd> descriptors)
    implements AutoCloseable {
  private static final PreparedNamespaces NONE = new PreparedNamespaces(Map.of(), List.of());

  /** Nothing. */
  static PreparedNamespaces none() {
    return NONE;
  }

  /** Takes those that a container can use, if they are ready. */
  static PreparedNamespaces take(
      ContainerSpec spec, UserNamespaces.Entry user, JoinedNamespaces joined, NetworkPool pool) {
    Fd owner = user.namespace();
    if (owner == null || !canUse(spec, user)) {
      return NONE;
    }
    return pool.take(owner)
        .map(network -> new PreparedNamespaces(numbers(user, joined), List.of(network)))
        .orElse(NONE);
  }

  /** The numbers of those that it would take. */
  static Map<Kind, Integer> look(
      ContainerSpec spec, UserNamespaces.Entry user, JoinedNamespaces joined, NetworkPool pool) {
    return canUse(spec, user) && pool.isReady() ? numbers(user, joined) : Map.of();
  }

  /** A network namespace belongs to one user namespace, and those of the pool to the usual one. */
  private static boolean canUse(ContainerSpec spec, UserNamespaces.Entry user) {
    return Kind.NETWORK.isOwn(spec.namespaces()) && user.isUsual();
  }

  private static Map<Kind, Integer> numbers(UserNamespaces.Entry user, JoinedNamespaces joined) {
    return Map.of(Kind.NETWORK, LaunchRequest.firstPrepared(user.placement(), joined.numbers()));
  }

  /** The launcher has its own. */
  @Override
  public void close() {
    descriptors.forEach(Fd::close);
  }
}
