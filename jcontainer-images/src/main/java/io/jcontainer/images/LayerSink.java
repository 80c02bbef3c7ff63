package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import java.io.IOException;
import java.io.InputStream;

/**
 * Takes the layers of an image while they come in, so that nobody has to read them from disk again.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface LayerSink {
  /**
   * Takes a layer. Called in a thread of its own, while the layer is written to the store; for
   * several layers at once, in no particular order, and for each digest once. A layer that is in
   * the store already does not come in, so there is no call for it.
   *
   * @param config the image's, verified
   * @param index which layer, from 0, the lowest, on: its place in {@link ImageConfig#diffIds} and
   *     {@link ImageConfig#chainIds}
   * @param layer the layer's descriptor
   * @param tar the layer, decompressed. A read waits until more has come. All is verified at its
   *     end, behind the end of the archive, as {@link ImageStore#readLayer} does; a read throws if
   *     the layer is wrong or does not come. Whoever does not read to the end has verified nothing.
   *     Closed by the caller
   * @throws IOException if the layer cannot be taken, which ends what loads the image
   */
  void take(ImageConfig config, int index, Descriptor layer, InputStream tar) throws IOException;

  /**
   * How much is taken of a layer before it is refused.
   *
   * @return {@link ImageLimits#defaults()} unless it is overridden
   */
  default ImageLimits limits() {
    return ImageLimits.defaults();
  }
}
