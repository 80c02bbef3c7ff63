package io.jcontainer.examples;

import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import java.nio.file.Path;

/** An image goes from one registry to another. */
public final class PullAndPush {
  private PullAndPush() {}

  /**
   * Pulls and pushes it.
   *
   * @param args the store's directory, the image's name, and what it is to be called
   */
  public static void main(String... args) {
    ImageStore store = ImageStore.open(Path.of(args[0]));
    ImageReference from = ImageReference.parse(args[1]);
    ImageReference to = ImageReference.parse(args[2]);
    try (Registry registry = Registry.create()) {
      StoredImage image = registry.pull(from, store);
      registry.push(image, to, store);
      System.out.println(registry.tags(to));
    }
  }
}
