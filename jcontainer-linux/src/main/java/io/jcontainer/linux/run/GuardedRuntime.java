package io.jcontainer.linux.run;

import io.jcontainer.Change;
import io.jcontainer.CommitOptions;
import io.jcontainer.Container;
import io.jcontainer.ContainerHandle;
import io.jcontainer.ContainerPool;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostReport;
import io.jcontainer.Image;
import io.jcontainer.LaunchPlan;
import io.jcontainer.LayerUsage;
import io.jcontainer.PoolOptions;
import io.jcontainer.Prepared;
import io.jcontainer.ProcessSpec;
import io.jcontainer.PullPolicy;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.WriteLayer;
import io.jcontainer.linux.process.Guests;
import io.jcontainer.linux.process.Joinable;
import io.jcontainer.linux.process.LinuxProcess;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.spi.ExtendedRuntime;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The runtime as users have it: a {@link LinuxRuntime} that is closed when this is garbage, or when
 * the JVM ends orderly. What users get from it knows it, but what it holds does not.
 */
public final class GuardedRuntime implements ExtendedRuntime, Guests {
  private final LinuxRuntime runtime;
  private final LeakDetector leaks;
  private final LeakDetector.Watched watched;

  /** Makes a runtime by these system calls. */
  public GuardedRuntime(Kernel kernel, RuntimeOptions options) {
    leaks = new LeakDetector(options.leakDetection());
    runtime = new LinuxRuntime(kernel, options);
    runtime.belongsTo(this);
    if (options.closesAtExit()) {
      AtExit.add(runtime);
    }
    LinuxRuntime watch = runtime;
    watched =
        LeakDetector.watch(
            this, "a runtime", leaks.here(), watch::isClosed, () -> close(watch, watch::abandon));
  }

  @Override
  public Container start(ContainerSpec spec) {
    try {
      return runtime.start(spec);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  @SuppressWarnings("ReachabilityFenceUsage") // it is enough that what waits in the queue knows it
  public CompletableFuture<Container> startAsync(ContainerSpec spec) {
    CompletableFuture<Container> starting = runtime.startAsync(spec);
    // Whoever waits for it still needs this.
    var unused = starting.whenComplete((done, failure) -> Reference.reachabilityFence(this));
    return starting;
  }

  @Override
  public ContainerPool pool(ContainerSpec spec, PoolOptions options) {
    try {
      return new GuardedPool(runtime.pool(spec, options), this, leaks.here());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Prepared prepared() {
    try {
      return runtime.prepared();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public LaunchPlan plan(ContainerSpec spec) {
    try {
      return runtime.plan(spec);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Image image(String reference, PullPolicy policy) {
    try {
      return runtime.image(reference, policy);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public Image unpack(String reference, PullPolicy policy) {
    try {
      return runtime.unpack(reference, policy);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public <T> T extension(Class<T> type) {
    try {
      return runtime.extension(type, this);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public int pruneLayers() {
    try {
      return runtime.pruneLayers();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public LayerUsage layerUsage() {
    try {
      return runtime.layerUsage();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public HostReport host() {
    try {
      return runtime.host();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public List<ContainerHandle> containers() {
    try {
      return runtime.containers();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public List<Path> sweep() {
    try {
      return runtime.sweep();
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public LinuxProcess exec(Joinable container, ProcessSpec process) {
    try {
      return runtime.exec(container, process);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public WriteLayer writeLayer(Joinable container) {
    try {
      return new GuardedWriteLayer(runtime.writeLayer(container), this);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public WriteLayer writeLayer(ContainerSpec spec) {
    try {
      return new GuardedWriteLayer(runtime.writeLayer(spec), this);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Knows the runtime, so that it is not garbage as long as somebody has this. */
  private record GuardedWriteLayer(WriteLayer layer, GuardedRuntime runtime) implements WriteLayer {

    @Override
    public List<Change> changes() {
      try {
        return layer.changes();
      } finally {
        Reference.reachabilityFence(runtime);
      }
    }

    @Override
    public void diff(OutputStream target) {
      try {
        layer.diff(target);
      } finally {
        Reference.reachabilityFence(runtime);
      }
    }

    @Override
    public Image commit(CommitOptions options) {
      try {
        return layer.commit(options);
      } finally {
        Reference.reachabilityFence(runtime);
      }
    }

    @Override
    public void export(OutputStream target) {
      try {
        layer.export(target);
      } finally {
        Reference.reachabilityFence(runtime);
      }
    }
  }

  @Override
  public void copyTo(Joinable container, Path source, String target) {
    try {
      runtime.copyTo(container, source, target);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void copyFrom(Joinable container, String source, Path target) {
    try {
      runtime.copyFrom(container, source, target);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  @Override
  public void close() {
    close(runtime, runtime::close);
    watched.forget();
  }

  private static void close(LinuxRuntime runtime, Runnable close) {
    try {
      close.run();
    } finally {
      AtExit.remove(runtime);
    }
  }
}
