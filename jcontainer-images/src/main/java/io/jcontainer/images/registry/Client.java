package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Requests to registries: challenges are answered, redirects followed, and what fails for reasons
 * that may pass is asked again. Credentials go to the registry that was asked, and no further.
 */
final class Client implements AutoCloseable {
  private static final int MOST_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final RegistryOptions options;
  private final Http http;
  private final Access access;

  Client(RegistryOptions options) {
    this.options = options;
    this.http = new Http(options);
    this.access = new Access(http, options);
  }

  RegistryOptions options() {
    return options;
  }

  Access access() {
    return access;
  }

  /**
   * Makes a request, several times if need be.
   *
   * @param statuses those of which the answer has to have one
   * @return the answer, whose body may break while it is read
   * @throws RegistryException if there is no such answer
   */
  Reply send(Ask ask, Integer... statuses) {
    return repeat(ask, () -> expect(ask, statuses));
  }

  /** Reads an answer. */
  interface Reader<T> {
    /** May be called again, with another answer, if the body of this one breaks. */
    T read(Reply reply) throws IOException;
  }

  /**
   * Makes a request and reads the answer, both several times if need be.
   *
   * @param statuses those of which the answer has to have one
   * @throws RegistryException if there is no such answer, or none that can be read
   */
  <T> T read(Ask ask, Reader<T> reader, Integer... statuses) {
    return repeat(
        ask,
        () -> {
          try (Reply reply = expect(ask, statuses)) {
            return reader.read(reply);
          }
        });
  }

  private interface Attempt<T> {
    T make() throws IOException;
  }

  private <T> T repeat(Ask ask, Attempt<T> attempt) {
    for (int number = 1; ; number++) {
      try {
        return attempt.make();
      } catch (IOException e) {
        if (Http.isUnreachable(e) && !ask.patient()) {
          throw Http.failure(ask.shown(), e);
        }
        pause(ask.shown(), number, e);
      }
    }
  }

  private Reply expect(Ask ask, Integer... statuses) throws IOException {
    Reply reply = attempt(ask);
    if (List.of(statuses).contains(reply.status())) {
      return reply;
    }
    try (reply) {
      throw reply.failure();
    }
  }

  /**
   * Makes a request once.
   *
   * @return the answer, whatever its status is
   * @throws PassingException if the answer is one that may pass
   * @throws IOException if there is none, which may pass, too
   */
  Reply attempt(Ask ask) throws IOException {
    Reply reply = once(ask);
    if (PASSING.contains(reply.status())) {
      try (reply) {
        throw new PassingException(reply.failure(), reply.retryAfter());
      }
    }
    return reply;
  }

  /**
   * Waits before the next attempt.
   *
   * @param what was tried
   * @param attempt how many there have been
   * @param failure of the last one, which is thrown if there shall be no other
   */
  void pause(String what, int attempt, IOException failure) {
    Optional<Duration> asked =
        failure instanceof PassingException passing ? passing.delay() : Optional.empty();
    if (attempt >= options.attempts()
        || Thread.currentThread().isInterrupted()
        || asked.filter(each -> each.compareTo(options.longestDelay()) > 0).isPresent()) {
      throw Http.failure(what, failure);
    }
    long delay =
        Math.min(
            options.longestDelay().toMillis(),
            options.firstDelay().toMillis() << Math.min(attempt - 1, 20));
    long varied = delay - delay / 4 + ThreadLocalRandom.current().nextLong(delay / 2 + 1);
    try {
      Thread.sleep(asked.map(Duration::toMillis).orElse(varied));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException("interrupted: " + what, e);
    }
  }

  private Reply once(Ask ask) throws IOException {
    URI uri = ask.uri();
    boolean own = ask.endpoint().owns(uri);
    for (int redirects = 0; ; redirects++) {
      Reply reply = own ? authorised(ask, uri) : exchange(ask, uri, null);
      Optional<URI> target = redirect(ask, reply);
      if (target.isEmpty()) {
        return reply;
      }
      reply.close();
      if (redirects == MOST_REDIRECTS) {
        throw new RegistryException(
            "%s: more than %d redirects; no more are followed"
                .formatted(ask.shown(), MOST_REDIRECTS),
            reply.status());
      }
      uri = target.get();
      own = own && ask.endpoint().owns(uri);
    }
  }

  private static Optional<URI> redirect(Ask ask, Reply reply) {
    boolean reads = ask.method().equals("GET") || ask.method().equals("HEAD");
    boolean followed = REDIRECTS.contains(reply.status()) && (reads || reply.status() >= 307);
    if (!followed) {
      return Optional.empty();
    }
    return reply.header("Location").map(text -> leadsTo(ask.endpoint(), reply.uri(), text));
  }

  /** Where an answer leads to, if it may. */
  static URI leadsTo(Endpoint endpoint, URI from, String location) {
    URI target = Addresses.parse(from, location);
    Addresses.check(endpoint, target, endpoint.isPlain());
    return target;
  }

  private Reply authorised(Ask ask, URI uri) throws IOException {
    String shown = access.header(ask.endpoint(), ask.scope()).orElse(null);
    Reply reply = exchange(ask, uri, shown);
    if (reply.status() != 401) {
      return reply;
    }
    List<Challenge> challenges = Challenge.parse(reply.headers().allValues("WWW-Authenticate"));
    Optional<String> answer = access.answer(ask.endpoint(), ask.scope(), shown, challenges);
    if (answer.isEmpty()) {
      return reply;
    }
    reply.close();
    return exchange(ask, uri, answer.get());
  }

  private Reply exchange(Ask ask, URI uri, @Nullable String authorization) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>(ask.headers());
    if (authorization != null) {
      headers.put("Authorization", authorization);
    }
    return http.exchange(ask.method(), uri, headers, ask.body());
  }

  @Override
  public void close() {
    http.close();
  }
}
