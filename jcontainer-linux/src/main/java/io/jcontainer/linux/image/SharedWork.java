package io.jcontainer.linux.image;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What takes long, and is done once for all who ask for the same at once: by a thread of its own,
 * which is interrupted when none of them waits any more. Whoever is interrupted interrupts nobody
 * else's.
 *
 * @param <T> what comes of it
 */
final class SharedWork<T> {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final UnaryOperator<T> another;
  private final Consumer<T> giveUp;

  /** What can be waited for. */
  private final Map<Object, Task> underWay = new HashMap<>();

  /** What has not ended, those included that nobody waits for. */
  private final Set<Task> tasks = new HashSet<>();

  private boolean refusing;

  /**
   * Begins with nothing.
   *
   * @param another makes each waiter its own of what came of the work
   * @param giveUp is called for each that nobody wants
   */
  SharedWork(UnaryOperator<T> another, Consumer<T> giveUp) {
    this.another = another;
    this.giveUp = giveUp;
  }

  /**
   * Begins a work, or joins others that wait for it.
   *
   * @param key is equal for equal works
   * @return whoever completes it waits no more
   */
  CompletableFuture<T> begin(Object key, Supplier<T> work) {
    CompletableFuture<T> waiter = new CompletableFuture<>();
    Task task = join(key, work, waiter);
    var unused = waiter.whenComplete((value, failure) -> leave(task));
    return waiter;
  }

  private synchronized Task join(Object key, Supplier<T> work, CompletableFuture<T> waiter) {
    if (refusing) {
      throw closed();
    }
    Task task = underWay.get(key);
    if (task == null) {
      task = new Task(key, work);
      task.thread.start();
      underWay.put(key, task);
      tasks.add(task);
    }
    task.waiters.add(waiter);
    return task;
  }

  private synchronized void leave(Task task) {
    task.waiters.removeIf(CompletableFuture::isDone);
    if (task.waiters.isEmpty() && !task.done) {
      underWay.remove(task.key, task);
      task.thread.interrupt();
    }
  }

  /** The same, and waits. */
  T await(Object key, Supplier<T> work) {
    CompletableFuture<T> waiter = begin(key, work);
    try {
      return waiter.get();
    } catch (InterruptedException e) {
      if (!waiter.cancel(false)) {
        var unused = waiter.thenAccept(giveUp);
      }
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException(
          "interrupted while an image was made ready; nothing was made", e);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause);
    }
  }

  /** One work, and who waits for it; guarded by the whole. */
  private final class Task implements Runnable {
    private final Object key;
    private final Supplier<T> work;
    private final Thread thread;
    private final List<CompletableFuture<T>> waiters = new ArrayList<>();
    private boolean done;

    private Task(Object key, Supplier<T> work) {
      this.key = key;
      this.work = work;
      this.thread = new Thread(this, "jcontainer-image-" + NUMBERS.incrementAndGet());
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      try {
        T made = work.get();
        tell(end(this), made);
      } catch (RuntimeException | Error e) { // whatever it is, it is theirs who wait
        end(this).forEach(waiter -> waiter.completeExceptionally(e));
      } finally {
        forget(this);
      }
    }
  }

  /** The last one gets what was made: when all have given up theirs, there is no more of it. */
  private void tell(List<CompletableFuture<T>> waiters, T made) {
    int others = waiters.size() - 1;
    if (others < 0) {
      giveUp.accept(made);
      return;
    }
    List<T> all = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      all.add(another.apply(made));
    }
    all.add(made);
    for (int i = 0; i <= others; i++) {
      if (!waiters.get(i).complete(all.get(i))) {
        giveUp.accept(all.get(i));
      }
    }
  }

  /** Who is to be told how it has ended: nobody joins any more. */
  private synchronized List<CompletableFuture<T>> end(Task task) {
    task.done = true;
    underWay.remove(task.key, task);
    return List.copyOf(task.waiters);
  }

  private synchronized void forget(Task task) {
    tasks.remove(task);
  }

  /** Fails all who wait, and all who come later; the work itself is interrupted. */
  void refuse() {
    waiters().forEach(waiter -> waiter.completeExceptionally(closed()));
  }

  private synchronized List<CompletableFuture<T>> waiters() {
    refusing = true;
    List<CompletableFuture<T>> all = new ArrayList<>();
    underWay.values().forEach(task -> all.addAll(task.waiters));
    return all;
  }

  private static ContainerGoneException closed() {
    return new ContainerGoneException("the runtime is closed");
  }

  /** Waits until no thread works any more. */
  void awaitEnd() {
    for (Task task : tasks()) {
      Uninterruptibles.joinUninterruptibly(task.thread);
    }
  }

  private synchronized List<Task> tasks() {
    return List.copyOf(tasks);
  }
}
