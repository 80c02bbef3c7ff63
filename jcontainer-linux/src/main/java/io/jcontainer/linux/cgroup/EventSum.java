package io.jcontainer.linux.cgroup;

import io.jcontainer.ContainerEvent;
import io.jcontainer.ContainerEvent.Kind;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events that were not asked for yet: at most one of each kind, in the order of the newest. */
final class EventSum implements Feed.Backlog<ContainerEvent> {
  private final Map<Kind, ContainerEvent> events = new LinkedHashMap<>();

  @Override
  public void add(ContainerEvent event) {
    ContainerEvent before = events.remove(event.kind());
    long count = event.count() + (before == null ? 0 : before.count());
    events.put(event.kind(), new ContainerEvent(event.kind(), event.at(), count));
  }

  @Override
  public @Nullable ContainerEvent take() {
    Iterator<ContainerEvent> each = events.values().iterator();
    if (!each.hasNext()) {
      return null;
    }
    ContainerEvent first = each.next();
    each.remove();
    return first;
  }

  @Override
  public boolean isEmpty() {
    return events.isEmpty();
  }
}
