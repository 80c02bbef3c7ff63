package io.jcontainer;

import java.util.Set;

/**
 * What the unpacked layers of images need on disk. A layer that several images share counts once.
 *
 * @param layers how many there are
 * @param held how many of them somebody uses: containers of any JVM, and for five seconds more the
 *     runtime that had one
 * @param images the digests of the images in the store whose topmost layer is held, as in {@link
 *     Image#digest}
 * @param size how much room the layers take, with those that are being unpacked
 * @param reclaimable how much of it {@link ContainerRuntime#pruneLayers} would give back now
 * @since 0.1.0
 */
public record LayerUsage(
    int layers, int held, Set<String> images, ByteSize size, ByteSize reclaimable) {

  /**
   * Copies the digests.
   *
   * @param layers how many there are
   * @param held how many of them somebody uses
   * @param images the digests of the images that are used
   * @param size how much room the layers take
   * @param reclaimable how much of it nobody needs
   */
  public LayerUsage {
    images = Set.copyOf(images);
  }
}
