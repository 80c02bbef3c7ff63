package io.jcontainer.images;

import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerRuntime;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.spi.ExtendedRuntime;
import java.util.List;

/**
 * Unpacks images for the containers of a runtime while they are loaded, so that each layer is read
 * and decompressed once:
 *
 * <pre>
 * ImageUnpacker.of(runtime).unpack((store, sink) -&gt;
 *     store.load(ImageSource.archive(file), sink).stream().map(StoredImage::target).toList());
 * </pre>
 *
 * <p>{@link ContainerRuntime#unpack(String)} unpacks what is loaded already.
 *
 * @since 0.1.0
 */
public interface ImageUnpacker {

  /** Loads images. */
  @FunctionalInterface
  interface Loader {

    /**
     * Loads images, such as by {@link ImageStore#load(ImageSource, LayerSink)} or a pull.
     *
     * @param store where to: that of the runtime's image directory
     * @param sink unpacks what it is given; for as long as this takes
     * @return which images are to be unpacked in the end, by manifest or index; of an index, the
     *     one for this machine. What the sink was given of others is removed again
     */
    List<Descriptor> load(ImageStore store, LayerSink sink);
  }

  /**
   * That of a runtime.
   *
   * @param runtime whose containers are to be started of the images
   * @return which is of no use when the runtime is closed
   * @throws HostUnsupportedException if the runtime's backend cannot unpack images
   * @throws ContainerGoneException if the runtime is closed
   */
  static ImageUnpacker of(ContainerRuntime runtime) {
    if (runtime instanceof ExtendedRuntime extended) {
      return extended.extension(ImageUnpacker.class);
    }
    throw new HostUnsupportedException(
        "images that are unpacked while they are loaded", "the backend has none", null);
  }

  /**
   * Has images loaded, unpacks them meanwhile, and then what was not given to the sink, since it
   * was in the store already or could not be known in time. Whether all that is unpacked is left
   * over if this fails does not matter: it is used if the image is there later, and pruned if not.
   *
   * @param loader is called once, in this thread
   * @throws ImageException if a layer cannot be unpacked, or what else the loader throws; what was
   *     loaded and has a name stays
   * @throws ContainerInterruptedException if the thread is interrupted
   * @throws ContainerGoneException if the runtime is closed, also meanwhile
   */
  void unpack(Loader loader);
}
