package io.jcontainer.linux.image;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Set;

/**
 * Takes layers in whatever threads they come, but not for longer than the runtime lives, whose user
 * namespace they are unpacked in: nobody knows what those who bring them wait for, but all that
 * takes them can be interrupted.
 */
final class Intake implements LayerSink, AutoCloseable {
  private final Unpacker.Incoming layers;
  private final Set<Thread> takers = new HashSet<>();
  private boolean refusing;

  Intake(Unpacker.Incoming layers) {
    this.layers = layers;
  }

  @Override
  public ImageLimits limits() {
    return layers.limits();
  }

  @Override
  public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
      throws IOException {
    begin();
    try {
      layers.take(config, index, layer, tar);
    } finally {
      end();
    }
  }

  /** Unpacks what is left of an image. */
  void unpack(ImageStore store, Manifest manifest, ImageConfig config) {
    begin();
    try {
      layers.unpack(store, manifest, config).giveUp().run();
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    if (refusing) {
      throw new ContainerGoneException("the runtime is closed");
    }
    takers.add(Thread.currentThread());
  }

  private synchronized void end() {
    takers.remove(Thread.currentThread());
    notifyAll();
  }

  /** Interrupts what it takes, and takes no more. */
  synchronized void refuse() {
    refusing = true;
    takers.forEach(Thread::interrupt);
  }

  private synchronized void awaitEnd() {
    boolean interrupted = false;
    while (!takers.isEmpty()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The same, and removes what is not whole. Idempotent. */
  @Override
  public void close() {
    refuse();
    awaitEnd();
    layers.close();
  }
}
