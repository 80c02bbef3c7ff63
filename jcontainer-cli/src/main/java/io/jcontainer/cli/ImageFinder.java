package io.jcontainer.cli;

import io.jcontainer.PullPolicy;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
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
  String find(String text, PullPolicy policy, Optional<Platform> platform) {
    if (policy != PullPolicy.ALWAYS) {
      try {
        return list.called(list.stored(text), platform);
      } catch (ImageNotFoundException e) {
        if (policy == PullPolicy.NEVER) {
          throw new ImageNotFoundException(
              "cannot run %s: %s; with --pull=never no registry is asked"
                  .formatted(TableText.printable(text), e.getMessage()));
        }
      }
      ImageReference.parse(text); // what is no name is told first
      caller.err().println("Unable to find image '" + TableText.printable(text) + "' locally");
    }
    return list.called(pull(text, platform.orElseGet(Platform::current)), platform);
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
}
