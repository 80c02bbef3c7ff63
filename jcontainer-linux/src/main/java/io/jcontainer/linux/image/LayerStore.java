package io.jcontainer.linux.image;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.IdMapping;
import io.jcontainer.ImageLimits;
import io.jcontainer.LayerUsage;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDocument;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.OwnDirectory;
import io.jcontainer.images.StoredImage;
import io.jcontainer.linux.copy.HeapShare;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Unpacked layers of images, each once however many images and containers share it. A layer is
 * known by its chain id, for what it leaves open is as in the layers below it. Any number of
 * threads and JVMs can use a directory at once, and be killed at any moment: a layer has its name
 * only when all of it is there.
 */
public final class LayerStore {
  private final Kernel kernel;
  private final Launcher launcher;
  private final Path directory;
  private final @Nullable Supplier<LayerOwner> owner;
  private @Nullable Opened opened;

  /** What is made for the first image. */
  private record Opened(Rights rights, LayerPlaces places, Path place) {}

  /**
   * Uses a directory, which is made with the first image.
   *
   * @param directory which belongs to the JVM's user, and to no other
   * @param owner the user namespace of an ordinary user's containers, asked for with the first
   *     image; null for root
   */
  public LayerStore(
      Kernel kernel, Launcher launcher, Path directory, @Nullable Supplier<LayerOwner> owner) {
    this.kernel = kernel;
    this.launcher = launcher;
    this.directory = directory;
    this.owner = owner;
  }

  private synchronized Opened opened() throws IOException {
    if (opened == null) {
      LayerOwner user = owner == null ? null : owner.get();
      OwnDirectory.make(directory);
      Path place = directory;
      if (user != null) {
        place = directory.resolve(name(user.ids()));
        OwnDirectory.make(place);
      }
      opened =
          new Opened(
              new Rights(kernel, user),
              new LayerPlaces(
                  kernel,
                  launcher,
                  place,
                  user == null ? null : user.namespace(),
                  new Syncs(kernel)),
              place);
    } else if (!Files.exists(opened.place)) { // others have removed it, or moved it away
      OwnDirectory.make(directory);
      OwnDirectory.make(opened.place);
    }
    return opened;
  }

  /** Files of other ids are other files. */
  private static String name(IdMapping ids) {
    String text = ids.uids() + " " + ids.gids();
    return "ids-" + Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 16);
  }

  /**
   * Unpacks what is not there yet of an image.
   *
   * @param store where its layers are
   * @param limits how much is taken of each of them, and of all layers of an image together
   * @return the layers, to be closed when nothing is mounted of them any more
   * @throws ImageException if a layer is not what it has to be, or cannot be written
   * @throws ContainerInterruptedException if the thread is interrupted
   */
  public UnpackedImage unpack(
      ImageStore store, Manifest manifest, ImageConfig config, ImageLimits limits) {
    try (Sink sink = sink(limits)) {
      return sink.unpack(store, manifest, config);
    }
  }

  /**
   * Takes the layers of images while they come in.
   *
   * @param limits how much is taken of each of them, and of all layers of an image together
   * @return to be given to whoever pulls, and then to be asked for the image
   */
  public Sink sink(ImageLimits limits) {
    return new Sink(this, limits);
  }

  /** What is needed to unpack. */
  Unpackings unpackings() {
    try {
      Opened use = opened();
      return new Unpackings(kernel, launcher, use.rights, use.places);
    } catch (IOException | SyscallException e) {
      throw failure("use", e);
    }
  }

  private ImageException failure(String what, Exception cause) {
    return new ImageException(
        "cannot %s the layers in %s: %s".formatted(what, directory, cause.getMessage()), cause);
  }

  /**
   * Removes the layers that no image in a store has and nobody holds, and what killed JVMs have
   * left.
   *
   * @return how many layers were removed
   */
  public int prune(ImageStore store) {
    Set<String> kept = chainIds(store);
    try {
      return opened().places.prune(kept);
    } catch (IOException | SyscallException e) {
      throw new ImageException(
          "cannot prune the layers in " + directory + ": " + e.getMessage(), e);
    }
  }

  /**
   * What the layers need on disk.
   *
   * @param store whose images keep theirs from being pruned
   */
  public LayerUsage usage(ImageStore store) {
    Set<String> kept = chainIds(store);
    LayerPlaces.Usage usage;
    try {
      usage = opened().places.usage(kept);
    } catch (IOException | SyscallException | HeapShare.ExceededException e) {
      throw failure("count", e);
    }
    Set<String> images = new HashSet<>();
    for (StoredImage image : store.images()) {
      if (usage.held().contains(topmost(store, image.target()))) {
        images.add(image.target().digest().toString());
      }
    }
    return new LayerUsage(
        usage.layers(),
        usage.held().size(),
        images,
        ByteSize.ofBytes(usage.bytes()),
        ByteSize.ofBytes(usage.reclaimable()));
  }

  /** The chain id of an image's topmost layer; empty if no container can be started of it. */
  private static String topmost(ImageStore store, Descriptor target) {
    try {
      List<Digest> chain = store.config(store.manifest(target)).chainIds();
      return chain.isEmpty() ? "" : chain.get(chain.size() - 1).hex();
    } catch (InvalidImageException | ImageNotFoundException e) {
      return "";
    }
  }

  /** Of all images in a store, those in indexes among them, as far as they are there. */
  private static Set<String> chainIds(ImageStore store) {
    Set<String> ids = new HashSet<>();
    // Indexes can share what is in them, and have exponentially many ways to it.
    Set<Digest> followed = new HashSet<>();
    Deque<Descriptor> left = new ArrayDeque<>();
    store.images().forEach(image -> left.add(image.target()));
    while (!left.isEmpty()) {
      Descriptor target = left.remove();
      if (!target.mediaType().isDocument() || !followed.add(target.digest())) {
        continue;
      }
      ImageDocument document;
      try {
        document = store.document(target);
      } catch (ImageNotFoundException e) {
        continue; // one for another platform
      }
      if (document instanceof Index index) {
        left.addAll(index.manifests());
      } else if (document instanceof Manifest manifest
          && manifest.config().mediaType().isConfig()) {
        try {
          store.config(manifest).chainIds().forEach(id -> ids.add(id.hex()));
        } catch (InvalidImageException | ImageNotFoundException e) {
          // Nothing is unpacked of an image that is refused, or that others remove just now.
        }
      }
    }
    return ids;
  }
}
