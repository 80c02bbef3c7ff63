package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jcontainer.Container;
import io.jcontainer.ContainerException;
import io.jcontainer.linux.image.ImageHold;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ImageWaitTest {
  private final CompletableFuture<ImageHold> image = new CompletableFuture<>();
  private final CompletableFuture<Container> start =
      new ImageWait(
              image,
              hold -> {
                throw new AssertionError("there is no image");
              })
          .begin();

  @Test
  void who_gives_the_start_up_gives_the_image_up() {
    start.cancel(false);

    assertThat(image).isCancelled();
  }

  @Test
  void a_failure_is_told_in_no_thread_of_the_image() throws Exception {
    ContainerException failure = new ContainerException("no image");
    CompletableFuture<Thread> teller = new CompletableFuture<>();
    var unused = start.whenComplete((made, cause) -> teller.complete(Thread.currentThread()));
    image.completeExceptionally(failure);

    // First: who waits for a future may be the one who runs what depends on it.
    assertThat(teller.get(20, TimeUnit.SECONDS)).isNotSameAs(Thread.currentThread());
    assertThatThrownBy(() -> start.get(20, TimeUnit.SECONDS)).hasCause(failure);
  }
}
