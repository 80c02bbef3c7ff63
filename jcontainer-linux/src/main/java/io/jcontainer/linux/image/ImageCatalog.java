package io.jcontainer.linux.image;

import io.jcontainer.Image;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDirectory;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.StoredImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The images of a directory, by name or digest, and how one comes there. */
final class ImageCatalog {
  private static final Pattern BARE_DIGEST = Pattern.compile("sha(256|512):[0-9a-f]{64,128}");

  /** Who removes an image as often as this while one start looks for it, wants it to be gone. */
  private static final int LOCATED_AGAIN = 3;

  private final Path directory;
  private final Puller puller;
  private @Nullable ImageStore store;

  ImageCatalog(Path directory, Puller puller) {
    this.directory = directory;
    this.puller = puller;
  }

  /** What an image is made of. */
  record Contents(Manifest manifest, ImageConfig config) {}

  /** Made with the first image that is asked for. */
  synchronized ImageStore store() {
    if (store == null) {
      store = ImageStore.open(ImageDirectory.store(directory));
    }
    return store;
  }

  /**
   * What is known of a name here: one small file for a name, all names for a digest.
   *
   * @return its manifest or index
   */
  Optional<Descriptor> find(String reference) {
    if (isDigest(reference)) {
      return find(Digest.parse(reference));
    }
    ImageReference name = ImageReference.parse(reference);
    Optional<Descriptor> found = store().find(name);
    return found.isPresent() || name.digest().isEmpty() ? found : find(name.digest().get());
  }

  /** One that was there when a container was started of it. */
  Descriptor present(String digest) {
    return find(Digest.parse(digest)).orElseThrow(() -> missing(digest, "of this digest any more"));
  }

  /** Also one image of an index, so that it can be one for another platform. */
  private Optional<Descriptor> find(Digest digest) {
    List<Descriptor> targets = store().images().stream().map(StoredImage::target).toList();
    return targets.stream()
        .filter(target -> target.digest().equals(digest))
        .findFirst()
        .or(() -> targets.stream().flatMap(target -> inIndex(target, digest).stream()).findFirst());
  }

  private Optional<Descriptor> inIndex(Descriptor target, Digest digest) {
    try {
      return target.mediaType().isIndex() && store().document(target) instanceof Index index
          ? index.manifests().stream()
              .filter(image -> image.mediaType().isManifest() && image.digest().equals(digest))
              .filter(store()::contains)
              .findFirst()
          : Optional.empty();
    } catch (ImageNotFoundException | InvalidImageException e) {
      return Optional.empty(); // it is told to whoever asks for that image
    }
  }

  /** Which image a reference means: what it says itself need not be looked up. */
  Optional<Digest> digest(String reference) {
    if (isDigest(reference)) {
      return Optional.of(Digest.parse(reference));
    }
    ImageReference name = ImageReference.parse(reference);
    return name.digest().or(() -> store().find(name).map(Descriptor::digest));
  }

  private static boolean isDigest(String reference) {
    return BARE_DIGEST.matcher(reference).matches();
  }

  /** Whether nothing has to be fetched for {@link #locate}. */
  boolean has(String reference, PullPolicy policy) {
    return policy != PullPolicy.ALWAYS && usable(find(reference), policy).isPresent();
  }

  /**
   * Finds an image, or fetches it.
   *
   * @param digest exactly which, or null for the one that has the name
   */
  Descriptor locate(String reference, @Nullable String digest, PullPolicy policy) {
    if (digest != null) {
      return pinned(reference, Digest.parse(digest), policy);
    }
    if (isDigest(reference)) {
      return find(reference).orElseThrow(() -> missing(reference, "of this digest"));
    }
    ImageReference name = ImageReference.parse(reference);
    if (policy == PullPolicy.ALWAYS) {
      return puller.pull(name, store());
    }
    return usable(find(reference), policy).orElseGet(() -> fetch(name, policy));
  }

  /** What is here of an index may be for other platforms: then it is pulled, if it may be. */
  private Optional<Descriptor> usable(Optional<Descriptor> found, PullPolicy policy) {
    return policy == PullPolicy.NEVER ? found : found.filter(this::isForThisMachine);
  }

  private boolean isForThisMachine(Descriptor target) {
    try {
      store().manifest(target);
      return true;
    } catch (ImageNotFoundException e) {
      return false;
    }
  }

  private Descriptor pinned(String reference, Digest digest, PullPolicy policy) {
    Optional<Descriptor> found =
        find(reference).filter(it -> it.digest().equals(digest)).or(() -> find(digest));
    if (isDigest(reference)) {
      return found.orElseThrow(() -> missing(digest.toString(), "of this digest"));
    }
    return usable(found, policy)
        .orElseGet(() -> fetch(ImageReference.parse(reference).withDigest(digest), policy));
  }

  private Descriptor fetch(ImageReference name, PullPolicy policy) {
    if (policy == PullPolicy.NEVER) {
      throw missing(
          name.familiar(),
          "of this name, and it is pulled " + policy.name().toLowerCase(Locale.ROOT));
    }
    return puller.pull(name, store());
  }

  private ImageNotFoundException missing(String image, String what) {
    return new ImageNotFoundException(
        "image %s: there is none %s in %s".formatted(image, what, directory));
  }

  /**
   * Reads what an image is made of, for this machine.
   *
   * @param reference how it is called
   */
  private Contents read(String reference, Descriptor target) {
    try {
      Manifest manifest = store().manifest(target);
      return new Contents(manifest, store().config(manifest));
    } catch (ImageNotFoundException e) {
      throw new ImageNotFoundException("image %s: %s".formatted(reference, e.getMessage()));
    }
  }

  /** What an image says. */
  Image image(String reference, PullPolicy policy) {
    return image(reference, null, policy);
  }

  /** What an image says that was there a moment ago, by its digest. */
  Image image(String reference, String digest) {
    return image(reference, digest, PullPolicy.NEVER);
  }

  private Image image(String reference, @Nullable String digest, PullPolicy policy) {
    Descriptor located = locate(reference, digest, policy);
    try (Lease lease = store().lease()) {
      Held held = hold(lease, reference, digest, policy, located);
      Optional<String> name =
          isDigest(reference)
              ? Optional.empty()
              : Optional.of(ImageReference.parse(reference).toString());
      return ImageValues.of(name, held.target(), held.contents().config());
    }
  }

  /**
   * An image all of which stays.
   *
   * @param target its manifest or index
   */
  record Held(Descriptor target, Contents contents) {}

  /**
   * Keeps an image from being collected, whatever becomes of its name. One that was removed since
   * it was located is located again, also if others are pulling it by now: they may never end.
   *
   * @param located what {@link #locate} has found
   */
  Held hold(
      Lease lease,
      String reference,
      @Nullable String digest,
      PullPolicy policy,
      Descriptor located) {
    Descriptor target = located;
    for (int left = LOCATED_AGAIN; ; left--) {
      try {
        return new Held(target, hold(lease, reference, target));
      } catch (ImageNotFoundException e) {
        if (left == 0) {
          throw e;
        }
      }
      target = locate(reference, digest, policy);
    }
  }

  /**
   * Keeps an image from being collected, and reads it.
   *
   * @param reference how it is called
   * @throws ImageNotFoundException if not all of it is there, for this machine
   */
  Contents hold(Lease lease, String reference, Descriptor target) {
    if (!lease.hold(target)) {
      throw gone(reference, target);
    }
    Contents contents = read(reference, target);
    for (Descriptor layer : contents.manifest().layers()) {
      if (!store().contains(layer)) {
        throw gone(reference, layer);
      }
    }
    return contents;
  }

  private static ImageNotFoundException gone(String reference, Descriptor part) {
    return new ImageNotFoundException(
        "image %s: %s is not in the store: it was removed meanwhile; load or pull it again"
            .formatted(reference, part.digest()));
  }
}
