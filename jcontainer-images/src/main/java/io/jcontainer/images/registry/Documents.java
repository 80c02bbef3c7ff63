package io.jcontainer.images.registry;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageDocument;
import io.jcontainer.images.ImageNotFoundException;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.MediaType;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Manifests and indexes as registries have them. */
final class Documents {
  /** Older forms are not asked for. */
  static final String ACCEPTED =
      String.join(
          ", ",
          MediaType.OCI_INDEX.value(),
          MediaType.OCI_MANIFEST.value(),
          MediaType.DOCKER_INDEX.value(),
          MediaType.DOCKER_MANIFEST.value());

  private final Client client;
  private final ImageReference name;
  private final List<Endpoint> endpoints;

  Documents(Client client, ImageReference name, List<Endpoint> endpoints) {
    this.client = client;
    this.name = name;
    this.endpoints = endpoints;
  }

  /** A document that was loaded. */
  static final class Loaded {
    private final Descriptor descriptor;
    private final byte[] bytes;
    private final Endpoint endpoint;

    private Loaded(Descriptor descriptor, byte[] bytes, Endpoint endpoint) {
      this.descriptor = descriptor;
      this.bytes = bytes;
      this.endpoint = endpoint;
    }

    Descriptor descriptor() {
      return descriptor;
    }

    /** As they came. */
    byte[] bytes() {
      return bytes;
    }

    /** Who has it. */
    Endpoint endpoint() {
      return endpoint;
    }
  }

  /** The digest that a tag stands for, if the registry says so when it is asked for that only. */
  Optional<Digest> digestOf(String tag) {
    return first(endpoint -> head(endpoint, tag));
  }

  private Optional<Digest> head(Endpoint endpoint, String tag) {
    try (Reply reply = client.send(ask(endpoint, "HEAD", tag), 200, 404, 405)) {
      if (reply.status() == 404) {
        throw missing(endpoint, tag);
      }
      return reply.status() == 200 ? digest(reply) : Optional.empty();
    }
  }

  /** What the registry calls what it gives, in a form that is one. */
  static Optional<Digest> digest(Reply reply) {
    return reply
        .header("Docker-Content-Digest")
        .map(
            text -> {
              try {
                return Digest.parse(text);
              } catch (InvalidImageException e) {
                throw new InvalidImageException(
                    "%s: Docker-Content-Digest: %s".formatted(reply.request(), e.getMessage()), e);
              }
            });
  }

  /** Loads what a tag or a digest stands for. */
  Loaded load(String tagOrDigest) {
    return first(endpoint -> load(endpoint, tagOrDigest, null));
  }

  /** Loads what an index refers to. */
  Loaded load(Descriptor descriptor) {
    return first(endpoint -> load(endpoint, descriptor.digest().toString(), descriptor));
  }

  private Ask ask(Endpoint endpoint, String method, String tagOrDigest) {
    return Ask.of(endpoint, method, endpoint.manifest(name, tagOrDigest), endpoint.pullScope(name))
        .header("Accept", ACCEPTED);
  }

  private ImageNotFoundException missing(Endpoint endpoint, String tagOrDigest) {
    return new ImageNotFoundException(
        "%s has no image %s%s%s"
            .formatted(
                endpoint.host(),
                endpoint.path(name),
                tagOrDigest.indexOf(':') >= 0 ? "@" : ":",
                tagOrDigest));
  }

  private Loaded load(Endpoint endpoint, String tagOrDigest, @Nullable Descriptor expected) {
    return client.read(
        ask(endpoint, "GET", tagOrDigest),
        reply -> {
          if (reply.status() == 404) {
            throw missing(endpoint, tagOrDigest);
          }
          return loaded(endpoint, tagOrDigest, expected, reply);
        },
        200,
        404);
  }

  private static Loaded loaded(
      Endpoint endpoint, String tagOrDigest, @Nullable Descriptor expected, Reply reply)
      throws IOException {
    MediaType type = type(reply);
    byte[] bytes = reply.read(ImageDocument.MAX_BYTES);
    Digest digest = tagOrDigest.indexOf(':') >= 0 ? Digest.parse(tagOrDigest) : Digest.of(bytes);
    Descriptor found = Descriptor.of(type, digest, bytes.length);
    if (expected != null) {
      compare(reply, found, expected);
    } else {
      checkDigest(reply, digest);
    }
    ImageDocument.parse(type, bytes);
    return new Loaded(found, bytes, endpoint);
  }

  private static MediaType type(Reply reply) {
    String text = reply.contentType();
    try {
      MediaType type = new MediaType(text);
      if (type.isDocument()) {
        return type;
      }
    } catch (InvalidImageException e) {
      // It is shown below, as all that is none.
    }
    throw new InvalidImageException(
        "%s: answers with \"%s\", which is no manifest and no index"
            .formatted(reply.request(), Text.shown(text)));
  }

  private static void compare(Reply reply, Descriptor found, Descriptor expected) {
    if (!found.mediaType().equals(expected.mediaType()) || found.size() != expected.size()) {
      throw new InvalidImageException(
          "%s: is %s of %d bytes, but its index says %s of %d"
              .formatted(
                  reply.request(),
                  found.mediaType(),
                  found.size(),
                  expected.mediaType(),
                  expected.size()));
    }
  }

  /** A registry that is of another mind about what it has sent has sent something else. */
  private static void checkDigest(Reply reply, Digest digest) {
    digest(reply)
        .filter(said -> said.algorithm() == digest.algorithm() && !said.equals(digest))
        .ifPresent(
            said -> {
              throw new InvalidImageException(
                  "%s: is %s, but is said to be %s".formatted(reply.request(), digest, said));
            });
  }

  /** Asks the mirrors, in their order, and then the registry, whose answer is the last word. */
  private <T> T first(Function<Endpoint, T> question) {
    List<RuntimeException> failures = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      try {
        return question.apply(endpoint);
      } catch (RegistryException | ImageNotFoundException | InvalidImageException e) {
        failures.add(e);
      }
    }
    RuntimeException last = failures.remove(failures.size() - 1);
    failures.forEach(last::addSuppressed);
    throw last;
  }
}
