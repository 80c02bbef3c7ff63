package io.jcontainer;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file system that a container sees as its root: read-only layers that all containers share,
 * and at most one write layer of its own on top, which vanishes with the container unless {@link
 * #writableIn} keeps it. Nothing is copied unless {@link #withFallback()} allows it, and nothing is
 * mounted on the host's side.
 *
 * <p>The root directory itself is as an image says, and may then be changed by the container. That
 * of other layers is root's with mode 0755, whatever these directories have.
 *
 * <p>Every root gets its own {@code /proc}, a read-only {@code /sys}, a minimal {@code /dev}, and
 * nothing of the host but what its layers hold.
 *
 * @since 0.1.0
 */
public final class LayeredRootfs {
  /** How large a write layer may become if nothing else is said: 256 MiB, kept in memory. */
  public static final ByteSize DEFAULT_WRITE_LAYER = ByteSize.ofMebibytes(256);

  private static final int LONGEST_REFERENCE = 1024;
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");

  private final @Nullable Source image;
  private final List<Path> layers;
  private final @Nullable ByteSize writeLayer;
  private final @Nullable Path keptIn;
  private final Set<Fallback> fallbacks;
  private final boolean inspectable;

  /**
   * Which image.
   *
   * @param digest null for the one that has the name at the start
   */
  private record Source(String reference, @Nullable String digest, PullPolicy policy) {
    @Override
    public String toString() {
      return "image "
          + reference
          + (digest == null || digest.equals(reference) ? "" : " (" + digest + ")")
          + (policy == PullPolicy.MISSING
              ? ""
              : ", pulled " + policy.name().toLowerCase(Locale.ROOT));
    }
  }

  private LayeredRootfs(
      @Nullable Source image,
      List<Path> layers,
      @Nullable ByteSize writeLayer,
      @Nullable Path keptIn,
      Set<Fallback> fallbacks,
      boolean inspectable) {
    this.image = image;
    this.layers = layers;
    this.writeLayer = writeLayer;
    this.keptIn = keptIn;
    this.fallbacks = fallbacks;
    this.inspectable = inspectable;
  }

  /**
   * The host's programs on a private, empty root: {@code /usr}, {@code /bin}, {@code /sbin} and
   * {@code /lib*} read-only, a private {@code /tmp}, and an {@code /etc} with made-up {@code
   * passwd}, {@code group}, {@code hosts} and {@code resolv.conf}, and of the host's only what
   * programs need to run: the linker's cache, alternatives, certificates, the time zone, a JDK's
   * configuration. Never {@code /home}, {@code /root}, {@code /var}, {@code /srv} or {@code
   * /etc/shadow}. Read-only unless {@link #writable()} is asked for; under an ordinary user that
   * takes new files in the root, in {@code /etc} and beside what is in {@code /usr}, but what the
   * host has there stays as it is, since the host's root, who owns it, is nobody in its user
   * namespace.
   *
   * @return the root file system
   */
  public static LayeredRootfs host() {
    return new LayeredRootfs(null, List.of(), null, null, Set.of(), false);
  }

  /**
   * A directory of the host as the only layer, which is never changed, below a write layer of
   * {@link #DEFAULT_WRITE_LAYER}.
   *
   * @param directory an absolute path
   * @return the root file system
   * @throws InvalidSpecException if the path is relative
   */
  public static LayeredRootfs directory(Path directory) {
    return layers(directory);
  }

  /**
   * Directories of the host as layers of an overlay, which are never changed, below a write layer
   * of {@link #DEFAULT_WRITE_LAYER}.
   *
   * @param lowestFirst absolute paths, the lowest layer first as in an image's manifest, at least
   *     one
   * @return the root file system
   * @throws InvalidSpecException if there is none, or one is relative
   */
  public static LayeredRootfs layers(Path... lowestFirst) {
    return layers(List.of(lowestFirst));
  }

  /**
   * The same as {@link #layers(Path...)}.
   *
   * @param lowestFirst absolute paths, the lowest layer first, at least one
   * @return the root file system
   * @throws InvalidSpecException if there is none, or one is relative
   */
  public static LayeredRootfs layers(List<Path> lowestFirst) {
    if (lowestFirst.isEmpty()) {
      throw new InvalidSpecException("rootfs", "at least one layer is needed");
    }
    for (Path layer : lowestFirst) {
      if (!layer.isAbsolute()) {
        throw new InvalidSpecException("rootfs", "the layer " + layer + " is not an absolute path");
      }
    }
    return new LayeredRootfs(
        null, List.copyOf(lowestFirst), DEFAULT_WRITE_LAYER, null, Set.of(), false);
  }

  /**
   * The layers of an image, below a write layer of {@link #DEFAULT_WRITE_LAYER}. Only its layers:
   * what it says about commands, variables and users is what {@link ContainerSpec#from} is for.
   *
   * <p>The image is looked for in the {@linkplain RuntimeOptions#withImageDirectory image
   * directory} at each start, and pulled as {@link #pull} says. Its layers are unpacked while they
   * are pulled, or else with the first start, each once for all images and containers that have it,
   * and are not removed as long as a container uses them. This needs {@code
   * io.jcontainer:jcontainer-images}, and room for what is pulled and what is unpacked.
   *
   * @param reference as Docker takes it: {@code alpine:3.20}, {@code localhost:5000/a/b}, {@code
   *     name@sha256:...}; or {@code sha256:} and 64 digits for one that is here, by the digest of
   *     its manifest or index, or of the manifest of one of the platforms of an index
   * @return the root file system
   * @throws InvalidSpecException if it is empty, or has a space or control character in it; whether
   *     it is a reference is found out when it is looked for
   */
  public static LayeredRootfs image(String reference) {
    if (reference.isEmpty()
        || reference.length() > LONGEST_REFERENCE
        || reference.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new InvalidSpecException(
          "rootfs",
          "\"" + reference.replaceAll("[^ -~]", "?") + "\" is no image, such as alpine:3.20");
    }
    return of(new Source(reference, null, PullPolicy.MISSING));
  }

  /**
   * The layers of exactly this image, below a write layer of {@link #DEFAULT_WRITE_LAYER}, whatever
   * its name leads to by now.
   *
   * @param image from {@link ContainerRuntime#image(String, PullPolicy)}
   * @return the root file system
   */
  public static LayeredRootfs image(Image image) {
    return of(new Source(image.name().orElse(image.digest()), image.digest(), PullPolicy.MISSING));
  }

  private static LayeredRootfs of(Source image) {
    return new LayeredRootfs(image, List.of(), DEFAULT_WRITE_LAYER, null, Set.of(), false);
  }

  /** Refuses what is no digest. */
  static void checkDigest(String digest) {
    if (!DIGEST.matcher(digest).matches()) {
      throw new InvalidSpecException(
          "digest",
          "\"" + digest.replaceAll("[^ -~]", "?") + "\" is not sha256: and 64 hexadecimal digits");
    }
  }

  /**
   * The same image, but fetched from its registry as this policy says; {@link PullPolicy#MISSING}
   * by default.
   *
   * @param policy when
   * @return a new value
   * @throws InvalidSpecException if this is no image
   */
  public LayeredRootfs pull(PullPolicy policy) {
    Source source = requireImage();
    return new LayeredRootfs(
        new Source(source.reference(), source.digest(), policy),
        layers,
        writeLayer,
        keptIn,
        fallbacks,
        inspectable);
  }

  /**
   * For backends: the same image, found.
   *
   * @param digest of its manifest or index
   * @param lowestFirst the directories that its layers are unpacked in; empty if it has no layer
   * @return a new value, which is what {@link Container#spec()} has
   * @throws InvalidSpecException if this is no image
   */
  public LayeredRootfs found(String digest, List<Path> lowestFirst) {
    Source source = requireImage();
    checkDigest(digest);
    return new LayeredRootfs(
        new Source(source.reference(), digest, source.policy()),
        List.copyOf(lowestFirst),
        writeLayer,
        keptIn,
        fallbacks,
        inspectable);
  }

  private Source requireImage() {
    if (image == null) {
      throw new InvalidSpecException("rootfs", this + " is no image");
    }
    return image;
  }

  /**
   * The same layers without a write layer. A private {@code /tmp} stays writable.
   *
   * @return a new value
   */
  public LayeredRootfs readOnly() {
    return new LayeredRootfs(image, layers, null, null, fallbacks, inspectable);
  }

  /**
   * The same layers with a write layer of {@link #DEFAULT_WRITE_LAYER}.
   *
   * @return a new value
   */
  public LayeredRootfs writable() {
    return writable(DEFAULT_WRITE_LAYER);
  }

  /**
   * The same layers with a write layer in memory, which vanishes with the container. A write beyond
   * its size fails with ENOSPC.
   *
   * @param size how large it may become; rounded up to whole pages, more than 0
   * @return a new value
   * @throws InvalidSpecException if the size is 0
   */
  public LayeredRootfs writable(ByteSize size) {
    if (size.bytes() == 0) {
      throw new InvalidSpecException("rootfs", "a write layer of 0 bytes; use readOnly()");
    }
    return new LayeredRootfs(image, layers, size, null, fallbacks, inspectable);
  }

  /**
   * The same layers with a write layer that is kept in a directory of the host: it outlives the
   * container, and the next one with this directory sees what the last one wrote. One container at
   * a time uses it; another is refused until the first has ended or its JVM has died.
   *
   * <p>The directory is made with mode 0700 if it is not there, but none above it. It must belong
   * to the JVM's user, be writable by nobody else, and lie on a file system that can hold an
   * overlay's upper layer, such as ext4, XFS or Btrfs. {@code upper}, {@code work} and {@code lock}
   * are made in it. It has no limit but its file system's. Owners in {@code upper} are the host's
   * ids of the container's, so that a container with other ids is refused. Layers are to be the
   * same every time. To delete it as an ordinary user, {@code chmod u+rwx} the directory {@code
   * work/work} first, which OverlayFS leaves with mode 000, or remove it with the ids of the
   * container, as {@code unshare --map-auto --map-root-user rm -r} does. The latter is needed if an
   * image or a container has given {@code /} to another id, for {@code upper} belongs to that one.
   *
   * @param directory an absolute path, neither in a layer nor above one
   * @return a new value
   * @throws InvalidSpecException if the path is relative, overlaps a layer, or this is {@link
   *     #host()}, which is several overlays
   */
  public LayeredRootfs writableIn(Path directory) {
    if (isHost()) {
      throw new InvalidSpecException(
          "rootfs", "the host's programs cannot have a write layer that is kept; use writable()");
    }
    if (!directory.isAbsolute()) {
      throw new InvalidSpecException(
          "rootfs", "the directory to write in, " + directory + ", is not an absolute path");
    }
    Path place = directory.normalize();
    for (Path layer : layers) {
      Path other = layer.normalize();
      if (place.startsWith(other) || other.startsWith(place)) {
        throw new InvalidSpecException(
            "rootfs",
            "the directory to write in, " + directory + ", and the layer " + layer + " overlap");
      }
    }
    return new LayeredRootfs(image, layers, null, directory, fallbacks, inspectable);
  }

  /**
   * What a container may get where the host cannot have an overlay of its layers.
   *
   * @since 0.1.0
   */
  public enum Fallback {
    /**
     * An overlay that a process serves, fuse-overlayfs(1), where it is installed and the JVM's user
     * may open {@code /dev/fuse}. Nothing is copied and the write layer keeps its size, but files
     * are slower. Each container has such a process, which ends with it; it runs on the host, as
     * root if the JVM does, with the capabilities that files need. Not for {@link #writableIn}:
     * what it writes is not what an overlay of the kernel's would read.
     */
    FUSE_OVERLAYFS,

    /**
     * A copy of the layers, made at the start. It takes as long and as much room as {@code cp}
     * does, or little of both on a file system with reflinks. It lies in the directory of {@link
     * RuntimeOptions#withCopyDirectory}, by default the runtime's state directory, which may be in
     * memory; or in the directory of {@link #writableIn}, which then goes on with its copy,
     * whatever the layers are by then. It has no limit but its file system's: the size of {@link
     * #writable(ByteSize)} does not hold for it. It is removed when the container has ended; what a
     * killed JVM has left, the next runtime with the same directory removes.
     *
     * <p>Whiteouts and opaque directories of layers are obeyed. Owners are those that the container
     * would see; what belongs to an id that the container does not have, or to nobody (65534) under
     * an ordinary user, becomes its root's, without set-user-id and set-group-id bits. Hard links
     * within a layer, times of change, holes, file capabilities and {@code user.*} attributes are
     * kept, other extended attributes are not. Left out are device nodes, which work in no
     * container.
     */
    COPY
  }

  /**
   * The same, with all of {@link Fallback} allowed: the first that can be had is taken.
   *
   * @return a new value
   * @throws InvalidSpecException if this is {@link #host()}
   */
  public LayeredRootfs withFallback() {
    return withFallback(EnumSet.allOf(Fallback.class));
  }

  /**
   * The same, but where the host cannot have an overlay of these layers, the container gets the
   * first of these that it can have. No overlay can be had where the kernel has none for this user,
   * where a layer or the directory of {@link #writableIn} lies on a file system that OverlayFS
   * refuses, and for root where a layer cannot be mounted with the container's ids. It is tried,
   * once for each runtime and layers; where an overlay works, this changes nothing.
   *
   * @param allowed what may be taken, in the order of the enum; empty for nothing but an overlay
   * @return a new value
   * @throws InvalidSpecException if this is {@link #host()}, which needs no overlay unless it is
   *     writable, and then several
   */
  public LayeredRootfs withFallback(Set<Fallback> allowed) {
    if (isHost()) {
      throw new InvalidSpecException(
          "rootfs", "the host's programs cannot have a fallback; name directories");
    }
    return new LayeredRootfs(image, layers, writeLayer, keptIn, Set.copyOf(allowed), inspectable);
  }

  /**
   * The same, and what a container writes can be looked at: {@link Container#changes()}, {@link
   * Container#diff} and {@link Container#export} work while it runs and after its end, and {@link
   * Container#copyTo} and {@link Container#copyFrom} after its end as well. For that the runtime
   * holds the write layer, and all that is mounted in the container, until {@link
   * Container#close()}: a container that has ended and is not closed goes on to take the memory of
   * what it has written, and three descriptors.
   *
   * <p>A write layer that is kept by {@link #writableIn} need not be inspectable for anything but
   * copies after the end; if it is, the next container can use its directory when this one is
   * closed, not when it has ended.
   *
   * @return a new value
   */
  public LayeredRootfs inspectable() {
    return new LayeredRootfs(image, layers, writeLayer, keptIn, fallbacks, true);
  }

  /**
   * Whether what a container writes can be looked at.
   *
   * @return true after {@link #inspectable()}
   */
  public boolean isInspectable() {
    return inspectable;
  }

  /**
   * Whether this is {@link #host()}.
   *
   * @return true if the host's system directories are the layers
   */
  public boolean isHost() {
    return layers.isEmpty() && image == null;
  }

  /**
   * The name of the image.
   *
   * @return the reference, or empty if this is none
   */
  public Optional<String> image() {
    return Optional.ofNullable(image).map(Source::reference);
  }

  /**
   * Exactly which image.
   *
   * @return the digest of its manifest or index; empty if this is no image, or the one that has the
   *     name when it is looked for
   */
  public Optional<String> imageDigest() {
    return Optional.ofNullable(image).map(Source::digest);
  }

  /**
   * When the image is fetched from its registry.
   *
   * @return the policy; {@link PullPolicy#NEVER} if this is no image
   */
  public PullPolicy pullPolicy() {
    return image == null ? PullPolicy.NEVER : image.policy();
  }

  /**
   * The directories.
   *
   * @return the lowest first; empty for {@link #host()}, and for an image that no container was
   *     started of
   */
  public List<Path> layers() {
    return layers;
  }

  /**
   * The size of the write layer in memory.
   *
   * @return the size, or empty if there is none in memory
   */
  public Optional<ByteSize> writeLayer() {
    return Optional.ofNullable(writeLayer);
  }

  /**
   * Where the write layer is kept.
   *
   * @return the directory of {@link #writableIn}, or empty if nothing is kept
   */
  public Optional<Path> keptIn() {
    return Optional.ofNullable(keptIn);
  }

  /**
   * Whether there is no write layer.
   *
   * @return true if there is none, neither in memory nor in a directory
   */
  public boolean isReadOnly() {
    return writeLayer == null && keptIn == null;
  }

  /**
   * What the container may get where no overlay can be had.
   *
   * @return what {@link #withFallback(Set)} allows; empty for nothing
   */
  public Set<Fallback> fallbacks() {
    return fallbacks;
  }

  @Override
  public String toString() {
    String lower = image == null ? layers.toString() : image.toString();
    return (isHost() ? "host" : lower)
        + (isReadOnly()
            ? ", read-only"
            : ", write layer " + (keptIn == null ? "of " + writeLayer : "in " + keptIn))
        + (fallbacks.isEmpty() ? "" : ", or " + new TreeSet<>(fallbacks))
        + (inspectable ? ", inspectable" : "");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LayeredRootfs rootfs
        && Objects.equals(image, rootfs.image)
        && layers.equals(rootfs.layers)
        && Objects.equals(writeLayer, rootfs.writeLayer)
        && Objects.equals(keptIn, rootfs.keptIn)
        && fallbacks.equals(rootfs.fallbacks)
        && inspectable == rootfs.inspectable;
  }

  @Override
  public int hashCode() {
    return Objects.hash(image, layers, writeLayer, keptIn, fallbacks, inspectable);
  }
}
