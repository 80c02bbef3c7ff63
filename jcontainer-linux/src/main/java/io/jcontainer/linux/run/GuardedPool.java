package io.jcontainer.linux.run;

import io.jcontainer.CgroupLimits;
import io.jcontainer.Container;
import io.jcontainer.ContainerPool;
import io.jcontainer.PoolStatus;
import io.jcontainer.ProcessSpec;
import java.lang.ref.Reference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A pool as users have it, which is closed when it is garbage. It knows the runtime as users have
 * it; the pool does not know this.
 */
final class GuardedPool implements ContainerPool {
  private final LinuxPool pool;
  private final GuardedRuntime runtime;
  private final LeakDetector.Watched watched;

  /**
   * Guards a pool.
   *
   * @param origin where it was made; null if it is not to be watched
   */
  GuardedPool(LinuxPool pool, GuardedRuntime runtime, LeakDetector.@Nullable Origin origin) {
    this.pool = pool;
    this.runtime = runtime;
    watched = LeakDetector.watch(this, "a pool", origin, pool::isClosed, pool::close);
  }

  @Override
  public Container start() {
    try {
      return pool.start();
    } finally {
      keepAlive();
    }
  }

  @Override
  public Container start(Consumer<ProcessSpec.Builder> change) {
    try {
      return pool.start(change);
    } finally {
      keepAlive();
    }
  }

  @Override
  public Container start(
      Consumer<CgroupLimits.Builder> limits, Consumer<ProcessSpec.Builder> change) {
    try {
      return pool.start(limits, change);
    } finally {
      keepAlive();
    }
  }

  @Override
  public PoolStatus status() {
    return pool.status();
  }

  @Override
  public void close() {
    pool.close();
    watched.forget();
  }

  @SuppressWarnings("ReachabilityFenceUsage") // it is only called in finally blocks
  private void keepAlive() {
    Reference.reachabilityFence(runtime);
    Reference.reachabilityFence(this);
  }
}
