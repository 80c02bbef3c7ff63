package io.jcontainer.linux.image;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.IdMapping;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDocument;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageLimits;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.linux.image.LayerPlaces.Begun;
import io.jcontainer.linux.image.LayerPlaces.Held;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.sys.Kernel;
import io.jcontainer.linux.sys.SyscallException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Unpacked layers of images, each once however many images and containers share it. A layer is
 * known by its chain id, for what it leaves open is as in the layers below it. Any number of
 * threads and JVMs can use a directory at once, and be killed at any moment: a layer has its name
 * only when all of it is there, and on disk.
 */
public final class LayerStore {
  /** As deep as the store follows an index. */
  private static final int MAX_DEPTH = 8;

  private final Kernel kernel;
  private final Launcher launcher;
  private final Path directory;
  private final @Nullable Supplier<LayerOwner> owner;
  private @Nullable Opened opened;

  /** What is made for the first image. */
  private record Opened(Rights rights, LayerPlaces places) {}

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
      Path place = user == null ? directory : directory.resolve(name(user.ids()));
      Files.createDirectories(
          place,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      opened =
          new Opened(
              new Rights(kernel, user),
              new LayerPlaces(kernel, launcher, place, user == null ? null : user.namespace()));
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
   * @param limits how much is taken of each of them
   * @return the layers, to be closed when nothing is mounted of them any more
   * @throws ImageException if a layer is not what it has to be, or cannot be written
   * @throws ContainerInterruptedException if the thread is interrupted
   */
  public UnpackedImage unpack(
      ImageStore store, Manifest manifest, ImageConfig config, ImageLimits limits) {
    List<Digest> chain = config.chainIds();
    List<Held> held = new ArrayList<>();
    try {
      Opened use = opened();
      for (int i = 0; i < chain.size(); i++) {
        held.add(layer(use, store, manifest, config, i, limits, held));
      }
      return new UnpackedImage(held);
    } catch (IOException | SyscallException e) {
      held.forEach(Held::close);
      throw new ImageException("cannot use the layers in " + directory + ": " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      held.forEach(Held::close);
      throw e;
    }
  }

  private Held layer(
      Opened use,
      ImageStore store,
      Manifest manifest,
      ImageConfig config,
      int index,
      ImageLimits limits,
      List<Held> below)
      throws IOException {
    Digest chain = config.chainIds().get(index);
    while (true) {
      Held there = use.places.find(chain);
      if (there != null) {
        return there;
      }
      use.places.sweep();
      Begun begun = use.places.begin(chain);
      if (begun != null) {
        Digest diffId = config.diffIds().get(index);
        try (Unpacking unpacking = new Unpacking(kernel, launcher, use.rights, begun, diffId);
            Lease lease = store.lease()) {
          lease.hold(manifest.layers().get(index));
          try (InputStream tar = store.readLayer(manifest.layers().get(index), diffId, limits)) {
            unpacking.write(tar, limits);
          }
          unpacking.complete(visible(below));
        }
      }
    }
  }

  private static List<Path> visible(List<Held> below) {
    List<Path> topFirst = new ArrayList<>();
    for (int i = below.size() - 1; i >= 0; i--) {
      topFirst.add(below.get(i).diff());
      if (below.get(i).isOpaque()) {
        break;
      }
    }
    return topFirst;
  }

  /**
   * Removes the layers that no image in a store has and nobody holds, and what killed JVMs have
   * left.
   *
   * @return how many layers were removed
   */
  public int prune(ImageStore store) {
    Set<String> kept = new HashSet<>();
    store.images().forEach(each -> keep(store, each.target(), 0, kept));
    try {
      return opened().places.prune(kept);
    } catch (IOException | SyscallException e) {
      throw new ImageException(
          "cannot prune the layers in " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Adds the chain ids of an image, or of all that are there of those in an index. */
  private static void keep(ImageStore store, Descriptor target, int depth, Set<String> kept) {
    ImageDocument document;
    try {
      document = store.document(target);
    } catch (ImageNotFoundException e) {
      return; // one for another platform
    }
    if (document instanceof Index index && depth < MAX_DEPTH) {
      index.manifests().forEach(each -> keep(store, each, depth + 1, kept));
    } else if (document instanceof Manifest manifest && manifest.config().mediaType().isConfig()) {
      store.config(manifest).chainIds().forEach(id -> kept.add(id.hex()));
    }
  }
}
