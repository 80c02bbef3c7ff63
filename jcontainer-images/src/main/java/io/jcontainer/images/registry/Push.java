package io.jcontainer.images.registry;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageDocument;
import io.jcontainer.images.ImageException;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** One push, from an image in the store to a name. */
final class Push {
  private final Client client;
  private final Endpoint endpoint;
  private final ImageReference name;
  private final Optional<ImageReference> other;
  private final ImageStore store;
  private final Events events;

  /** All documents, what is referred to before what refers to it. */
  private final Map<Digest, Descriptor> documents = new LinkedHashMap<>();

  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();

  private Push(
      Client client, ImageReference name, StoredImage image, ImageStore store, Events events) {
    this.client = client;
    this.endpoint = Endpoint.of(Host.parse(name.domain()), "", client.options());
    this.name = name;
    this.store = store;
    this.events = events;
    this.other =
        image
            .name()
            .filter(
                each -> each.domain().equals(name.domain()) && !each.path().equals(name.path()));
  }

  static StoredImage run(
      Client client,
      StoredImage image,
      Optional<Platform> platform,
      ImageReference name,
      ImageStore store,
      Events events) {
    try (Lease lease = store.lease()) {
      lease.hold(image.target());
      Descriptor target = target(image, platform, store);
      if (name.digest().filter(digest -> !digest.equals(target.digest())).isPresent()) {
        throw new InvalidImageException(
            "cannot push to %s: the image has the digest %s".formatted(name, target.digest()));
      }
      new Push(client, name, image, store, events).run(target);
      return new StoredImage(Optional.of(name), target);
    }
  }

  private static Descriptor target(
      StoredImage image, Optional<Platform> platform, ImageStore store) {
    if (platform.isEmpty()) {
      return image.target();
    }
    Descriptor chosen = store.select(image.target(), platform.get());
    // What its index says of it besides says nothing any more.
    return Descriptor.of(chosen.mediaType(), chosen.digest(), chosen.size());
  }

  private void run(Descriptor target) {
    String tag =
        name.tag().filter(text -> name.digest().isEmpty()).orElse(target.digest().toString());
    if (has(tag, target)) {
      events.tell(TransferEvent.Step.PRESENT, target, target.size());
      return;
    }
    collect(target, 0);
    Lanes.run(
        "jcontainer-push",
        client.options().parallel(),
        blobs.values().stream()
            .map(blob -> new Upload(client, endpoint, name, other, store, events, blob))
            .<Runnable>map(upload -> upload::run)
            .toList());
    for (Descriptor document : documents.values()) {
      put(document, document.equals(target) ? tag : document.digest().toString());
    }
  }

  /** Whether the registry has a document, by this tag or digest. */
  private boolean has(String tagOrDigest, Descriptor document) {
    Ask ask =
        Ask.of(endpoint, "HEAD", endpoint.manifest(name, tagOrDigest), endpoint.pushScope(name))
            .header("Accept", Documents.ACCEPTED);
    try (Reply reply = client.send(ask, 200, 404)) {
      return reply.status() == 200
          && Documents.digest(reply).filter(document.digest()::equals).isPresent();
    }
  }

  private void collect(Descriptor target, int depth) {
    ImageDocument.checkDepth(target, depth);
    ImageDocument document = store.document(target);
    if (document instanceof Manifest manifest) {
      blobs.put(manifest.config().digest(), manifest.config());
      manifest.layers().forEach(layer -> blobs.put(layer.digest(), layer));
    } else if (document instanceof Index index) {
      for (Descriptor child : index.manifests()) {
        child(target, child, depth);
      }
    }
    documents.put(target.digest(), target);
  }

  private void child(Descriptor target, Descriptor child, int depth) {
    boolean isDocument = child.mediaType().isDocument();
    if (documents.containsKey(child.digest())) {
      return;
    }
    if (isDocument && store.containsImage(child)) {
      collect(child, depth + 1);
    } else if (isDocument && !has(child.digest().toString(), child)) {
      throw new ImageNotFoundException(
          "cannot push index %s to %s: the image for %s is neither in the store nor in the repository: pull all platforms of it, or push that of one"
              .formatted(
                  target.digest(),
                  name,
                  child.platform().map(Platform::toString).orElse(child.digest().toString())));
    }
  }

  private void put(Descriptor document, String tagOrDigest) {
    byte[] bytes;
    try (InputStream in = store.read(document)) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new ImageException("cannot read %s: %s".formatted(document.digest(), e), e);
    }
    URI uri = endpoint.manifest(name, tagOrDigest);
    Ask ask =
        Ask.of(endpoint, "PUT", uri, endpoint.pushScope(name))
            .header("Content-Type", document.mediaType().value())
            .withBody(SentBody.of(bytes));
    try (Reply reply = client.send(ask, 201)) {
      if (Documents.digest(reply).filter(said -> !said.equals(document.digest())).isPresent()) {
        throw new RegistryException(
            "%s: the registry has got something else than %s"
                .formatted(reply.request(), document.digest()),
            reply.status());
      }
    }
    events.tell(TransferEvent.Step.FINISHED, document, document.size());
  }
}
