package io.jcontainer.linux.run;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.Image;
import io.jcontainer.LayerUsage;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PullPolicy;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.image.ImageHold;
import io.jcontainer.linux.image.ImageRoots;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The images of a runtime. What they need is made, and loaded, with the first one: it is there only
 * if {@code jcontainer-images} is.
 */
final class ImageAccess implements AutoCloseable {
  private final Supplier<ImageRoots> make;
  private volatile @Nullable ImageRoots roots;
  private boolean closed;

  /** What became of specs, as long as these are in use, so that programs are found by them. */
  private final Cache<ContainerSpec, ContainerSpec> found =
      CacheBuilder.newBuilder().weakKeys().build();

  ImageAccess(Supplier<ImageRoots> make) {
    this.make = make;
  }

  /** What an image says. */
  Image image(String reference, PullPolicy policy) {
    return roots().image(reference, policy);
  }

  /** The same, and unpacks it. */
  Image unpack(String reference, PullPolicy policy) {
    return roots().unpack(reference, policy);
  }

  /**
   * What a module knows that the API does not.
   *
   * @param handle is not garbage as long as what is returned is in use
   */
  <T> T extension(Class<T> type, Object handle) {
    return roots().extension(type, handle);
  }

  /**
   * Makes an image of what a container has written.
   *
   * @param spec what it was started of, with its image found
   */
  Image commit(LayerWalk walk, ContainerSpec spec, CommitOptions options) {
    return roots().commit(walk, spec, options);
  }

  /** Removes the layers that no image has and no container uses. */
  int prune() {
    return roots().prune();
  }

  /** What the layers need on disk. */
  LayerUsage usage() {
    return roots().usage();
  }

  /** Whether its root is one. */
  static boolean isImage(ContainerSpec spec) {
    return spec.rootfs().flatMap(LayeredRootfs::image).isPresent();
  }

  /**
   * The spec with its image found: pulled and unpacked, if that is needed.
   *
   * @param spec whose root is an image
   * @return is closed when it is not needed any more
   */
  FoundSpec find(ContainerSpec spec) {
    return found(spec, roots().find(spec.rootfs().orElseThrow()));
  }

  /**
   * What {@link #find} waits for.
   *
   * @param spec whose root is an image
   * @return for {@link #found}; whoever completes it gives it up
   */
  CompletableFuture<ImageHold> request(ContainerSpec spec) {
    return roots().request(spec.rootfs().orElseThrow());
  }

  /** The same if it takes no time, since the layers are held; else null. */
  @Nullable FoundSpec ready(ContainerSpec spec) {
    if (!isImage(spec)) {
      return new FoundSpec(spec, null);
    }
    ImageHold hold = roots().ready(spec.rootfs().orElseThrow());
    return hold == null ? null : found(spec, hold);
  }

  /** The spec with this image, whose hold is taken over. */
  FoundSpec found(ContainerSpec spec, ImageHold hold) {
    try {
      return new FoundSpec(with(hold, spec, spec.rootfs().orElseThrow()), hold);
    } catch (RuntimeException | Error e) {
      hold.close();
      throw e;
    }
  }

  private ContainerSpec with(ImageHold hold, ContainerSpec spec, LayeredRootfs rootfs) {
    ContainerSpec known = found.getIfPresent(spec);
    if (known != null && isOf(hold, known.rootfs().orElseThrow())) {
      return known;
    }
    ContainerSpec made = spec.toBuilder().rootfs(hold.found(rootfs)).build();
    found.put(spec, made);
    return made;
  }

  /** Held again, the layers can be other directories at the same paths: {@link RootPool} asks. */
  @SuppressWarnings("ReferenceEquality") // which is what is meant
  private static boolean isOf(ImageHold hold, LayeredRootfs rootfs) {
    return rootfs.layers() == hold.layers()
        && rootfs.imageDigest().orElseThrow().equals(hold.digest());
  }

  private ImageRoots roots() {
    ImageRoots known = roots;
    return known == null ? makeRoots() : known;
  }

  private synchronized ImageRoots makeRoots() {
    if (roots == null) {
      if (closed) {
        throw LauncherThreads.closed();
      }
      requireImages("an image");
      roots = make.get();
    }
    return roots;
  }

  /**
   * Finds out whether the classes of images are there.
   *
   * @param what needs them
   */
  static void requireImages(String what) {
    try {
      Class.forName("io.jcontainer.images.ImageStore", false, ImageAccess.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new HostUnsupportedException(
          what,
          "jcontainer-images is not there; add io.jcontainer:jcontainer-images to the class path,"
              + " or to the module path with --add-modules io.jcontainer.images",
          e);
    }
  }

  /** Ends all pulls, and fails all that need one later. */
  void refuse() {
    ImageRoots known = end();
    if (known != null) {
      known.refuse();
    }
  }

  private synchronized @Nullable ImageRoots end() {
    closed = true;
    return roots;
  }

  /** No container may run any more. */
  @Override
  public void close() {
    ImageRoots known = end();
    if (known != null) {
      known.close();
    }
  }
}
