package io.jcontainer.images;

import io.jcontainer.ByteSize;
import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.ImageLimits;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Images on disk: blobs by digest, each once however many images share it, and the names that lead
 * to them.
 *
 * <pre>
 * ImageStore store = ImageStore.open(Path.of("/var/lib/images"));
 * try (Lease lease = store.lease()) {
 *   Descriptor config = lease.write(MediaType.OCI_CONFIG, configuration.toBytes());
 *   lease.write(layer, stream);
 *   Descriptor image = lease.write(MediaType.OCI_MANIFEST,
 *       Manifest.of(config, List.of(layer)).toBytes());
 *   store.tag(ImageReference.parse("example.org/app:1"), image);
 * }
 * </pre>
 *
 * <p>Any number of threads and JVMs can use a directory at once, and each of them can be killed at
 * any moment: a blob or a name is there whole or not at all, what has a name is complete, and what
 * a killed one was writing is removed by the next {@link #collect}. All is on disk, by fsync(2),
 * before it has a name. The directory is its owner's alone; whoever can write there is trusted. A
 * network file system has to support fcntl(2)'s locks between its clients.
 *
 * <p>Nothing of it stays open between two calls but what leases and streams have open, so there is
 * nothing to close.
 *
 * @since 0.1.0
 */
public final class ImageStore {
  /** The most layers that an image can have: an overlay has 500 directories below its upper one. */
  public static final int MAX_LAYERS = 499;

  private static final String VERSION = "{\"jcontainerImageStore\":1}";

  private final Path directory;
  private final StoreLock lock;
  private final Blobs blobs;
  private final Names names;
  private final Leases leases;

  private ImageStore(Path directory) throws IOException {
    this.directory = directory;
    this.lock = new StoreLock(directory);
    lock.locked(
        () -> {
          checkVersion();
          return directory;
        });
    this.blobs = new Blobs(directory.resolve("blobs"));
    this.names = new Names(directory.resolve("names"));
    this.leases = new Leases(directory.resolve("leases"));
  }

  /**
   * Opens a store, and makes the directory, and those above it, with mode 0700 if they are not
   * there.
   *
   * @param directory an empty directory or a store
   * @return the store
   * @throws ImageException if it cannot be used, is neither, or is not the JVM's user's alone, as
   *     {@link OwnDirectory} has it
   */
  public static ImageStore open(Path directory) {
    try {
      return new ImageStore(OwnDirectory.make(directory));
    } catch (IOException e) {
      throw StoreFiles.failure("cannot use the image store " + directory, e);
    }
  }

  private void checkVersion() throws IOException {
    Path version = directory.resolve("store.json");
    if (Files.exists(version)) {
      String found = new String(Files.readAllBytes(version), StandardCharsets.UTF_8);
      if (!found.equals(VERSION)) {
        throw new ImageException(
            "%s has \"%s\", so it was made by another version of jcontainer: use another directory"
                .formatted(version, Text.shown(found)));
      }
      return;
    }
    for (Path file : StoreFiles.list(directory)) {
      String name = file.getFileName().toString();
      if (!name.equals("lock") && !name.equals("new")) {
        throw new ImageException(
            "%s is not empty, and no image store: use another directory".formatted(directory));
      }
    }
    StoreFiles.write(directory.resolve("new"), version, VERSION.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Where it is.
   *
   * @return the directory, without symbolic links
   */
  public Path directory() {
    return directory;
  }

  /**
   * A new lease, without which nothing can be written.
   *
   * @return the lease, to be closed
   * @throws ImageException if its files cannot be made
   */
  public Lease lease() {
    return new Lease(lock, blobs, locked("make a lease", leases::create));
  }

  private <T> T locked(String what, StoreLock.Action<T> action) {
    try {
      return lock.locked(action);
    } catch (IOException e) {
      throw failure(what, e);
    }
  }

  private RuntimeException failure(String what, IOException cause) {
    return StoreFiles.failure("cannot " + what + " in the image store " + directory, cause);
  }

  /**
   * Whether a blob is there. Without a {@link Lease} that holds it, it may be gone when this
   * returns.
   *
   * @param descriptor of the blob
   * @return whether it is there
   * @throws InvalidImageException if one with this digest is there, but of another size
   */
  public boolean contains(Descriptor descriptor) {
    try {
      return blobs.has(descriptor);
    } catch (IOException e) {
      throw failure("look for blob " + descriptor.digest(), e);
    }
  }

  /**
   * Whether an image is there with all that it is made of: of an index, one of its images. What
   * others are pulling just now, or were ended over, is there in part. Without a {@link Lease} that
   * holds it, it may be gone when this returns.
   *
   * @param target its manifest or index
   * @return whether it could get a name
   * @throws InvalidImageException if something of it is not what it has to be
   */
  public boolean containsImage(Descriptor target) {
    try {
      new Reachable(blobs).named(target);
      return true;
    } catch (ImageNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw failure("look for image " + target.digest(), e);
    }
  }

  /**
   * Reads a blob. Its size and digest are verified at its end: a read then throws {@link
   * InvalidImageException}. Whoever does not read to the end has verified nothing.
   *
   * @param descriptor of the blob
   * @return its bytes, to be closed
   * @throws ImageNotFoundException if it is not there
   */
  public InputStream read(Descriptor descriptor) {
    try {
      return blobs.open(descriptor);
    } catch (IOException e) {
      throw failure("read blob " + descriptor.digest(), e);
    }
  }

  /**
   * Reads and parses a manifest or an index.
   *
   * @param descriptor of the document
   * @return the document, verified
   * @throws ImageNotFoundException if it is not there
   * @throws InvalidImageException if it is not what it has to be
   */
  public ImageDocument document(Descriptor descriptor) {
    try {
      return blobs.document(descriptor);
    } catch (IOException e) {
      throw failure("read " + descriptor.digest(), e);
    }
  }

  /**
   * The manifest of an image for this machine. One that is no index is taken whatever it is for:
   * the machine may have an emulator for it.
   *
   * @param target a manifest, or an index, which is chosen from
   * @return the manifest, verified
   * @throws ImageNotFoundException if there is none for this machine, or it is not there
   * @throws InvalidImageException if it is not what it has to be
   */
  public Manifest manifest(Descriptor target) {
    return (Manifest) document(choose(target, Platform.current()));
  }

  /**
   * The manifest of an image for a platform.
   *
   * @param target a manifest, or an index, which is chosen from
   * @param platform what the image has to be for
   * @return the manifest, verified
   * @throws ImageNotFoundException if there is none for this platform, or it is not there
   * @throws InvalidImageException if it is not what it has to be
   */
  public Manifest manifest(Descriptor target, Platform platform) {
    return (Manifest) document(select(target, platform));
  }

  /**
   * Chooses what {@link #manifest(Descriptor, Platform)} reads. Where no index says what the image
   * is for, its configuration has to.
   *
   * @param target a manifest, or an index, which is chosen from
   * @param platform what the image has to be for
   * @return the descriptor of the manifest: that of the index, or the target
   * @throws ImageNotFoundException if there is none for this platform, or it is not there
   * @throws InvalidImageException if it is not what it has to be
   */
  public Descriptor select(Descriptor target, Platform platform) {
    Descriptor chosen = choose(target, platform);
    boolean isSaid = !chosen.equals(target) && chosen.platform().isPresent();
    if (!isSaid) {
      Platform found = config((Manifest) document(chosen)).platform();
      if (!platform.matches(found)) {
        throw new ImageNotFoundException(
            "image %s: is for %s, not for %s".formatted(chosen.digest(), found, platform));
      }
    }
    return chosen;
  }

  private Descriptor choose(Descriptor target, Platform platform) {
    Descriptor chosen = target;
    for (int depth = 0; document(chosen) instanceof Index index; depth++) {
      ImageDocument.checkDepth(target, depth + 1);
      Digest from = chosen.digest();
      chosen =
          index
              .select(platform)
              .orElseThrow(
                  () ->
                      new ImageNotFoundException(
                          "index %s: has no image for %s; it has %s"
                              .formatted(from, platform, index.platforms())));
      if (!contains(chosen)) {
        throw new ImageNotFoundException(
            "index %s: its image for %s, %s, is not here"
                .formatted(from, platform, chosen.digest()));
      }
    }
    return chosen;
  }

  /**
   * Reads and parses the configuration of an image.
   *
   * @param manifest of the image
   * @return the configuration, verified, with as many layers as the manifest
   * @throws ImageNotFoundException if it is not there
   * @throws InvalidImageException if it is not what it has to be, or the manifest is none of an
   *     image
   */
  public ImageConfig config(Manifest manifest) {
    if (!manifest.config().mediaType().isConfig()) {
      throw new InvalidImageException(
          "manifest: config.mediaType: is %s, so this is no image that runs"
              .formatted(manifest.config().mediaType()));
    }
    ImageConfig config;
    try {
      config = ImageConfig.parse(blobs.read(manifest.config(), ImageConfig.MAX_BYTES));
    } catch (IOException e) {
      throw failure("read " + manifest.config().digest(), e);
    }
    if (manifest.layers().size() > MAX_LAYERS) {
      throw new InvalidImageException(
          "manifest: layers: there are %d; no more than %d are taken"
              .formatted(manifest.layers().size(), MAX_LAYERS));
    }
    if (config.diffIds().size() != manifest.layers().size()) {
      throw new InvalidImageException(
          "manifest: layers: there are %d, but the configuration names %d"
              .formatted(manifest.layers().size(), config.diffIds().size()));
    }
    return config;
  }

  /**
   * Gives an image a name, or keeps one without a name. Whatever had that name loses it. Where the
   * name has a digest, its tag says nothing.
   *
   * @param image its name and its manifest or index, of which all parts are there; an index needs
   *     one of its images
   * @throws ImageNotFoundException if a part is not there
   * @throws InvalidImageException if a part is not what it has to be, or the name has another
   *     digest
   */
  public void keep(StoredImage image) {
    image
        .name()
        .flatMap(ImageReference::digest)
        .filter(digest -> !digest.equals(image.target().digest()))
        .ifPresent(
            digest -> {
              throw new InvalidImageException(
                  "image %s: has the digest %s".formatted(digest, image.target().digest()));
            });
    locked(
        "keep " + image,
        () -> {
          new Reachable(blobs).named(image.target());
          blobs.sync();
          names.put(image);
          return image;
        });
  }

  /**
   * Gives an image a name: {@link #keep} with one.
   *
   * @param name what it is to be called
   * @param target its manifest or index
   */
  public void tag(ImageReference name, Descriptor target) {
    keep(new StoredImage(Optional.of(name), target));
  }

  /**
   * The image of a name.
   *
   * @param name with a tag, or exactly as it was kept with a digest
   * @return its manifest or index; empty if there is none of this name
   */
  public Optional<Descriptor> find(ImageReference name) {
    try {
      return names.find(name).map(StoredImage::target);
    } catch (IOException e) {
      throw failure("look for " + name, e);
    }
  }

  /**
   * All names, and images without one.
   *
   * @return sorted by name
   */
  public List<StoredImage> images() {
    try {
      return names.all();
    } catch (IOException e) {
      throw failure("list images", e);
    }
  }

  /**
   * Takes a name away, unless others have given it to another image meanwhile. The blobs stay until
   * the next {@link #collect}.
   *
   * @param image one of {@link #images}
   * @return whether the image had the name
   */
  public boolean remove(StoredImage image) {
    return locked("remove " + image, () -> names.remove(image));
  }

  /**
   * Loads images: writes what is not there yet, and gives them the names that the source has for
   * them, once all parts of all images have been found good. What was written of a source that is
   * refused is garbage.
   *
   * @param source where they come from
   * @return what was loaded; those without a name are kept as such
   * @throws InvalidImageException if something is not what it has to be
   * @throws ImageException if something cannot be read or written
   */
  public List<StoredImage> load(ImageSource source) {
    return load(source, ImageLimits.defaults());
  }

  /**
   * Loads images within limits of the caller's own.
   *
   * @param source where they come from
   * @param limits how much is taken
   * @return what was loaded
   */
  public List<StoredImage> load(ImageSource source, ImageLimits limits) {
    try (Lease lease = lease()) {
      List<StoredImage> images = read(source, lease, limits, null);
      images.forEach(this::keep);
      return images;
    }
  }

  /**
   * Loads images, and hands their layers on while they come in: those of images that {@link
   * #manifest(Descriptor)} would choose, and that were not in the store. A root file system, and an
   * archive that cannot be read in any order, since it is compressed or comes by a stream, comes in
   * before its layers are known: then all of it is in the store, and the sink gets nothing.
   *
   * @param source where they come from
   * @param sink takes layers; its limits are those of the whole. It has been through with all that
   *     it was given before an image gets its name. What it throws ends this
   * @return what was loaded
   * @throws InvalidImageException if something is not what it has to be
   * @throws ImageException if something cannot be read or written
   * @throws ContainerInterruptedException if the thread is interrupted
   */
  public List<StoredImage> load(ImageSource source, LayerSink sink) {
    try (Lease lease = lease();
        LayerIntake intake =
            new LayerIntake(lease, sink, Runtime.getRuntime().availableProcessors())) {
      List<StoredImage> images = read(source, lease, sink.limits(), intake);
      images.forEach(this::keep);
      return images;
    }
  }

  /**
   * Loads the one image of a source, and gives it this name instead of what the source calls it.
   *
   * @param source where it comes from
   * @param name what it is to be called
   * @return what was loaded
   * @throws InvalidImageException if there is none, or more than one, too
   */
  public StoredImage load(ImageSource source, ImageReference name) {
    try (Lease lease = lease()) {
      List<Descriptor> targets =
          read(source, lease, ImageLimits.defaults(), null).stream()
              .map(StoredImage::target)
              .distinct()
              .toList();
      if (targets.size() != 1) {
        throw new InvalidImageException(
            "%s has %d images, of which none can be chosen to be called %s"
                .formatted(source.label(), targets.size(), name));
      }
      StoredImage image = new StoredImage(Optional.of(name), targets.get(0));
      keep(image);
      return image;
    }
  }

  private List<StoredImage> read(
      ImageSource source, Lease lease, ImageLimits limits, @Nullable LayerIntake intake) {
    String what = "cannot load " + source.label();
    try {
      List<StoredImage> images = source.load(lease, this, limits, intake);
      if (intake != null) {
        intake.await();
      }
      return images;
    } catch (InvalidImageException e) {
      throw new InvalidImageException(what + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw StoreFiles.failure(what, e);
    }
  }

  /**
   * Writes images to somewhere else. The same images give the same bytes.
   *
   * @param target where to
   * @param images which
   * @throws ImageNotFoundException if a part of one is not there
   * @throws ImageException if it cannot be written
   */
  public void save(ImageTarget target, StoredImage... images) {
    try (Lease lease = lease()) {
      for (StoredImage image : images) {
        lease.hold(image.target());
      }
      target.save(this, List.of(images));
    } catch (IOException e) {
      throw StoreFiles.failure("cannot save to " + target.label(), e);
    }
  }

  /**
   * Reads a layer as the tar that it is. Digest and size of the blob and the digest of the tar are
   * verified at the end: a read then throws {@link InvalidImageException}, and so it does where the
   * layer is not compressed as its type says, or goes beyond the limits. Whoever does not read to
   * the end, which is behind the end of the archive, has verified nothing.
   *
   * @param layer one of the manifest's
   * @param diffId the digest of its tar, as the configuration has it
   * @param limits how much is taken
   * @return the tar, to be closed
   * @throws ImageNotFoundException if it is not there
   * @throws InvalidImageException if its type is that of no layer
   */
  public InputStream readLayer(Descriptor layer, Digest diffId, ImageLimits limits) {
    try {
      return Layers.open(blobs.open(layer), layer, diffId, limits);
    } catch (IOException e) {
      throw failure("read layer " + layer.digest(), e);
    }
  }

  /**
   * Reads a layer as {@link #readLayer(Descriptor, Digest, ImageLimits)} does, but ahead of the
   * reader, by three threads of the executor's: so nothing but what the reader does with it takes
   * the reader's time. Worth it for layers of a mebibyte and more.
   *
   * @param layer one of the manifest's
   * @param diffId the digest of its tar
   * @param limits how much is taken
   * @param executor runs three tasks for each layer at the same time, and never fewer; they end
   *     when the stream is closed
   * @return the tar, to be closed
   * @throws ImageNotFoundException if it is not there
   * @throws InvalidImageException if its type is that of no layer
   */
  public InputStream readLayer(
      Descriptor layer, Digest diffId, ImageLimits limits, Executor executor) {
    try {
      return Layers.openAhead(blobs.open(layer), layer, diffId, limits, executor);
    } catch (IOException e) {
      throw failure("read layer " + layer.digest(), e);
    }
  }

  /**
   * Removes what no image and no lease needs, and what killed JVMs were writing. Other threads and
   * JVMs wait meanwhile before they write, but not before they read.
   *
   * @return what was removed
   * @throws ImageException if an image cannot be followed; then nothing was removed. {@link #check}
   *     says what is wrong
   */
  public Collected collect() {
    return locked("collect garbage", this::collectLocked);
  }

  /**
   * Removes images without a name, and then all that {@link #collect} does.
   *
   * @return what was removed
   */
  public Collected prune() {
    return locked(
        "prune images",
        () -> {
          for (StoredImage image : names.all()) {
            if (image.name().isEmpty()) {
              names.remove(image);
            }
          }
          return collectLocked();
        });
  }

  private Collected collectLocked() throws IOException {
    Reachable needed = needed();
    int dead = leases.removeDead();
    names.removeTemporary();
    long count = 0;
    long bytes = 0;
    for (Digest digest : blobs.all()) {
      if (!needed.digests().contains(digest)) {
        bytes += blobs.size(digest).orElse(0L);
        Files.deleteIfExists(blobs.path(digest));
        count++;
      }
    }
    return new Collected(count, ByteSize.ofBytes(bytes), dead);
  }

  /** What is needed by what lives; with the lock. */
  private Reachable needed() throws IOException {
    Reachable needed = new Reachable(blobs);
    for (StoredImage image : names.all()) {
      try {
        needed.named(image.target());
      } catch (ImageNotFoundException | InvalidImageException e) {
        throw new ImageException(
            "image %s: %s; remove it, or load it again".formatted(image.label(), e.getMessage()),
            e);
      }
    }
    for (Descriptor held : leases.held()) {
      needed.held(held);
    }
    return needed;
  }

  /**
   * What it needs on disk.
   *
   * @return the numbers of one moment
   */
  public DiskUsage usage() {
    return locked(
        "measure",
        () -> {
          Reachable needed = needed();
          long count = 0;
          long bytes = 0;
          long garbage = 0;
          for (Digest digest : blobs.all()) {
            long size = blobs.size(digest).orElse(0L);
            count++;
            bytes += size;
            garbage += needed.digests().contains(digest) ? 0 : size;
          }
          return new DiskUsage(
              names.all().size(),
              count,
              ByteSize.ofBytes(bytes),
              ByteSize.ofBytes(garbage),
              ByteSize.ofBytes(leases.bytes()));
        });
  }

  /**
   * Proves that the store is consistent: hashes each blob, and follows each name to all that its
   * image is made of. It reads everything, so it takes as long as the disk needs for that; others
   * can use the store meanwhile.
   *
   * @return what was looked at, and what is wrong with it
   */
  public StoreReport check() {
    return check(false);
  }

  /**
   * Does what {@link #check} does, and removes what is damaged: a blob that is not what its name
   * says, and a name that cannot be read. Images that had them can then be loaded or pulled again;
   * a damaged blob would be taken for the one that is already there.
   *
   * @return what was wrong
   */
  public StoreReport repair() {
    return check(true);
  }

  private StoreReport check(boolean repair) {
    StoreCheck check = new StoreCheck(blobs, names, repair);
    try {
      lock.locked(
          () -> {
            check.followNames();
            return check;
          });
      check.hashBlobs();
      return check.report();
    } catch (IOException e) {
      throw failure("check images", e);
    }
  }
}
