package io.jcontainer.linux.image;

import io.jcontainer.CommitOptions;
import io.jcontainer.ContainerGoneException;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ContainerSpec;
import io.jcontainer.HostUnsupportedException;
import io.jcontainer.Image;
import io.jcontainer.ImageLimits;
import io.jcontainer.LayerUsage;
import io.jcontainer.LayeredRootfs;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.ImageUnpacker;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.Platform;
import io.jcontainer.images.registry.Registry;
import io.jcontainer.images.registry.RegistryOptions;
import io.jcontainer.images.registry.TransferListener;
import io.jcontainer.linux.copy.LayerWalk;
import io.jcontainer.linux.launch.Launcher;
import io.jcontainer.linux.request.RootAttributes;
import io.jcontainer.linux.sys.Kernel;
import java.io.InputStream;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The images that containers are started of, as directories. Their layers are held together for all
 * containers of an image, and for a moment longer: a lock for each layer at each start would take
 * longer than all else that a start does for an image.
 */
public final class ImageRoots implements AutoCloseable {
  /** How long layers are held that nobody uses. */
  static final Duration IDLE = Duration.ofSeconds(5);

  /** Does something later, in another thread. */
  public interface Timer {
    /** Once; {@code of} is whom it is for. */
    void after(Duration time, Object of, Runnable action);
  }

  private final ImageCatalog catalog;
  private final Unpacker unpacker;
  private final Timer timer;
  private final LongSupplier nanoTime;

  /** By digest. */
  private final Map<String, Root> roots = new HashMap<>();

  private final SharedWork<ImageHold> finding =
      new SharedWork<>(ImageHold::another, ImageHold::close);

  private final SharedWork<Image> looking = new SharedWork<>(UnaryOperator.identity(), image -> {});

  /** What others bring; guarded by the roots. */
  private final Set<Intake> intakes = new HashSet<>();

  private boolean refusing;
  private boolean closed;

  ImageRoots(ImageCatalog catalog, Unpacker unpacker, Timer timer, LongSupplier nanoTime) {
    this.catalog = catalog;
    this.unpacker = unpacker;
    this.timer = timer;
    this.nanoTime = nanoTime;
  }

  /**
   * Those of a directory.
   *
   * @param directory null for the user's
   * @param limits how much of an image is taken
   * @param owner whose layers they become; null for root's
   */
  public static ImageRoots open(
      Kernel kernel,
      Launcher launcher,
      @Nullable Path directory,
      ImageLimits limits,
      @Nullable Supplier<LayerOwner> owner,
      Timer timer) {
    Path images = directory == null ? ImageDirectory.usual() : directory;
    LayerStore layers = new LayerStore(kernel, launcher, ImageDirectory.layers(images), owner);
    return new ImageRoots(
        new ImageCatalog(images, (name, store) -> pull(name, store, layers, limits)),
        new UnpackedLayers(layers, limits),
        timer,
        System::nanoTime);
  }

  /** As the layer store has them. */
  private record UnpackedLayers(LayerStore layers, ImageLimits limits) implements Unpacker {
    @Override
    public Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config) {
      return unpacked(layers.unpack(store, manifest, config, limits));
    }

    private static Unpacked unpacked(UnpackedImage image) {
      return new Unpacked(image.layers(), image.root(), image::close);
    }

    @Override
    public Incoming incoming() {
      return new Incoming() {
        private final Sink sink = layers.sink(limits);

        @Override
        public ImageLimits limits() {
          return sink.limits();
        }

        @Override
        public void take(ImageConfig config, int index, Descriptor layer, InputStream tar) {
          sink.take(config, index, layer, tar);
        }

        @Override
        public Unpacked unpack(ImageStore store, Manifest manifest, ImageConfig config) {
          return unpacked(sink.unpack(store, manifest, config));
        }

        @Override
        public void close() {
          sink.close();
        }
      };
    }

    @Override
    public int prune(ImageStore store) {
      return layers.prune(store);
    }

    @Override
    public LayerUsage usage(ImageStore store) {
      return layers.usage(store);
    }
  }

  /**
   * With the credentials that {@code docker login} has left. Layers are unpacked while they come
   * in.
   */
  private static Descriptor pull(
      ImageReference name, ImageStore store, LayerStore layers, ImageLimits limits) {
    // What is within the limits once it is unpacked is so as it comes.
    RegistryOptions options = RegistryOptions.defaults().withMaxImageSize(limits.expanded());
    try (Registry registry = Registry.create(options);
        Sink sink = layers.sink(limits)) {
      Descriptor target =
          registry.pull(name, Platform.current(), store, TransferListener.none(), sink).target();
      if (sink.hasTaken()) {
        try {
          Manifest manifest = store.manifest(target);
          sink.unpack(store, manifest, store.config(manifest)).close();
        } catch (ImageNotFoundException e) {
          // Others have removed it since it came in: whoever wants it finds that, too.
        }
      }
      return target;
    }
  }

  /** What somebody asks for. */
  private record Wanted(String reference, @Nullable String digest, PullPolicy policy) {}

  /** An image whose layers are held; guarded by the roots. */
  static final class Root {
    private final String digest;
    private final Unpacker.Unpacked unpacked;
    private int users;
    private long unusedSince;
    private boolean timed;
    private boolean givenUp;

    private Root(String digest, Unpacker.Unpacked unpacked) {
      this.digest = digest;
      this.unpacked = unpacked;
    }

    String digest() {
      return digest;
    }

    List<Path> layers() {
      return unpacked.layers();
    }

    RootAttributes attributes() {
      return unpacked.root();
    }
  }

  /**
   * What an image says.
   *
   * @param reference its name or digest
   */
  public Image image(String reference, PullPolicy policy) {
    if (catalog.has(reference, policy)) {
      return catalog.image(reference, policy);
    }
    return looking.await(
        new Wanted(reference, null, policy), () -> catalog.image(reference, policy));
  }

  /**
   * Pulls and unpacks an image if that is needed, so that {@link #find} need not.
   *
   * @param reference its name or digest
   * @return what it says
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  public Image unpack(String reference, PullPolicy policy) {
    try (ImageHold hold = find(LayeredRootfs.image(reference).pull(policy))) {
      return catalog.image(reference, hold.digest());
    }
  }

  /**
   * What a module knows that the API does not.
   *
   * @param handle is not garbage as long as what is returned is in use
   */
  public <T> T extension(Class<T> type, Object handle) {
    if (type != ImageUnpacker.class) {
      throw new HostUnsupportedException(
          type.getName(), "the runtime has nothing of this type", null);
    }
    ImageUnpacker unpacker =
        loader -> {
          try {
            load(loader);
          } finally {
            Reference.reachabilityFence(handle);
          }
        };
    return type.cast(unpacker);
  }

  private void load(ImageUnpacker.Loader loader) {
    Intake intake = new Intake(unpacker.incoming());
    synchronized (this) {
      if (refusing) {
        throw new ContainerGoneException("the runtime is closed");
      }
      intakes.add(intake);
    }
    try (intake) {
      for (Descriptor target : loader.load(catalog.store(), intake)) {
        looking.await(new Object(), () -> unpack(target, intake));
      }
    } catch (RuntimeException e) {
      if (isRefusing() && !(e instanceof ContainerGoneException)) {
        ContainerGoneException gone = new ContainerGoneException("the runtime is closed");
        gone.addSuppressed(e);
        throw gone;
      }
      throw e;
    } finally {
      synchronized (this) {
        intakes.remove(intake);
      }
    }
  }

  private Image unpack(Descriptor target, Intake intake) {
    try (Lease lease = catalog.store().lease()) {
      ImageCatalog.Contents contents = catalog.hold(lease, target.digest().toString(), target);
      intake.unpack(catalog.store(), contents.manifest(), contents.config());
      return ImageValues.of(Optional.empty(), target, contents.config());
    }
  }

  /**
   * Makes an image of what a container has written.
   *
   * @param spec what it was started of
   */
  public Image commit(LayerWalk walk, ContainerSpec spec, CommitOptions options) {
    return new Commit(catalog, spec, options).of(walk);
  }

  /** The layers of an image if they are held already: this neither pulls nor unpacks. */
  public @Nullable ImageHold ready(LayeredRootfs rootfs) {
    String digest = known(rootfs);
    return digest == null ? null : hold(digest);
  }

  /**
   * The layers of an image, which is pulled and unpacked if that is needed; several that ask for
   * the same wait for one.
   *
   * @param rootfs names an image
   * @throws ContainerInterruptedException if the calling thread is interrupted
   */
  public ImageHold find(LayeredRootfs rootfs) {
    ImageHold ready = ready(rootfs);
    if (ready != null) {
      return ready;
    }
    Wanted wanted = wanted(rootfs);
    return finding.await(wanted, () -> add(wanted));
  }

  /**
   * The same without waiting.
   *
   * @return whoever completes it gives it up
   */
  public CompletableFuture<ImageHold> request(LayeredRootfs rootfs) {
    ImageHold ready = ready(rootfs);
    if (ready != null) {
      return CompletableFuture.completedFuture(ready);
    }
    Wanted wanted = wanted(rootfs);
    return finding.begin(wanted, () -> add(wanted));
  }

  private static Wanted wanted(LayeredRootfs rootfs) {
    return new Wanted(
        rootfs.image().orElseThrow(), rootfs.imageDigest().orElse(null), rootfs.pullPolicy());
  }

  /** Which image it is, if that can be told from what is here. */
  private @Nullable String known(LayeredRootfs rootfs) {
    Optional<String> pinned = rootfs.imageDigest();
    if (pinned.isPresent() || rootfs.pullPolicy() == PullPolicy.ALWAYS) {
      return pinned.orElse(null);
    }
    return catalog.digest(rootfs.image().orElseThrow()).map(Digest::toString).orElse(null);
  }

  private synchronized @Nullable ImageHold hold(String digest) {
    Root root = roots.get(digest);
    return root == null ? null : another(root);
  }

  synchronized ImageHold another(Root root) {
    root.users++;
    return new ImageHold(this, root);
  }

  private ImageHold add(Wanted wanted) {
    Descriptor located = catalog.locate(wanted.reference(), wanted.digest(), wanted.policy());
    ImageHold known = hold(located.digest().toString()); // the name was another one of the same
    if (known != null) {
      return known;
    }
    String digest;
    Unpacker.Unpacked unpacked;
    try (Lease lease = catalog.store().lease()) {
      ImageCatalog.Held held =
          catalog.hold(lease, wanted.reference(), wanted.digest(), wanted.policy(), located);
      digest = held.target().digest().toString();
      ImageCatalog.Contents contents = held.contents();
      unpacked = unpacker.unpack(catalog.store(), contents.manifest(), contents.config());
    }
    return add(new Root(digest, unpacked));
  }

  private synchronized ImageHold add(Root root) {
    Root known = roots.putIfAbsent(root.digest, root);
    if (known != null) {
      giveUp(root); // made by two at once who called it differently
      return another(known);
    }
    return another(root);
  }

  synchronized void release(Root root) {
    root.users--;
    if (root.users > 0) {
      return;
    }
    if (closed) {
      giveUp(root);
      return;
    }
    root.unusedSince = nanoTime.getAsLong();
    if (!root.timed) {
      giveUpLater(root, IDLE);
    }
  }

  private void giveUpLater(Root root, Duration time) {
    root.timed = true;
    timer.after(time, root, () -> giveUpIfUnused(root));
  }

  private synchronized void giveUpIfUnused(Root root) {
    root.timed = false;
    if (root.users > 0 || root.givenUp) {
      return;
    }
    Duration left = IDLE.minusNanos(nanoTime.getAsLong() - root.unusedSince);
    if (left.isNegative() || left.isZero()) {
      giveUp(root);
    } else {
      giveUpLater(root, left);
    }
  }

  private void giveUp(Root root) {
    roots.remove(root.digest, root);
    if (!root.givenUp) {
      root.givenUp = true;
      root.unpacked.giveUp().run();
    }
  }

  /**
   * Removes the layers that no image has and no container uses.
   *
   * @return how many
   */
  public int prune() {
    giveUpUnused();
    return unpacker.prune(catalog.store());
  }

  /** What the layers need on disk. */
  public LayerUsage usage() {
    return unpacker.usage(catalog.store());
  }

  private synchronized void giveUpUnused() {
    for (Root root : List.copyOf(roots.values())) {
      if (root.users == 0) {
        giveUp(root);
      }
    }
  }

  /** Ends all pulls, and fails who waits for them, and all that need one later. */
  public void refuse() {
    refuseIntakes();
    finding.refuse();
    looking.refuse();
  }

  private synchronized boolean isRefusing() {
    return refusing;
  }

  private synchronized List<Intake> refuseIntakes() {
    refusing = true;
    intakes.forEach(Intake::refuse);
    return List.copyOf(intakes);
  }

  /** The same; then gives up what is not used. What is, is given up with its last use. */
  @Override
  public void close() {
    refuse();
    finding.awaitEnd();
    looking.awaitEnd();
    refuseIntakes().forEach(Intake::close);
    synchronized (this) {
      closed = true;
      giveUpUnused();
    }
  }
}
