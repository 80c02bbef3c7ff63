package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Takes all that it is given, and keeps what it has read to its end. */
final class Taker implements LayerSink {
  private final ImageLimits limits;

  /** By the layer's digest. */
  final Map<Digest, Taken> taken = new ConcurrentHashMap<>();

  /** What it got of a layer. */
  static final class Taken {
    final ImageConfig config;
    final int index;
    final byte[] tar;

    private Taken(ImageConfig config, int index, byte[] tar) {
      this.config = config;
      this.index = index;
      this.tar = tar;
    }
  }

  Taker(ImageLimits limits) {
    this.limits = limits;
  }

  @Override
  public void take(ImageConfig config, int index, Descriptor layer, InputStream tar)
      throws IOException {
    Taken before = taken.put(layer.digest(), new Taken(config, index, tar.readAllBytes()));
    if (before != null) {
      throw new IllegalStateException("given twice");
    }
  }

  @Override
  public ImageLimits limits() {
    return limits;
  }
}
