package io.jcontainer.benchmarks;

import io.jcontainer.images.Compression;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An image of ten layers: the root of {@link BenchDirectory}, and nine with a file each. */
final class BenchImage {
  static final String NAME = "example.org/bench:1";
  private static final int LAYERS = 10;

  private BenchImage() {}

  /** Puts it into an image directory. */
  static void make(BenchDirectory directory) throws IOException {
    ImageStore store = ImageStore.open(ImageDirectory.store(directory.images()));
    ImageConfig bare =
        ImageConfig.of(
            Platform.current(), ImageConfig.Execution.none().withCmd(BenchDirectory.COMMAND));
    List<Descriptor> layers = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    try (Lease lease = store.lease()) {
      for (int i = 0; i < LAYERS; i++) {
        StoredImage one =
            store.load(
                ImageSource.directory(layer(directory, i), Compression.NONE, bare),
                ImageReference.parse("example.org/part:" + i));
        lease.hold(one.target());
        Manifest manifest = store.manifest(one.target(), Platform.current());
        layers.addAll(manifest.layers());
        diffIds.addAll(store.config(manifest).diffIds());
      }
      Descriptor config = lease.write(MediaType.OCI_CONFIG, bare.withDiffIds(diffIds).toBytes());
      Descriptor target =
          lease.write(MediaType.OCI_MANIFEST, Manifest.of(config, layers).toBytes());
      store.keep(new StoredImage(Optional.of(ImageReference.parse(NAME)), target));
    }
  }

  private static Path layer(BenchDirectory directory, int index) throws IOException {
    if (index == 0) {
      return directory.rootfs();
    }
    Path layer = Files.createDirectories(directory.path().resolve("layer" + index));
    Files.createDirectories(layer.resolve("etc"));
    Files.writeString(layer.resolve("etc/file" + index), "of layer " + index + "\n");
    return layer;
  }
}
