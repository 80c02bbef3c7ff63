package io.jcontainer.linux.run;

import io.jcontainer.Container;
import io.jcontainer.linux.image.ImageHold;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A start that nobody waits for, of an image: when this is ready, it waits for its turn as any
 * other.
 */
final class ImageWait {
  private final CompletableFuture<ImageHold> image;
  private final Function<ImageHold, CompletableFuture<Container>> submit;
  private final CompletableFuture<Container> result = new CompletableFuture<>();

  /**
   * Describes one.
   *
   * @param image is given up with the start
   * @param submit takes it over
   */
  ImageWait(
      CompletableFuture<ImageHold> image,
      Function<ImageHold, CompletableFuture<Container>> submit) {
    this.image = image;
    this.submit = submit;
  }

  /** Begins; whoever completes the future gives the start up. */
  CompletableFuture<Container> begin() {
    var unused = image.whenComplete(this::go);
    var unusedToo = result.whenComplete((container, failure) -> image.cancel(false));
    return result;
  }

  private void go(@Nullable ImageHold hold, @Nullable Throwable failure) {
    if (hold == null) {
      fail(failure);
    } else if (result.isDone()) {
      hold.close();
    } else {
      try {
        settle(submit.apply(hold));
      } catch (RuntimeException | Error e) { // whatever it is, it is the caller's
        fail(e);
      }
    }
  }

  /** Not in a thread of the runtime's: others depend on it. */
  private void fail(@Nullable Throwable failure) {
    if (failure != null && !result.isDone()) {
      result.defaultExecutor().execute(() -> result.completeExceptionally(failure));
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
