package io.jcontainer.linux.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.jcontainer.ExitStatus;
import io.jcontainer.fixtures.Poll;
import io.jcontainer.linux.process.Watcher;
import io.jcontainer.linux.sys.FakeKernel;
import io.jcontainer.linux.sys.Fd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeldNamespacesTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final FakeKernel kernel = new FakeKernel();
  private final Watcher watcher = Watcher.start(kernel);
  private final HeldNamespaces held = new HeldNamespaces(watcher);

  @AfterEach
  void close() {
    held.close();
    watcher.close();
  }

  private Fd open(String id) {
    return kernel.open("ns/mnt of " + id, 0);
  }

  private void hold(String id) {
    held.hold(id, open(id), new CompletableFuture<>());
  }

  private boolean isOpen(String id) {
    return kernel.openDescriptors().containsValue("ns/mnt of " + id);
  }

  @Test
  void one_is_held_until_its_container_is_closed() {
    hold("a");
    hold("b");

    assertThat(isOpen("a")).isTrue();
    held.release("a");

    assertThat(isOpen("a")).isFalse();
    assertThat(isOpen("b")).isTrue();
  }

  @Test
  void it_is_still_held_when_the_end_is_told() {
    CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    CompletableFuture<Boolean> heldThen = exit.thenApply(status -> isOpen("a"));
    held.hold("a", open("a"), exit);

    exit.complete(ExitStatus.exited(0));

    assertThat(heldThen).isCompletedWithValue(true);
  }

  @Test
  void after_the_end_it_is_closed_also_if_nobody_closes_the_container() {
    CompletableFuture<ExitStatus> ended = new CompletableFuture<>();
    CompletableFuture<ExitStatus> lost = new CompletableFuture<>();
    held.hold("a", open("a"), ended);
    held.hold("b", open("b"), lost);

    ended.complete(ExitStatus.exited(0));
    lost.completeExceptionally(new IllegalStateException("somebody else has waited for it"));

    assertThat(Poll.until(LONG, () -> !isOpen("a") && !isOpen("b"))).isTrue();
  }

  @Test
  void of_one_that_has_ended_before_it_is_closed_too() {
    held.hold("a", open("a"), CompletableFuture.completedFuture(ExitStatus.exited(0)));

    assertThat(Poll.until(LONG, () -> !isOpen("a"))).isTrue();
  }

  @Test
  void what_is_not_held_is_not_waited_for() {
    held.release("a");
    hold("a");
    held.release("a");
    held.release("a");

    assertThat(isOpen("a")).isFalse();
  }

  @Test
  void of_too_many_the_oldest_is_closed() {
    for (int i = 0; i <= HeldNamespaces.MOST; i++) {
      hold("c" + i);
    }
    held.trim();

    assertThat(isOpen("c0")).isFalse();
    assertThat(isOpen("c1")).isTrue();
    assertThat(isOpen("c" + HeldNamespaces.MOST)).isTrue();
  }

  @Test
  void whoever_comes_second_waits_until_it_is_closed() throws InterruptedException {
    Fd namespace = open("a");
    held.hold("a", namespace, new CompletableFuture<>());
    List<Boolean> openAfterwards = new ArrayList<>();
    CountDownLatch begun = new CountDownLatch(1);
    Thread second =
        new Thread(
            () -> {
              begun.countDown();
              held.release("a");
              openAfterwards.add(isOpen("a"));
            });
    synchronized (namespace) { // as whoever closes it
      second.start();
      begun.await();
      Poll.until(LONG, () -> second.getState() == Thread.State.BLOCKED);
      assertThat(second.isAlive()).isTrue();
      namespace.close();
    }
    second.join();

    assertThat(openAfterwards).containsExactly(false);
  }

  @Test
  void closing_closes_all() {
    hold("a");
    hold("b");

    held.close();

    assertThat(isOpen("a") || isOpen("b")).isFalse();
  }
}
