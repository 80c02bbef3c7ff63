package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.LayerSink;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Hands layers that come in to a sink, in threads of its own, none of which is left behind. */
final class Sinks implements AutoCloseable {
  private final LayerSink sink;
  private final ExecutorService threads;
  private final List<Future<?>> layers = new ArrayList<>();
  private final List<InputStream> tars = new ArrayList<>();

  Sinks(LayerSink sink, int most) {
    AtomicInteger count = new AtomicInteger();
    this.sink = sink;
    this.threads =
        Executors.newFixedThreadPool(
            most,
            task -> {
              Thread thread = new Thread(task, "jcontainer-layer-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  ImageLimits limits() {
    return sink.limits();
  }

  /** Begins with a layer, unless one before has failed. */
  synchronized void take(ImageConfig config, int index, Descriptor layer, InputStream tar) {
    tars.add(tar);
    for (Future<?> each : layers) {
      if (each.isDone()) {
        result(each);
      }
    }
    layers.add(
        threads.submit(
            () -> {
              try (tar) {
                sink.take(config, index, layer, tar);
              } finally {
                done(tar);
              }
              return layer;
            }));
  }

  private synchronized void done(InputStream tar) {
    tars.remove(tar);
  }

  /** Waits for all that have begun. */
  void await() {
    List<Future<?>> begun;
    synchronized (this) {
      begun = List.copyOf(layers);
    }
    begun.forEach(Sinks::result);
  }

  private static void result(Future<?> layer) {
    try {
      layer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException("interrupted while layers were taken", e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof RuntimeException exception) {
        throw exception;
      }
      if (cause instanceof IOException) {
        throw new ImageException("a layer cannot be taken: " + cause.getMessage(), cause);
      }
      throw new IllegalStateException(cause);
    }
  }

  /** Interrupts those that still read, and waits for their end. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        if (threads.awaitTermination(1, TimeUnit.DAYS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    for (InputStream tar : tars) { // of layers that have never begun
      try {
        tar.close();
      } catch (IOException e) {
        throw new ImageException("cannot close a layer: " + e, e);
      }
    }
  }
}
