package io.jcontainer.images.registry;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import io.jcontainer.images.LayerSink;
import io.jcontainer.images.Platform;
import io.jcontainer.images.StoredImage;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The client of all registries: pulls images into a store and pushes them out of it, by OCI's
 * distribution specification 1.1 over HTTP/2 or HTTP/1.1.
 *
 * <pre>
 * try (Registry registry = Registry.create()) {
 *   StoredImage image = registry.pull(ImageReference.parse("alpine:3.20"), store);
 *   registry.push(image, ImageReference.parse("localhost:5000/alpine:3.20"), store);
 * }
 * </pre>
 *
 * <p>Whatever a registry does, the store stays consistent: blobs are verified while they are
 * written, and an image gets its name when it is whole. A pull that fails, or whose JVM is killed,
 * leaves nothing but garbage for {@link ImageStore#collect}.
 *
 * <p>Any number of threads can use one client at once; connections and tokens are shared. Calls
 * wait until all is done, and end by an interruption of the calling thread with a {@link
 * io.jcontainer.ContainerInterruptedException}. Threads that a call has made end before it returns;
 * those of the HTTP client end with {@link #close}, or a second after they were last needed.
 *
 * <p>All methods throw {@link RegistryException} if a registry cannot be reached or refuses, and of
 * these {@link RegistryAccessException} for want of credentials; {@link
 * io.jcontainer.images.ImageNotFoundException} for what is not there; {@link
 * io.jcontainer.images.InvalidImageException} for what is not what it has to be.
 *
 * @since 0.1.0
 */
public final class Registry implements AutoCloseable {
  private final Client client;

  private Registry(RegistryOptions options) {
    this.client = new Client(options);
  }

  /**
   * A client with the usual options.
   *
   * @return the client, to be closed
   */
  public static Registry create() {
    return create(RegistryOptions.defaults());
  }

  /**
   * A client.
   *
   * @param options how it works
   * @return the client, to be closed
   * @throws RegistryException if certificates that the options name cannot be read
   */
  public static Registry create(RegistryOptions options) {
    return new Registry(options);
  }

  /**
   * Pulls an image for this machine.
   *
   * @param name what it is called; it has the same name in the store
   * @param store where it goes
   * @return the image, whose target is the index, if the name stands for one
   */
  public StoredImage pull(ImageReference name, ImageStore store) {
    return pull(name, Platform.current(), store, TransferListener.none());
  }

  /**
   * Pulls an image for a platform. Where the name stands for an index, that is kept as it is, with
   * the one image for the platform: so the digest is the one that the registry has. What is in the
   * store already is not transferred; if all is, there is one request, or none if the name has a
   * digest.
   *
   * @param name what it is called; it has the same name in the store
   * @param platform what it is to run on; not looked at if the name stands for one image only
   * @param store where it goes
   * @param listener hears how it goes on
   * @return the image
   */
  public StoredImage pull(
      ImageReference name, Platform platform, ImageStore store, TransferListener listener) {
    return Pull.run(client, name, Optional.of(platform), store, new Events(listener), null);
  }

  /**
   * Pulls an image for a platform, and hands its layers on while they come in.
   *
   * @param name what it is called
   * @param platform what it is to run on
   * @param store where it goes
   * @param listener hears how it goes on
   * @param sink takes the layers that were not in the store. It has been through with all that it
   *     was given when this returns. What it throws ends the pull
   * @return the image
   */
  public StoredImage pull(
      ImageReference name,
      Platform platform,
      ImageStore store,
      TransferListener listener,
      LayerSink sink) {
    return Pull.run(client, name, Optional.of(platform), store, new Events(listener), sink);
  }

  /**
   * Pulls an image for all platforms that there are.
   *
   * @param name what it is called
   * @param store where it goes
   * @param listener hears how it goes on
   * @return the image
   */
  public StoredImage pullAll(ImageReference name, ImageStore store, TransferListener listener) {
    return Pull.run(client, name, Optional.empty(), store, new Events(listener), null);
  }

  /**
   * Pushes an image as it is.
   *
   * @param image one of the store's
   * @param name what it is to be called
   * @param store where it is
   * @return the image by its new name, which the store does not have
   */
  public StoredImage push(StoredImage image, ImageReference name, ImageStore store) {
    return push(image, name, store, TransferListener.none());
  }

  /**
   * Pushes an image as it is. What the registry has is not uploaded, and what it has in the
   * repository that the image's own name tells is taken over from there.
   *
   * @param image one of the store's. All images of an index have to be there, or in the repository
   * @param name what it is to be called; a digest has to be the image's
   * @param store where it is
   * @param listener hears how it goes on
   * @return the image by its new name, which the store does not have
   */
  public StoredImage push(
      StoredImage image, ImageReference name, ImageStore store, TransferListener listener) {
    return Push.run(client, image, Optional.empty(), name, store, new Events(listener));
  }

  /**
   * Pushes the image for one platform without the index that it is in; so its digest is another.
   *
   * @param image one of the store's
   * @param platform which of its images
   * @param name what it is to be called
   * @param store where it is
   * @param listener hears how it goes on
   * @return the image by its new name, which the store does not have
   */
  public StoredImage push(
      StoredImage image,
      Platform platform,
      ImageReference name,
      ImageStore store,
      TransferListener listener) {
    return Push.run(client, image, Optional.of(platform), name, store, new Events(listener));
  }

  /**
   * The tags of a repository.
   *
   * @param repository a name whose tag and digest say nothing
   * @return in the registry's order; 200,000 at most
   */
  public List<String> tags(ImageReference repository) {
    Endpoint endpoint = endpoint(repository.domain());
    return new Listing(client, endpoint, endpoint.pullScope(repository))
        .all(
            endpoint.path(repository) + "/tags/list",
            "tags",
            tag -> isGood(repository::withTag, tag));
  }

  /**
   * The repositories of a registry, if it tells.
   *
   * @param registry its host, with a port if it needs one
   * @return in the registry's order; 200,000 at most
   */
  public List<String> catalog(String registry) {
    Endpoint endpoint = endpoint(registry);
    return new Listing(client, endpoint, "registry:catalog:*")
        .all(
            "_catalog",
            "repositories",
            path ->
                isGood(
                    text -> new ImageReference("x", text, Optional.empty(), Optional.empty()),
                    path));
  }

  private static boolean isGood(Consumer<String> parser, String text) {
    try {
      parser.accept(text);
      return true;
    } catch (InvalidSpecException e) {
      return false;
    }
  }

  private Endpoint endpoint(String host) {
    return Endpoint.of(Host.parse(host), "", client.options());
  }

  /**
   * Asks a registry whether credentials are good, and uses them from now on. {@link
   * DockerConfig#login} keeps them.
   *
   * @param registry its host, with a port if it needs one
   * @param credentials as whom
   * @throws RegistryAccessException if it refuses them
   */
  public void login(String registry, Credentials credentials) {
    Endpoint endpoint = endpoint(registry);
    client.access().use(endpoint.host(), credentials);
    boolean good = false;
    try {
      client.send(Ask.of(endpoint, "GET", endpoint.uri(""), ""), 200).close();
      good = true;
    } finally {
      if (!good) {
        client.access().use(endpoint.host(), null);
      }
    }
  }

  /** Ends all connections. Calls that are under way fail. */
  @Override
  public void close() {
    client.close();
  }
}
