package io.jcontainer.linux.run;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerGoneException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * The threads that start containers. They live as long as the runtime: PR_SET_PDEATHSIG follows the
 * thread that started a child, so a container of a caller's thread would die with that.
 */
final class LauncherThreads implements AutoCloseable {
  private final ExecutorService executor =
      Executors.newFixedThreadPool(
          Runtime.getRuntime().availableProcessors(),
          new ThreadFactoryBuilder()
              .setNameFormat("jcontainer-launcher-%d")
              .setDaemon(true)
              .build());

  /** Runs a task in one of them and waits for it, also if the caller is interrupted meanwhile. */
  <T> T call(Callable<T> task) {
    Future<T> future;
    try {
      future = executor.submit(task);
    } catch (RejectedExecutionException e) {
      throw new ContainerGoneException("the runtime is closed");
    }
    try {
      return Uninterruptibles.getUninterruptibly(future);
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNull(e.getCause());
      Throwables.throwIfUnchecked(cause);
      throw new IllegalStateException(cause);
    }
  }

  /** Ends them, and waits for that; whatever they have started ends with them. */
  @Override
  public void close() {
    executor.shutdown();
    Uninterruptibles.awaitTerminationUninterruptibly(executor);
  }
}
