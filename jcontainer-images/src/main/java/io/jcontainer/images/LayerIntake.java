package io.jcontainer.images;

import io.jcontainer.ContainerInterruptedException;
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

/**
 * Writes the layers of an image to a store, and hands them to a {@link LayerSink} while they come
 * in, in threads of its own, none of which is left behind. For who loads images by a {@link Lease};
 * {@link ImageStore#load(ImageSource, LayerSink)} and a pull do so.
 *
 * <p>Any number of threads can write at once.
 *
 * @since 0.1.0
 */
public final class LayerIntake implements AutoCloseable {
  private final Lease lease;
  private final LayerSink sink;
  private final ExecutorService takers;

  /** Decompress and verify, beside the sink. */
  private final ExecutorService readers;

  private final List<Future<?>> layers = new ArrayList<>();
  private final List<InputStream> tars = new ArrayList<>();

  /**
   * Begins with nothing.
   *
   * @param lease writes the layers, and is closed after this
   * @param sink takes them
   * @param most how many it takes at once; at least 1
   */
  public LayerIntake(Lease lease, LayerSink sink, int most) {
    this.lease = lease;
    this.sink = sink;
    AtomicInteger count = new AtomicInteger();
    this.takers =
        Executors.newFixedThreadPool(
            most, task -> thread(task, "jcontainer-layer-" + count.incrementAndGet()));
    this.readers = Executors.newCachedThreadPool(task -> thread(task, "jcontainer-layer-reader"));
  }

  private static Thread thread(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Writes a layer as {@link Lease#write(Descriptor, InputStream)} does. If it was there already,
   * the sink is not given it.
   *
   * @param config the image's, verified, with as many layers as the manifest
   * @param index which layer, from 0, the lowest, on
   * @param layer what it has to be
   * @param in the bytes; not closed
   * @throws InvalidImageException if the bytes are not those of the descriptor
   * @throws ImageException if they cannot be read or written, or the sink could not take a layer
   *     before
   */
  public void write(ImageConfig config, int index, Descriptor layer, InputStream in) {
    lease.write(
        layer,
        in,
        config.diffIds().get(index),
        sink.limits(),
        readers,
        tar -> take(config, index, layer, tar));
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
        takers.submit(
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

  /**
   * Waits until the sink is through with all that has been written.
   *
   * @throws ImageException if it could not take a layer, or what else it has thrown
   * @throws ContainerInterruptedException if the thread is interrupted
   */
  public void await() {
    List<Future<?>> begun;
    synchronized (this) {
      begun = List.copyOf(layers);
    }
    begun.forEach(LayerIntake::result);
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

  /** Interrupts the sink where it still takes layers, and waits for the end of its threads. */
  @Override
  public void close() {
    takers.shutdownNow();
    boolean interrupted = Thread.interrupted();
    while (true) {
      try {
        if (takers.awaitTermination(1, TimeUnit.DAYS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    readers.shutdown(); // with its layer, each has ended
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
