package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does several things at once, in a few threads that end before it does. The first failure
 * interrupts the others, and so does an interruption of the caller.
 */
final class Lanes {
  private final Iterator<? extends Runnable> tasks;
  private final List<Thread> threads = new ArrayList<>();
  private @Nullable Throwable failure;

  private Lanes(List<? extends Runnable> tasks) {
    this.tasks = tasks.iterator();
  }

  /**
   * Does all of it.
   *
   * @param name what the threads are called
   * @param most how many at once
   * @param tasks in the order in which they begin
   */
  static void run(String name, int most, List<? extends Runnable> tasks) {
    if (tasks.size() == 1 || most == 1) {
      tasks.forEach(Runnable::run);
    } else {
      new Lanes(tasks).run(name, Math.min(most, tasks.size()));
    }
  }

  private void run(String name, int count) {
    for (int i = 1; i <= count; i++) {
      Thread thread = new Thread(this::work, name + "-" + i);
      thread.setDaemon(true);
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    @Nullable InterruptedException interruption = null;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interruption = e;
          fail(new ContainerInterruptedException("interrupted", e), null);
        }
      }
    }
    if (interruption != null) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException(
          "interrupted while blobs were transferred", interruption);
    }
    raise();
  }

  private synchronized void raise() {
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void work() {
    for (Runnable task = next(); task != null; task = next()) {
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        fail(e, Thread.currentThread());
      }
    }
  }

  private synchronized @Nullable Runnable next() {
    return failure == null && tasks.hasNext() ? tasks.next() : null;
  }

  /** The first is the one that counts; those that it has caused say nothing new. */
  private synchronized void fail(Throwable cause, @Nullable Thread own) {
    if (failure == null) {
      failure = cause;
      threads.stream().filter(thread -> thread != own).forEach(Thread::interrupt);
    }
  }
}
