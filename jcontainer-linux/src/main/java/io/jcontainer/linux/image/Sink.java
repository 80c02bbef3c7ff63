package io.jcontainer.linux.image;

import com.google.common.util.concurrent.Uninterruptibles;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.linux.image.LayerPlaces.Held;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks layers in the order in which they come, and completes them from the lowest on: what a
 * layer leaves open is as in those below. What was not asked for when it is closed is removed.
 */
public final class Sink implements LayerSink, AutoCloseable {
  /** More take turns on the disk, and each has some mebibytes of buffers. */
  private static final int MOST_AT_ONCE = 4;

  /** What is smaller takes less time than threads do. */
  private static final long SMALL = 1 << 20;

  private final LayerStore layers;
  private final ImageLimits limits;

  /** By the chain ids of images. */
  private final Map<Digest, Budget> budgets = new ConcurrentHashMap<>();

  private final AtomicBoolean swept = new AtomicBoolean();

  /** What is written, by chain id. */
  private final Map<Digest, Unpacking> written = new HashMap<>();

  Sink(LayerStore layers, ImageLimits limits) {
    this.layers = layers;
    this.limits = limits;
  }

  @Override
  public ImageLimits limits() {
    return limits;
  }

  @Override
  public void take(ImageConfig config, int index, Descriptor layer, InputStream tar) {
    Unpackings unpackings = layers.unpackings();
    Chain chain = Chain.of(config);
    if (isThere(unpackings, chain.id(index))) {
      return;
    }
    write(unpackings, chain, index, () -> tar, /* comesIn= */ true);
  }

  private static boolean isThere(Unpackings unpackings, Digest chain) {
    Held held = unpackings.find(chain);
    if (held == null) {
      return false;
    }
    held.close();
    return true;
  }

  /** Whether there is anything to be asked for. */
  boolean hasTaken() {
    synchronized (written) {
      return !written.isEmpty();
    }
  }

  private interface Opener {
    InputStream open() throws IOException;
  }

  /**
   * The layers of an image, the lowest first.
   *
   * @param diffIds the digests of their tars
   * @param ids their chain ids
   */
  private record Chain(List<Digest> diffIds, List<Digest> ids) {
    static Chain of(ImageConfig config) {
      return new Chain(config.diffIds(), config.chainIds());
    }

    int size() {
      return ids.size();
    }

    /** The chain id of a layer. */
    Digest id(int index) {
      return ids.get(index);
    }

    /** What the image is known by. */
    Digest topmost() {
      return ids.get(ids.size() - 1);
    }
  }

  private void write(Unpackings unpackings, Chain chain, int index, Opener tar, boolean comesIn) {
    Digest diffId = chain.diffIds().get(index);
    if (swept.compareAndSet(false, true)) {
      unpackings.sweep();
    }
    Unpacking unpacking = unpackings.begin(chain.id(index), diffId, budget(chain), comesIn);
    if (unpacking == null) {
      return; // others were faster
    }
    try (InputStream in = tar.open()) {
      unpacking.write(in);
    } catch (IOException e) {
      ImageException failure =
          new ImageException("layer %s: cannot be closed: %s".formatted(diffId, e.getMessage()), e);
      unpacking.close(failure);
      throw failure;
    } catch (RuntimeException | Error e) {
      unpacking.close(e);
      throw e;
    }
    synchronized (written) {
      written.put(chain.id(index), unpacking);
    }
  }

  /** One for all layers of an image, which its topmost one is known by. */
  private Budget budget(Chain chain) {
    return budgets.computeIfAbsent(chain.topmost(), key -> new Budget(limits));
  }

  private @Nullable Unpacking written(Digest chain) {
    synchronized (written) {
      return written.remove(chain);
    }
  }

  /**
   * All layers of an image: those that it has taken, those that were there, and for the rest it
   * reads the store.
   *
   * @return the layers, to be closed when nothing is mounted of them any more
   * @throws ImageException if a layer is not what it has to be, or cannot be written
   * @throws ContainerInterruptedException if the thread is interrupted
   */
  public UnpackedImage unpack(ImageStore store, Manifest manifest, ImageConfig config) {
    Unpackings unpackings = layers.unpackings();
    List<Held> held = new ArrayList<>();
    Chain chain = Chain.of(config);
    try {
      for (Digest each : chain.ids()) {
        Held there = unpackings.find(each);
        if (there == null) {
          break;
        }
        held.add(there);
      }
      if (held.size() < chain.size()) {
        rest(unpackings, store, manifest, chain, held);
      }
      return new UnpackedImage(held);
    } catch (RuntimeException | Error e) {
      held.forEach(Held::close);
      throw e;
    }
  }

  /** Adds what is missing. Threads begin with the lowest: each waits only for layers below its. */
  private void rest(
      Unpackings unpackings, ImageStore store, Manifest manifest, Chain chain, List<Held> held) {
    int first = held.size();
    int count = chain.size() - first;
    int atOnce =
        Math.min(Math.min(count, MOST_AT_ONCE), Runtime.getRuntime().availableProcessors());
    ExecutorService readers = Executors.newCachedThreadPool(Sink::thread);
    ExecutorService writers = Executors.newFixedThreadPool(atOnce, Sink::thread);
    try (Lease lease = store.lease()) {
      manifest.layers().forEach(lease::hold);
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = first; i < chain.size(); i++) {
        int index = i;
        tasks.add(
            writers.submit(
                () -> writeFromStore(unpackings, store, manifest, chain, index, readers)));
      }
      for (int i = first; i < chain.size(); i++) {
        await(tasks.get(i - first));
        held.add(complete(unpackings, store, manifest, chain, i, held, readers));
      }
    } finally {
      writers.shutdownNow();
      Uninterruptibles.awaitTerminationUninterruptibly(writers);
      readers.shutdown();
    }
  }

  private static Thread thread(Runnable action) {
    Thread thread = new Thread(action, "jcontainer-unpack");
    thread.setDaemon(true);
    return thread;
  }

  private void writeFromStore(
      Unpackings unpackings,
      ImageStore store,
      Manifest manifest,
      Chain chain,
      int index,
      ExecutorService readers) {
    synchronized (written) {
      if (written.containsKey(chain.id(index))) {
        return;
      }
    }
    if (isThere(unpackings, chain.id(index))) {
      return;
    }
    Descriptor layer = manifest.layers().get(index);
    Digest diffId = chain.diffIds().get(index);
    write(
        unpackings,
        chain,
        index,
        () ->
            layer.size() < SMALL
                ? store.readLayer(layer, diffId, limits)
                : store.readLayer(layer, diffId, limits, readers),
        /* comesIn= */ false);
  }

  private Held complete(
      Unpackings unpackings,
      ImageStore store,
      Manifest manifest,
      Chain chain,
      int index,
      List<Held> below,
      ExecutorService readers) {
    while (true) {
      Unpacking mine = written(chain.id(index));
      if (mine != null) {
        mine.complete(Unpackings.visible(below), Unpackings.root(below));
      }
      Held held = unpackings.find(chain.id(index));
      if (held != null) {
        return held;
      }
      // It was there, and was pruned before we had it.
      writeFromStore(unpackings, store, manifest, chain, index, readers);
    }
  }

  private static void await(Future<?> task) {
    try {
      task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException("interrupted while layers were unpacked", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Removes what it has taken of images that nobody has asked for. */
  @Override
  public void close() {
    List<Unpacking> left;
    synchronized (written) {
      left = List.copyOf(written.values());
      written.clear();
    }
    RuntimeException first = null;
    for (Unpacking each : left) { // none is left out because another one fails
      try {
        each.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
