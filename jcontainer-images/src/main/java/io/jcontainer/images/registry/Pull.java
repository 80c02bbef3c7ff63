package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageDocument;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.Index;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.LayerIntake;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Lease;
import io.jcontainer.images.Manifest;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One pull, from the name to an image in the store. */
final class Pull {
  private final Client client;
  private final ImageReference name;
  private final Optional<Platform> platform;
  private final ImageStore store;
  private final Lease lease;
  private final Events events;
  private final @Nullable LayerIntake intake;
  private List<Endpoint> endpoints;
  private final Semaphore turns;
  private final AtomicLong total = new AtomicLong();

  /** Indexes can share what is in them, and have exponentially many ways to it. */
  private final Set<Digest> followed = new HashSet<>();

  private Pull(
      Client client,
      ImageReference name,
      Optional<Platform> platform,
      ImageStore store,
      Lease lease,
      Events events,
      @Nullable LayerIntake intake) {
    this.client = client;
    this.name = name;
    this.platform = platform;
    this.store = store;
    this.lease = lease;
    this.events = events;
    this.intake = intake;
    this.turns = new Semaphore(client.options().parallel(), /* fair= */ true);
    this.endpoints = endpoints(client.options(), name.domain());
  }

  private static List<Endpoint> endpoints(RegistryOptions options, String domain) {
    String host = Host.parse(domain);
    List<Endpoint> endpoints = new ArrayList<>();
    for (RegistryOptions.Mirror mirror : options.mirrors(host)) {
      endpoints.add(Endpoint.of(mirror.host(), mirror.prefix(), options));
    }
    endpoints.add(Endpoint.of(host, "", options));
    return endpoints;
  }

  /**
   * Pulls.
   *
   * @param platform whose image is loaded of an index; all if there is none
   */
  static StoredImage run(
      Client client,
      ImageReference name,
      Optional<Platform> platform,
      ImageStore store,
      Events events,
      @Nullable LayerSink sink) {
    try (Lease lease = store.lease()) {
      if (sink == null) {
        return new Pull(client, name, platform, store, lease, events, null).run();
      }
      try (LayerIntake intake = new LayerIntake(lease, sink, client.options().parallel())) {
        return new Pull(client, name, platform, store, lease, events, intake).run();
      }
    } catch (InvalidImageException e) {
      throw new InvalidImageException("cannot pull %s: %s".formatted(name, e.getMessage()), e);
    }
  }

  private StoredImage run() {
    Descriptor target = target();
    List<Manifest> manifests = new ArrayList<>();
    follow(target, 0, manifests);
    if (manifests.isEmpty()) {
      throw new ImageNotFoundException("%s: the index is empty".formatted(name));
    }
    for (Manifest manifest : manifests) {
      load(manifest);
    }
    StoredImage image = new StoredImage(Optional.of(name), target);
    store.keep(image);
    return image;
  }

  /** What the name stands for, loaded. */
  private Descriptor target() {
    Documents documents = new Documents(client, name, endpoints);
    Optional<Descriptor> known = store.find(name).filter(lease::hold);
    if (name.digest().isPresent()) {
      return known.orElseGet(() -> write(documents.load(name.digest().get().toString())));
    }
    String tag = name.tag().orElse("latest");
    if (known.isPresent()) {
      Optional<Digest> digest = documents.digestOf(tag);
      if (digest.filter(known.get().digest()::equals).isPresent()) {
        return known.get();
      }
    }
    return write(documents.load(tag));
  }

  private Descriptor write(Documents.Loaded loaded) {
    Descriptor descriptor = loaded.descriptor();
    lease.write(descriptor, new ByteArrayInputStream(loaded.bytes()));
    events.tell(TransferEvent.Step.FINISHED, descriptor, descriptor.size());
    // A mirror that did not have this will not have the rest.
    endpoints = endpoints.subList(endpoints.indexOf(loaded.endpoint()), endpoints.size());
    return descriptor;
  }

  /** Loads the documents that a document leads to, and collects the manifests. */
  private void follow(Descriptor target, int depth, List<Manifest> manifests) {
    ImageDocument.checkDepth(target, depth);
    if (!followed.add(target.digest())) {
      return;
    }
    ImageDocument document = store.document(target);
    if (document instanceof Manifest manifest) {
      manifests.add(manifest);
    } else if (document instanceof Index index) {
      for (Descriptor child : chosen(target, index)) {
        if (!lease.hold(child)) {
          limit(child, ImageDocument.MAX_BYTES);
          admit(child);
          write(new Documents(client, name, endpoints).load(child));
        }
        follow(child, depth + 1, manifests);
      }
    }
  }

  private List<Descriptor> chosen(Descriptor target, Index index) {
    if (platform.isEmpty()) {
      return index.manifests().stream().filter(each -> each.mediaType().isDocument()).toList();
    }
    return List.of(
        index
            .select(platform.get())
            .orElseThrow(
                () ->
                    new ImageNotFoundException(
                        "%s has no image for %s; index %s has %s"
                            .formatted(
                                name,
                                platform.get(),
                                target.digest(),
                                index.manifests().stream()
                                    .map(
                                        each -> each.platform().map(Platform::toString).orElse("?"))
                                    .distinct()
                                    .limit(20)
                                    .toList()))));
  }

  private static void limit(Descriptor blob, long most) {
    if (blob.size() > most) {
      throw new InvalidImageException(
          "%s %s: has %d bytes; at most %d are taken"
              .formatted(blob.mediaType(), blob.digest(), blob.size(), most));
    }
  }

  private void admit(Descriptor blob) {
    long most = client.options().maxImageSize().bytes();
    if (blob.size() > most - total.getAndAdd(Math.min(blob.size(), most))) {
      throw new InvalidImageException(
          "the image has more than %d bytes; no more are taken (RegistryOptions.withMaxImageSize)"
              .formatted(most));
    }
  }

  private void load(Manifest manifest) {
    boolean image = manifest.config().mediaType().isConfig();
    if (image) {
      limit(manifest.config(), ImageConfig.MAX_BYTES);
    }
    blob(manifest.config(), null, 0);
    ImageConfig config = image ? store.config(manifest) : null;
    Map<Digest, Runnable> tasks = new LinkedHashMap<>();
    for (int i = 0; i < manifest.layers().size(); i++) {
      int index = i;
      Descriptor layer = manifest.layers().get(i);
      tasks.putIfAbsent(layer.digest(), () -> blob(layer, config, index));
    }
    // While some blobs are brought to the disk, others come in.
    Lanes.run("jcontainer-pull", 2 * client.options().parallel(), List.copyOf(tasks.values()));
    if (intake != null) {
      intake.await();
    }
  }

  private void blob(Descriptor blob, @Nullable ImageConfig config, int index) {
    if (lease.hold(blob)) {
      events.tell(TransferEvent.Step.PRESENT, blob, blob.size());
      return;
    }
    admit(blob);
    try (Turn turn = new Turn(turns)) {
      come(blob, config, index, turn);
    }
    events.tell(TransferEvent.Step.FINISHED, blob, blob.size());
  }

  private void come(Descriptor blob, @Nullable ImageConfig config, int index, Turn turn) {
    events.tell(TransferEvent.Step.STARTED, blob, 0);
    AtomicLong position = new AtomicLong();
    try (BlobInput in =
        new BlobInput(
            client,
            endpoints,
            name,
            blob,
            events.progress(blob).andThen(position::set),
            () -> events.tell(TransferEvent.Step.RESUMED, blob, position.get()),
            turn::close)) {
      if (intake != null && config != null) {
        intake.write(config, index, blob, in);
      } else {
        lease.write(blob, in);
      }
    }
  }

  /**
   * One of as many as may come in at once; it ends with the blob, and is not needed to store it.
   */
  private static final class Turn implements AutoCloseable {
    private final Semaphore turns;
    private boolean ended;

    Turn(Semaphore turns) {
      this.turns = turns;
      try {
        turns.acquire();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ContainerInterruptedException("interrupted while other blobs came in", e);
      }
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        turns.release();
      }
    }
  }
}
