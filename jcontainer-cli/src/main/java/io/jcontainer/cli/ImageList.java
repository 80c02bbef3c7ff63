package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The images of a store, and how a call names one of them. */
final class ImageList {
  private static final Pattern ID = Pattern.compile("(?:sha256:|sha512:)?([0-9a-f]{1,128})");

  private final ImageStore store;
  private @Nullable List<ImageFacts> all;

  ImageList(ImageStore store) {
    this.store = store;
  }

  /** All, the newest first, as Docker has them; read once, whatever others do meanwhile. */
  List<ImageFacts> all() {
    if (all == null) {
      all =
          store.images().stream()
              .map(stored -> ImageFacts.of(store, stored))
              .sorted(
                  Comparator.comparing(
                          (ImageFacts each) ->
                              each.created().map(time -> time.toEpochMilli()).orElse(0L))
                      .reversed())
              .toList();
    }
    return all;
  }

  /**
   * Takes a name away, or an image without one.
   *
   * @return whether it was there
   */
  boolean remove(ImageFacts image) {
    all = all().stream().filter(each -> !each.stored().equals(image.stored())).toList();
    return store.remove(image.stored());
  }

  /** Whether an image has any name left, or is kept without one. */
  boolean has(Digest id) {
    return all().stream().anyMatch(image -> image.id().equals(id));
  }

  /**
   * An image that a call names: by a name, which goes before, or by an id, also the beginning of
   * one, or a digest.
   *
   * @throws ImageNotFoundException if there is none
   */
  ImageFacts find(String text) {
    return ImageFacts.of(store, stored(text));
  }

  /** The same, of which nothing is read if it is called by its name. */
  StoredImage stored(String text) {
    List<StoredImage> named = byName(text);
    return named.isEmpty() ? byId(text).get(0).stored() : named.get(0);
  }

  /**
   * What a call means by an image for a platform, as Docker sees it: without one, that for this
   * machine, or the only one, whatever it is for.
   *
   * @param target its manifest or index
   * @return the manifest of an image for another platform, else the target
   * @throws ImageNotFoundException if there is none for it
   */
  Descriptor select(Descriptor target, Optional<Platform> platform) {
    if (platform.isPresent()) {
      return store.select(target, platform.get());
    }
    store.manifest(target);
    return target;
  }

  /**
   * What a runtime is to call an image. Of an index, one for another platform than this machine's
   * is called by its digest.
   *
   * @param platform what it is for; empty for this machine
   * @throws ImageNotFoundException if there is none for it
   */
  String called(StoredImage image, Optional<Platform> platform) {
    Digest digest = image.target().digest();
    Digest chosen = select(image.target(), platform).digest();
    return chosen.equals(digest) || platform.filter(Platform.current()::matches).isPresent()
        ? image.name().map(ImageReference::toString).orElse(digest.toString())
        : image.name().map(name -> name.withDigest(chosen).toString()).orElse(chosen.toString());
  }

  /** The image that has exactly this name. */
  Optional<StoredImage> exactly(String text) {
    return parsed(text)
        // A tag says nothing where there is a digest.
        .map(name -> name.digest().map(name::withDigest).orElse(name))
        .flatMap(
            name -> store.find(name).map(target -> new StoredImage(Optional.of(name), target)));
  }

  /**
   * The image that has this name. What has a tag can be called by its digest as well: then all of
   * its names in the repository.
   */
  List<StoredImage> byName(String text) {
    return exactly(text)
        .map(List::of)
        .or(() -> parsed(text).flatMap(name -> name.digest().map(digest -> of(name, digest))))
        .orElse(List.of());
  }

  /** Empty for an id, or for nothing, which the caller tells. */
  private static Optional<ImageReference> parsed(String text) {
    try {
      return Optional.of(ImageReference.parse(text));
    } catch (InvalidSpecException e) {
      return Optional.empty();
    }
  }

  private List<StoredImage> of(ImageReference repository, Digest digest) {
    return store.images().stream()
        .filter(image -> image.target().digest().equals(digest))
        .filter(
            image ->
                image
                    .name()
                    .filter(name -> name.repository().equals(repository.repository()))
                    .isPresent())
        .toList();
  }

  /** All names of the one image whose id begins so. */
  List<ImageFacts> byId(String text) {
    List<ImageFacts> found = startingWith(text);
    if (found.isEmpty()) {
      throw new ImageNotFoundException(
          "no image \"%s\" is in %s: images lists what there is, pull and load bring others"
              .formatted(TableText.printable(text), store.directory()));
    }
    return found;
  }

  /** The same, but there may be none. Ids go before digests of manifests. */
  List<ImageFacts> startingWith(String text) {
    Matcher id = ID.matcher(text);
    if (!id.matches()) {
      return List.of();
    }
    List<ImageFacts> found = beginning(all(), ImageFacts::id, id.group(1));
    if (found.isEmpty()) {
      found = beginning(all(), ImageFacts::digest, id.group(1));
    }
    Set<Digest> ids = new TreeSet<>();
    found.forEach(each -> ids.add(each.id()));
    if (ids.size() > 1) {
      throw new InvalidSpecException(
          "image",
          "\"%s\" is the beginning of several ids: %s"
              .formatted(text, ids.stream().map(Digest::hex).collect(Collectors.joining(", "))));
    }
    return found;
  }

  private static List<ImageFacts> beginning(
      List<ImageFacts> all, Function<ImageFacts, Digest> which, String hex) {
    return all.stream().filter(each -> which.apply(each).hex().startsWith(hex)).toList();
  }
}
