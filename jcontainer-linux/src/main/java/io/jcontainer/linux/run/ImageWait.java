package io.jcontainer.linux.run;

import io.jcontainer.Container;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A start that nobody waits for, of an image that is not ready: a thread of its own makes it ready,
 * and then it waits for its turn as any other.
 */
final class ImageWait {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final Supplier<FoundSpec> find;
  private final Function<FoundSpec, CompletableFuture<Container>> submit;
  private final CompletableFuture<Container> result = new CompletableFuture<>();

  /**
   * Describes one.
   *
   * @param submit takes over what was found
   */
  ImageWait(Supplier<FoundSpec> find, Function<FoundSpec, CompletableFuture<Container>> submit) {
    this.find = find;
    this.submit = submit;
  }

  /** Begins; whoever completes the future gives the start up. */
  CompletableFuture<Container> begin() {
    Thread thread = new Thread(this::run, "jcontainer-image-" + NUMBERS.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private void run() {
    try {
      FoundSpec found = find.get();
      if (result.isDone()) {
        found.close();
      } else {
        settle(submit.apply(found));
      }
    } catch (RuntimeException | Error e) { // whatever it is, it is the caller's
      result.defaultExecutor().execute(() -> result.completeExceptionally(e));
    }
  }

  private void settle(CompletableFuture<Container> start) {
    var unused =
        start.whenComplete(
            (container, failure) -> {
              if (failure != null) {
                result.completeExceptionally(failure);
              } else if (!result.complete(container)) {
                container.close();
              }
            });
    var unusedToo = result.whenComplete((container, failure) -> start.cancel(false));
  }
}
