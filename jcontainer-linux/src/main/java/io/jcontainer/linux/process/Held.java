package io.jcontainer.linux.process;

import io.jcontainer.ExitStatus;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What the JVM holds of a process: a child, its streams, and what has joined it. It does not know
 * the object that users have of it, which may be garbage while this is still here.
 */
public final class Held {
  private final Child child;
  private final Streams streams;
  private final Set<Held> joined = ConcurrentHashMap.newKeySet();
  private volatile Consumer<Held> farewell = held -> {};
  private volatile boolean closed;

  Held(Child child, Streams streams) {
    this.child = child;
    this.streams = streams;
  }

  /** What is done when it is closed, each time. */
  public void atClose(Consumer<Held> action) {
    farewell = action;
  }

  /** Is completed with its end. What depends on it must not know the user's object. */
  public CompletableFuture<ExitStatus> exit() {
    return child.exit();
  }

  /** Whether somebody has begun to close it. */
  public boolean isClosed() {
    return closed;
  }

  void add(Held other) {
    joined.add(other);
    var unused = other.child.exit().whenComplete((exit, failure) -> joined.remove(other));
  }

  /** As {@link io.jcontainer.ContainerProcess#kill}. */
  public void kill() {
    child.kill();
  }

  /** As {@link io.jcontainer.ContainerProcess#close}, with all that has joined it. */
  public void close() {
    close(Streams::close);
  }

  /** The same for one that nobody has any more: consumers of lines are not waited for. */
  public void abandon() {
    close(Streams::abandon);
  }

  private void close(Consumer<Streams> closing) {
    closed = true;
    try {
      child.kill();
      try {
        child.exit().handle((status, failure) -> 0).join();
      } finally {
        closing.accept(streams);
      }
      joined.forEach(each -> each.close(closing));
    } finally {
      farewell.accept(this);
    }
  }
}
