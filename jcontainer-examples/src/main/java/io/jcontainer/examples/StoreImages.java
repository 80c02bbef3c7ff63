package io.jcontainer.examples;

import io.jcontainer.images.Compression;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageTarget;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.nio.file.Path;

/** A directory becomes an image, which others can load. */
public final class StoreImages {
  private StoreImages() {}

  /**
   * Makes it.
   *
   * @param args the store's directory, the directory with the image's files, and the archive
   */
  public static void main(String... args) {
    Path root = Path.of(args[1]);
    Path archive = Path.of(args[2]);
    ImageStore store = ImageStore.open(Path.of(args[0]));
    ImageConfig config =
        ImageConfig.of(Platform.current(), ImageConfig.Execution.none().withCmd("/bin/app"));
    StoredImage image =
        store.load(
            ImageSource.directory(root, Compression.NONE, config),
            ImageReference.parse("example.org/app:1"));
    store.save(ImageTarget.archive(archive), image);

    store.load(ImageSource.archive(archive)).forEach(each -> System.out.println(each.name()));
    System.out.println(store.check().problems());
  }
}
