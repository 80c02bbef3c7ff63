package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
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

/** The images of a store, and how a call names one of them. */
final class ImageList {
  private static final Pattern ID = Pattern.compile("(?:sha256:|sha512:)?([0-9a-f]{1,128})");

  private final ImageStore store;

  ImageList(ImageStore store) {
    this.store = store;
  }

  /** All, the newest first, as Docker has them. */
  List<ImageFacts> all() {
    return store.images().stream()
        .map(stored -> ImageFacts.of(store, stored))
        .sorted(
            Comparator.comparing(
                    (ImageFacts each) -> each.created().map(time -> time.toEpochMilli()).orElse(0L))
                .reversed())
        .toList();
  }

  /**
   * An image that a call names: by a name, which goes before, or by an id, also the beginning of
   * one, or a digest.
   *
   * @throws ImageNotFoundException if there is none
   */
  ImageFacts find(String text) {
    return byName(text)
        .map(stored -> ImageFacts.of(store, stored))
        .orElseGet(() -> byId(text).get(0));
  }

  /** The image that has exactly this name. */
  Optional<StoredImage> byName(String text) {
    ImageReference name;
    try {
      name = ImageReference.parse(text);
    } catch (InvalidSpecException e) {
      return Optional.empty(); // an id, or nothing, which the caller tells
    }
    return store
        .find(name)
        .map(target -> new StoredImage(Optional.of(stored(name)), target))
        .or(() -> byDigest(name));
  }

  /** A tag says nothing where there is a digest. */
  private static ImageReference stored(ImageReference name) {
    return name.digest().map(name::withDigest).orElse(name);
  }

  /** What has a tag can be called by its digest as well. */
  private Optional<StoredImage> byDigest(ImageReference name) {
    return name.digest()
        .flatMap(
            digest ->
                store.images().stream()
                    .filter(each -> each.target().digest().equals(digest))
                    .filter(
                        each ->
                            each.name()
                                .filter(has -> has.repository().equals(name.repository()))
                                .isPresent())
                    .findFirst());
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
    List<ImageFacts> all = all();
    List<ImageFacts> found = beginning(all, ImageFacts::id, id.group(1));
    if (found.isEmpty()) {
      found = beginning(all, ImageFacts::digest, id.group(1));
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
