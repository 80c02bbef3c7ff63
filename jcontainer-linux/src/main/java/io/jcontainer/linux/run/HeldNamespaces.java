package io.jcontainer.linux.run;

import io.jcontainer.ExitStatus;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.sys.Fd;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Mount namespaces of containers, held until the ends of these have been told. Whoever lets go of a
 * mount namespace last waits until the kernel has taken it apart, which takes an RCU grace period.
 * If that were the container's last process, nobody could know of its end before.
 */
final class HeldNamespaces implements AutoCloseable {
  /** Of so many containers; those that were started before these are hardly short ones. */
  static final int MOST = 64;

  /** Who waits for the end of a container closes it right after, and is to find it here. */
  private static final Duration AFTER_END = Duration.ofMillis(20);

  private final Watcher watcher;

  /** By the containers' ids, the oldest first; its own lock, which is held for a moment only. */
  private final Map<String, Fd> held = new LinkedHashMap<>();

  HeldNamespaces(Watcher watcher) {
    this.watcher = watcher;
  }

  /**
   * Takes over a descriptor, and closes it some time after the end of its container if nobody has
   * asked for that before.
   *
   * @param id the container's
   * @param exit its end
   */
  void hold(String id, Fd namespace, CompletableFuture<ExitStatus> exit) {
    synchronized (held) {
      held.put(id, namespace);
    }
    var unused =
        exit.whenComplete(
            (status, failure) -> watcher.after(AFTER_END, namespace, () -> release(id)));
  }

  /** Closes a container's, if it is held, and waits until the kernel has taken it apart. */
  void release(String id) {
    Fd namespace;
    synchronized (held) {
      namespace = held.get(id);
    }
    if (namespace == null) {
      return;
    }
    watcher.forget(namespace);
    synchronized (namespace) { // who comes second waits, too
      namespace.close();
    }
    synchronized (held) {
      held.remove(id);
    }
  }

  /** Closes the oldest if there are too many. */
  void trim() {
    for (String id = oneTooMany(); id != null; id = oneTooMany()) {
      release(id);
    }
  }

  private @Nullable String oneTooMany() {
    synchronized (held) {
      Iterator<String> oldest = held.keySet().iterator();
      return held.size() > MOST ? oldest.next() : null;
    }
  }

  /** Closes all. */
  @Override
  public void close() {
    List<String> all;
    synchronized (held) {
      all = List.copyOf(held.keySet());
    }
    all.forEach(this::release);
  }
}
