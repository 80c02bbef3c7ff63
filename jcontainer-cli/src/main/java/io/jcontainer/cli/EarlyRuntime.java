package io.jcontainer.cli;

import io.jcontainer.ContainerRuntime;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * A runtime that is made in a thread of its own while the options are read: either takes a JVM that
 * has just begun about as long.
 */
final class EarlyRuntime implements Supplier<ContainerRuntime> {
  private final FutureTask<ContainerRuntime> making;

  private EarlyRuntime(Supplier<ContainerRuntime> maker) {
    making = new FutureTask<>(maker::get);
  }

  /** Begins to make it. */
  static EarlyRuntime begin(Supplier<ContainerRuntime> maker) {
    EarlyRuntime early = new EarlyRuntime(maker);
    Thread thread = new Thread(early.making, "runtime");
    thread.setDaemon(true); // if it is not wanted after all, nobody waits for it
    thread.start();
    return early;
  }

  /** The runtime, or what its maker has thrown. */
  @Override
  public ContainerRuntime get() {
    try {
      return making.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // nobody interrupts the main thread
    }
  }
}
