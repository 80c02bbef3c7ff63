package io.jcontainer.images;

import java.util.Optional;

/**
 * An image that a store keeps.
 *
 * @param name what it is called; empty if it was loaded without a name
 * @param target its manifest or index
 * @since 0.1.0
 */
public record StoredImage(Optional<ImageReference> name, Descriptor target) {
  /** What messages call it. */
  String label() {
    return name.map(ImageReference::toString).orElse(target.digest().toString());
  }
}
