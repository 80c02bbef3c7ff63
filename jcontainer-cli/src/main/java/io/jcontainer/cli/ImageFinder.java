package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.PullPolicy;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import io.jcontainer.images.registry.Registry;
import java.util.Optional;

/** Finds the image that is to run, and pulls one that is not here. */
final class ImageFinder {
  private final Caller caller;
  private final ImageStore store;
  private final ImageList list;

  ImageFinder(Caller caller, ImageStore store) {
    this.caller = caller;
    this.store = store;
    this.list = new ImageList(store);
  }

  /**
   * What the runtime is to call it.
   *
   * @param text a name, an id, or the beginning of one
   * @param policy whether the registry is asked
   * @param platform what it is for; empty for this machine
   */
  String find(String text, PullPolicy policy, Optional<String> platform) {
    Platform wanted = platform.map(Platform::parse).orElseGet(Platform::current);
    if (policy != PullPolicy.ALWAYS) {
      Optional<StoredImage> here = list.byName(text);
      if (here.isEmpty()) {
        here = list.startingWith(text).stream().map(ImageFacts::stored).findFirst();
      }
      if (here.filter(image -> has(image.target(), wanted)).isPresent()) {
        return called(here.get(), platform.map(Platform::parse));
      }
      if (policy == PullPolicy.NEVER) {
        throw new ImageNotFoundException(
            "no image \"%s\" for %s is in %s, and with --pull=never no registry is asked"
                .formatted(TableText.printable(text), wanted, store.directory()));
      }
      ImageReference.parse(text); // what is no name is told first
      caller.err().println("Unable to find image '" + TableText.printable(text) + "' locally");
    }
    return called(pull(text, wanted), platform.map(Platform::parse));
  }

  private boolean has(Descriptor target, Platform wanted) {
    try {
      store.manifest(target, wanted);
      return true;
    } catch (ImageNotFoundException e) {
      return false;
    }
  }

  private StoredImage pull(String text, Platform wanted) {
    ImageReference name = ImageReference.parse(text);
    try (Registry registry = new RegistryAccess(caller.env()).open(name.domain())) {
      return registry.pull(name, wanted, store, TransferLines.ofPull(TransferLines.onErr(caller)));
    } catch (ImageException e) {
      if (text.matches("[a-z0-9_.-]+")) {
        throw new ImageException(
            "%s; a program of the host is run by: jcontainer run -- %s"
                .formatted(e.getMessage(), text),
            e);
      }
      throw e;
    }
  }

  /** Of an index, an image for another platform than this machine's is kept under its digest. */
  private String called(StoredImage image, Optional<Platform> platform) {
    Descriptor target = image.target();
    if (platform.isPresent() && store.document(target) instanceof Index index) {
      Descriptor chosen =
          index
              .select(platform.get())
              .orElseThrow(
                  () ->
                      new ImageNotFoundException(
                          "%s has no image for %s".formatted(target.digest(), platform.get())));
      if (!chosen.equals(index.select(Platform.current()).orElse(null))) {
        ImageReference name =
            image
                .name()
                .orElseThrow(
                    () ->
                        new InvalidSpecException(
                            "platform", "an image for several platforms needs a name"))
                .withDigest(chosen.digest());
        store.tag(name, chosen);
        return name.toString();
      }
    }
    return image.name().map(ImageReference::toString).orElse(target.digest().toString());
  }
}
