package io.jcontainer.linux.run;

import io.jcontainer.linux.process.Held;
import io.jcontainer.linux.process.LinuxContainer;
import io.jcontainer.linux.process.LinuxProcess;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The processes that a runtime has started and that nobody has closed. What is held of them is
 * known for good; the objects that users have of them are known only as long as users have them, if
 * it is to be noticed that they are garbage.
 */
final class Running {
  private final Map<Held, Supplier<@Nullable LinuxContainer>> containers =
      new ConcurrentHashMap<>();

  /** Processes that were started in containers that are there: of this runtime, and of others. */
  private final Set<Held> guests = ConcurrentHashMap.newKeySet();

  /**
   * Adds a container, until it is closed.
   *
   * @param origin where it was started; null if the object is to be known for good
   * @param atClose what is to be done then
   */
  void add(LinuxContainer container, LeakDetector.@Nullable Origin origin, Runnable atClose) {
    Held held = container.held();
    WeakReference<LinuxContainer> reference = new WeakReference<>(container);
    containers.put(held, origin == null ? () -> container : reference::get);
    watch(
        container,
        origin,
        closed -> {
          containers.remove(closed);
          atClose.run();
        });
  }

  /**
   * Adds a further process, until its end.
   *
   * @param origin where it was started
   * @param atClose what is to be done when it is closed
   */
  void addGuest(LinuxProcess guest, LeakDetector.@Nullable Origin origin, Runnable atClose) {
    Held held = guest.held();
    guests.add(held);
    var unused = held.exit().whenComplete((exit, failure) -> guests.remove(held));
    watch(guest, origin, closed -> atClose.run());
  }

  private static void watch(
      LinuxProcess process, LeakDetector.@Nullable Origin origin, Consumer<Held> forget) {
    Held held = process.held();
    LeakDetector.Watched watched =
        LeakDetector.watch(process, process.toString(), origin, held::isClosed, held::abandon);
    held.atClose(
        closed -> {
          watched.forget();
          forget.accept(closed);
        });
  }

  /** Those that users have. */
  List<LinuxContainer> containers() {
    return containers.values().stream().map(Supplier::get).filter(Objects::nonNull).toList();
  }

  /** Kills all, and waits for none. */
  void killAll() {
    containers.keySet().forEach(Held::kill);
    guests.forEach(Held::kill);
  }

  /** Closes all; they have been killed, so that they end side by side. */
  void closeAll(Consumer<Held> how) {
    containers.keySet().forEach(how);
    guests.forEach(how);
  }
}
