package io.jcontainer.images.registry;

import io.jcontainer.ByteSize;
import io.jcontainer.images.Descriptor;
import io.jcontainer.images.Digest;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.ImageStore;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One blob's way into a repository: found there, mounted from another repository, or uploaded, at
 * once or in pieces. Source: OCI's distribution specification, "Pushing Blobs".
 */
final class Upload {
  private static final long USUAL_CHUNK = 16 << 20;
  private static final int GONE = 404;
  private static final int TOO_LARGE = 413;
  private static final int OUT_OF_ORDER = 416;
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

  private final Client client;
  private final Endpoint endpoint;
  private final ImageReference name;
  private final Optional<ImageReference> other;
  private final ImageStore store;
  private final Events events;
  private final Descriptor blob;
  private final LongConsumer progress;

  /**
   * The upload of a blob.
   *
   * @param other a repository of the same registry that may have the blob
   */
  Upload(
      Client client,
      Endpoint endpoint,
      ImageReference name,
      Optional<ImageReference> other,
      ImageStore store,
      Events events,
      Descriptor blob) {
    this.client = client;
    this.endpoint = endpoint;
    this.name = name;
    this.other = other;
    this.store = store;
    this.events = events;
    this.blob = blob;
    this.progress = events.progress(blob);
  }

  /** Where an upload goes on, and how much of it is there. */
  private record Session(URI location, long offset, long leastChunk) {}

  void run() {
    if (isThere()) {
      events.tell(TransferEvent.Step.PRESENT, blob, blob.size());
      return;
    }
    Optional<Session> session = mountOrBegin();
    if (session.isEmpty()) {
      events.tell(TransferEvent.Step.MOUNTED, blob, blob.size());
      return;
    }
    events.tell(TransferEvent.Step.STARTED, blob, 0);
    boolean large =
        client.options().uploadChunk().filter(chunk -> blob.size() > chunk.bytes()).isPresent();
    if (large || !atOnce(session.get())) {
      inPieces(session.get(), large);
    }
    events.tell(TransferEvent.Step.FINISHED, blob, blob.size());
  }

  private Ask ask(String method, URI uri) {
    String scope =
        endpoint.pushScope(name) + other.map(each -> " " + endpoint.pullScope(each)).orElse("");
    return Ask.of(endpoint, method, uri, scope);
  }

  private boolean isThere() {
    URI uri = endpoint.blob(name, blob.digest().toString());
    try (Reply reply = client.send(ask("HEAD", uri), 200, 404)) {
      return reply.status() == 200;
    }
  }

  /** Begins an upload; empty if the registry has the blob already, in the other repository. */
  private Optional<Session> mountOrBegin() {
    String query =
        other
            .map(each -> "?mount=%s&from=%s".formatted(blob.digest(), endpoint.path(each)))
            .orElse("");
    try (Reply reply = client.send(ask("POST", uploads(query)), 201, 202)) {
      return reply.status() == 201 ? Optional.empty() : Optional.of(session(reply, 0, 0));
    }
  }

  private URI uploads(String query) {
    return endpoint.uri(endpoint.path(name) + "/blobs/uploads/" + query);
  }

  private Session session(Reply reply, long offset, long leastChunk) {
    String location =
        reply
            .header("Location")
            .orElseThrow(
                () ->
                    new RegistryException(
                        reply.request() + ": does not say where to upload to", reply.status()));
    return new Session(
        Client.leadsTo(endpoint, reply.uri(), location),
        offset,
        reply.headers().firstValueAsLong("OCI-Chunk-Min-Length").orElse(leastChunk));
  }

  private URI finish(Session session) {
    String separator = session.location().getRawQuery() == null ? "?" : "&";
    return URI.create(session.location() + separator + "digest=" + blob.digest());
  }

  /** The blob in one request; false if it has to go on in pieces. */
  private boolean atOnce(Session session) {
    Ask ask =
        ask("PUT", finish(session))
            .header("Content-Type", "application/octet-stream")
            .withBody(body(0, blob.size()));
    try (Reply reply = client.attempt(ask)) {
      if (reply.status() == TOO_LARGE) {
        return false;
      }
      done(reply);
      return true;
    } catch (IOException e) {
      client.pause(ask.shown(), 1, e);
      return false;
    }
  }

  private SentBody body(long offset, long size) {
    return new SentBody(
        offset, size, () -> store.read(blob), count -> progress.accept(offset + count));
  }

  private void done(Reply reply) {
    if (reply.status() != 201) {
      throw reply.failure();
    }
    Optional<Digest> said = Documents.digest(reply);
    if (said.filter(each -> !each.equals(blob.digest())).isPresent()) {
      throw new RegistryException(
          "%s: %s was sent, but the registry has got %s"
              .formatted(reply.request(), blob.digest(), said.get()),
          reply.status());
    }
  }

  /** Piece by piece; after a failure the registry is asked how much has come. */
  private void inPieces(Session begun, boolean isNew) {
    Session session = begun;
    boolean known = isNew;
    int failures = 0;
    while (true) {
      try {
        if (!known) {
          session = asked(session);
          known = true;
          events.tell(TransferEvent.Step.RESUMED, blob, session.offset());
        }
        if (session.offset() == blob.size()) {
          try (Reply reply = client.attempt(ask("PUT", finish(session)))) {
            done(reply);
            return;
          }
        }
        session = piece(session);
        failures = 0;
      } catch (IOException e) {
        client.pause("upload of " + blob.digest() + " to " + endpoint.host(), ++failures, e);
        known = false;
      }
    }
  }

  private Session piece(Session session) throws IOException {
    long chunk =
        Math.max(
            client.options().uploadChunk().map(ByteSize::bytes).orElse(USUAL_CHUNK),
            session.leastChunk());
    long from = session.offset();
    long size = Math.min(chunk, blob.size() - from);
    Ask ask =
        ask("PATCH", session.location())
            .header("Content-Type", "application/octet-stream")
            .header("Content-Range", from + "-" + (from + size - 1))
            .withBody(body(from, size));
    try (Reply reply = client.attempt(ask)) {
      if (reply.status() == OUT_OF_ORDER || reply.status() == GONE) {
        throw new IOException("the registry has lost its place", reply.failure());
      }
      if (reply.status() / 100 != 2) {
        throw reply.failure();
      }
      return session(reply, from + size, session.leastChunk());
    }
  }

  /** Where an upload is; a new one if the registry has forgotten it, or cannot say. */
  private Session asked(Session session) throws IOException {
    try (Reply reply = client.attempt(ask("GET", session.location()))) {
      if (reply.status() / 100 != 2 && reply.status() != GONE) {
        throw reply.failure();
      }
      // "0-0" is what many say of one byte and of none.
      Matcher range = RANGE.matcher(reply.header("Range").orElse(""));
      if (reply.status() != GONE && range.matches()) {
        long offset = Long.parseLong(range.group(1)) + 1;
        if (offset > 1 && offset <= blob.size()) {
          return reply.header("Location").isPresent()
              ? session(reply, offset, session.leastChunk())
              : new Session(session.location(), offset, session.leastChunk());
        }
      }
    }
    try (Reply reply = client.attempt(ask("POST", uploads("")))) {
      if (reply.status() != 202) {
        throw reply.failure();
      }
      return session(reply, 0, 0);
    }
  }
}
