package io.jcontainer;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Which container a user means by a word. */
final class HandleSearch {
  /** Shorter ones are more likely to be a slip than to be meant. */
  private static final int SHORTEST_PREFIX = 3;

  private HandleSearch() {}

  /** By the whole id, else by name, else by the beginning of an id. */
  static Optional<ContainerHandle> find(List<ContainerHandle> handles, String idOrName) {
    return only(handles, idOrName, handle -> handle.id().equals(idOrName))
        .or(() -> only(handles, idOrName, handle -> handle.name().equals(Optional.of(idOrName))))
        .or(
            () ->
                idOrName.length() < SHORTEST_PREFIX
                    ? Optional.empty()
                    : only(handles, idOrName, handle -> handle.id().startsWith(idOrName)));
  }

  private static Optional<ContainerHandle> only(
      List<ContainerHandle> handles, String word, Predicate<ContainerHandle> meant) {
    List<ContainerHandle> found = handles.stream().filter(meant).toList();
    if (found.size() > 1) {
      throw new InvalidSpecException(
          "container",
          "\"%s\" may mean %s"
              .formatted(
                  word,
                  found.stream().map(ContainerHandle::id).collect(Collectors.joining(" or "))));
    }
    return found.stream().findFirst();
  }
}
