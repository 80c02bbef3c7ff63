package io.jcontainer.linux;

import io.jcontainer.ContainerRuntime;
import io.jcontainer.ImageLimits;
import io.jcontainer.RuntimeOptions;
import io.jcontainer.fixtures.FakeRegistry;
import io.jcontainer.images.Compression;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageConfig.Execution;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageSource;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.WrittenLayer;
import io.jcontainer.images.tar.TarAttributes;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Images made of directories, in an image directory of their own. */
final class TestImages {
  private final Path directory;

  TestImages(Path directory) {
    this.directory = directory;
  }

  ImageStore store() {
    return ImageStore.open(ImageDirectory.store(directory));
  }

  Path layers() {
    return ImageDirectory.layers(directory);
  }

  /** One that has nothing open when it is closed; nothing is made in advance. */
  ContainerRuntime runtime() {
    return runtime(ImageLimits.defaults());
  }

  ContainerRuntime runtime(ImageLimits limits) {
    return ContainerRuntime.create(
        RuntimeOptions.defaults()
            .withImageDirectory(directory)
            .withImageLimits(limits)
            .withoutPreparation());
  }

  /** How an image is to be run, by its fields. */
  static Execution execution(
      String user, List<String> env, List<String> entrypoint, List<String> cmd, String directory) {
    return new Execution(
        user, env, entrypoint, cmd, directory, Set.of(), Set.of(), Map.of(), Optional.empty());
  }

  /** Puts one together of a layer for each directory, the lowest first. */
  Descriptor put(String name, Execution execution, Path... layers) {
    return put(name, execution, List.of(), layers);
  }

  /** The same with a layer above them that has a root of this mode and these owners only. */
  Descriptor putWithRoot(
      String name, Execution execution, int mode, int uid, int gid, Path... layers) {
    TarAttributes owners = new TarAttributes(uid, gid, 0, 0, 0, 0, Map.of());
    TarEntry root = new TarEntry("./", TarEntry.DIRECTORY, 0, mode, "", owners, null);
    return put(name, execution, List.of(root), layers);
  }

  private Descriptor put(String name, Execution execution, List<TarEntry> topmost, Path... layers) {
    ImageStore store = store();
    ImageConfig bare = ImageConfig.of(Platform.current(), execution);
    List<Descriptor> blobs = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    try (Lease lease = store.lease()) {
      for (Path layer : layers) {
        StoredImage one = store.load(ImageSource.directory(layer, Compression.NONE, bare), name());
        lease.hold(one.target());
        Manifest manifest = store.manifest(one.target(), Platform.current());
        blobs.addAll(manifest.layers());
        diffIds.addAll(store.config(manifest).diffIds());
        store.remove(one);
      }
      if (!topmost.isEmpty()) {
        WrittenLayer layer = lease.write(Compression.NONE, out -> write(topmost, out));
        blobs.add(layer.descriptor());
        diffIds.add(layer.diffId());
      }
      Descriptor config = lease.write(MediaType.OCI_CONFIG, bare.withDiffIds(diffIds).toBytes());
      Descriptor target = lease.write(MediaType.OCI_MANIFEST, Manifest.of(config, blobs).toBytes());
      store.tag(ImageReference.parse(name), target);
      return target;
    }
  }

  private static void write(List<TarEntry> entries, OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      for (TarEntry entry : entries) {
        tar.put(entry);
      }
    }
  }

  private static ImageReference name() {
    return ImageReference.parse("example.org/part:" + System.nanoTime());
  }

  /** Has a registry have an image, under the same path, and takes it out of the store. */
  String moveTo(FakeRegistry registry, String name) throws IOException {
    ImageStore store = store();
    ImageReference reference = ImageReference.parse(name);
    Descriptor target = store.find(reference).orElseThrow();
    Manifest manifest = store.manifest(target, Platform.current());
    List<Descriptor> blobs = new ArrayList<>(manifest.layers());
    blobs.add(manifest.config());
    for (Descriptor blob : blobs) {
      try (InputStream in = store.read(blob)) {
        registry.blob(in.readAllBytes());
      }
    }
    registry.manifest(
        reference.path(),
        reference.tag().orElseThrow(),
        target.mediaType().toString(),
        manifest.toBytes());
    store.remove(new StoredImage(Optional.of(reference), target));
    store.collect();
    return registry.host() + "/" + reference.path() + ":" + reference.tag().orElseThrow();
  }

  /** Removes all images and layers, also what belongs to others than the user of the JVM. */
  void forget() {
    ImageStore store = store();
    store.images().forEach(store::remove);
    try (ContainerRuntime last = runtime()) {
      last.pruneLayers();
    }
  }
}
