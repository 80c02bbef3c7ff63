package io.jcontainer.linux.image;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;

/** Fetches images from where they are kept for all. */
interface Puller {

  /**
   * Fetches what is not in the store yet, and gives it the name.
   *
   * @return its manifest or index
   */
  Descriptor pull(ImageReference name, ImageStore store);
}
