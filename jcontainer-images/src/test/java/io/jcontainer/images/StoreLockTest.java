package io.jcontainer.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StoreLockTest {
  @TempDir private Path parent;

  /** As where it is mounted twice, or was renamed and replaced by a link while it was in use. */
  @Test
  void a_directory_by_several_paths_has_one_lock() throws Exception {
    Path directory = Files.createDirectory(parent.resolve("store"));
    Path link = Files.createSymbolicLink(parent.resolve("link"), directory);
    StoreLock first = new StoreLock(directory);
    StoreLock second = new StoreLock(link);
    CountDownLatch has = new CountDownLatch(1);
    CountDownLatch gives = new CountDownLatch(1);
    List<String> order = new ArrayList<>(); // guarded by the lock
    CompletableFuture<String> holder =
        inThread(
            first,
            () -> {
              has.countDown();
              awaitQuietly(gives);
              order.add("first");
              return "first";
            });
    has.await();
    AtomicInteger waits = new AtomicInteger();
    CompletableFuture<String> waiter =
        inThread(
            second,
            () -> {
              waits.incrementAndGet();
              order.add("second");
              return "second";
            });
    Thread thread = threads.get(1);
    while (thread.getState() != Thread.State.BLOCKED && !waiter.isDone()) {
      Thread.onSpinWait();
    }
    assertThat(waits).hasValue(0);
    gives.countDown();

    assertThat(holder.get()).isEqualTo("first");
    assertThat(waiter.get()).isEqualTo("second");
    assertThat(order).containsExactly("first", "second");
  }

  private final List<Thread> threads = new ArrayList<>();

  private CompletableFuture<String> inThread(StoreLock lock, StoreLock.Action<String> action) {
    CompletableFuture<String> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(lock.locked(action));
              } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    threads.add(thread);
    thread.setDaemon(true);
    thread.start();
    return result;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
