package io.jcontainer.cli;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which of the host's processes are a container's. */
final class ContainerProcesses {
  private ContainerProcesses() {}

  /**
   * What has come from the first process, and what is in its pid namespace: a process that has
   * joined the container is its caller's child. In a pid namespace that is not an own one, only the
   * first counts.
   *
   * @param all of the host
   * @param first the number of the container's first process
   * @return by number
   */
  static List<HostProcess> of(Collection<HostProcess> all, long first) {
    Map<Long, HostProcess> byPid = new HashMap<>();
    all.forEach(process -> byPid.put(process.pid(), process));
    Map<Long, List<HostProcess>> children =
        all.stream().collect(Collectors.groupingBy(HostProcess::parent));
    Map<Long, HostProcess> found = new TreeMap<>();
    if (byPid.containsKey(first)) {
      add(found, byPid.get(first), children);
    }
    namespace(byPid, children, first)
        .ifPresent(
            namespace ->
                all.stream()
                    .filter(process -> process.pidNamespace().equals(Optional.of(namespace)))
                    .forEach(process -> add(found, process, children)));
    return List.copyOf(found.values());
  }

  /**
   * The container's pid namespace, if it is not the one of this JVM. An ordinary user may not look
   * at an init, which is not dumpable, but at its child, the command.
   */
  private static Optional<String> namespace(
      Map<Long, HostProcess> byPid, Map<Long, List<HostProcess>> children, long first) {
    Optional<String> namespace =
        Optional.ofNullable(byPid.get(first)).flatMap(HostProcess::pidNamespace);
    if (namespace.isEmpty()) {
      namespace =
          children.getOrDefault(first, List.of()).stream()
              .flatMap(child -> child.pidNamespace().stream())
              .findFirst();
    }
    Optional<String> ours =
        Optional.ofNullable(byPid.get(ProcessHandle.current().pid()))
            .flatMap(HostProcess::pidNamespace);
    return namespace.filter(theirs -> ours.isPresent() && !theirs.equals(ours.get()));
  }

  private static void add(
      Map<Long, HostProcess> found, HostProcess root, Map<Long, List<HostProcess>> children) {
    Deque<HostProcess> open = new ArrayDeque<>(Set.of(root));
    while (!open.isEmpty()) {
      HostProcess next = open.pop();
      if (found.put(next.pid(), next) == null) {
        open.addAll(children.getOrDefault(next.pid(), List.of()));
      }
    }
  }
}
