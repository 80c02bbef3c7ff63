package io.jcontainer.images.registry;

import io.jcontainer.ContainerInterruptedException;
import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What registries are shown so that they answer: nothing at first; then, if they ask for it, a
 * user's name and password, or a token, which somebody else may have to be asked for. Source: the
 * distribution project's token authentication specification.
 */
final class Access {
  private static final int MOST = 64 << 10;

  /** For a token's answer to begin, and again for it to end: others may wait for it. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** In the place of a scope: a name and a password are good for all. */
  private static final String BASIC = "basic";

  /** Tokens without a time are good for a minute. */
  private static final long USUAL_SECONDS = 60;

  private final Http http;
  private final RegistryOptions options;
  private final Map<String, Shown> known = new HashMap<>();
  private final Map<String, Optional<Credentials>> credentials = new HashMap<>();

  /**
   * Held while somebody is asked: that of an endpoint and scope, and within it that of a host's
   * credentials. Our monitor is held for moments only: no registry keeps others waiting.
   */
  private final Map<String, ReentrantLock> asking = new ConcurrentHashMap<>();

  Access(Http http, RegistryOptions options) {
    this.http = http;
    this.options = options;
  }

  /** What was good, and until when. */
  private record Shown(String header, long endNanos) {
    boolean isOver() {
      return endNanos - System.nanoTime() < 0;
    }
  }

  /**
   * Uses these instead of what is known, from now on; or, if there are none, what is configured.
   */
  synchronized void use(String host, @Nullable Credentials who) {
    if (who == null) {
      credentials.remove(host);
    } else {
      credentials.put(host, Optional.of(who));
    }
    known.keySet().removeIf(key -> key.startsWith(host + " "));
  }

  /** What to show without being asked. */
  synchronized Optional<String> header(Endpoint endpoint, String scope) {
    return Stream.of(key(endpoint, scope), key(endpoint, BASIC))
        .flatMap(key -> Optional.ofNullable(known.get(key)).stream())
        .filter(shown -> !shown.isOver())
        .map(Shown::header)
        .findFirst();
  }

  private static String key(Endpoint endpoint, String scope) {
    return endpoint.host() + " " + endpoint.base() + " " + scope;
  }

  private ReentrantLock lock(String key, Endpoint endpoint) {
    ReentrantLock lock = asking.computeIfAbsent(key, each -> new ReentrantLock());
    try {
      lock.lockInterruptibly();
      return lock;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ContainerInterruptedException(
          "interrupted while others asked for access to " + endpoint.host(), e);
    }
  }

  /** Remembers what was had for credentials, unless others are used by now. */
  private synchronized void remember(
      Endpoint endpoint, String scope, Optional<Credentials> who, Shown shown) {
    known.values().removeIf(Shown::isOver);
    if (who.equals(credentials.get(endpoint.host()))) {
      known.put(key(endpoint, scope), shown);
    }
  }

  private synchronized void forget(Endpoint endpoint, String scope) {
    known.remove(key(endpoint, scope));
  }

  /**
   * Answers challenges. One thread at a time for a scope, so that all of a pull get one token.
   *
   * @param refused what was shown, if something was
   * @return what to show now; empty if there is nothing
   */
  Optional<String> answer(
      Endpoint endpoint, String scope, @Nullable String refused, List<Challenge> challenges)
      throws IOException {
    ReentrantLock lock = lock(key(endpoint, scope), endpoint);
    try {
      return answerAlone(endpoint, scope, refused, challenges);
    } finally {
      lock.unlock();
    }
  }

  private Optional<String> answerAlone(
      Endpoint endpoint, String scope, @Nullable String refused, List<Challenge> challenges)
      throws IOException {
    Optional<String> other = header(endpoint, scope).filter(header -> !header.equals(refused));
    if (other.isPresent()) {
      return other; // somebody else has been asked meanwhile
    }
    forget(endpoint, scope);
    for (Challenge challenge : challenges) {
      if (challenge.scheme().equals("bearer")) {
        return Optional.of(token(endpoint, scope, challenge));
      }
    }
    Optional<Credentials> who = credentials(endpoint);
    if (who.filter(each -> !each.isToken()).isEmpty()
        || challenges.stream().noneMatch(each -> each.scheme().equals("basic"))) {
      return Optional.empty();
    }
    String header = "Basic " + who.get().basic();
    if (header.equals(refused)) {
      return Optional.empty();
    }
    remember(endpoint, BASIC, who, new Shown(header, System.nanoTime() + Long.MAX_VALUE / 2));
    return Optional.of(header);
  }

  private Optional<Credentials> credentials(Endpoint endpoint) {
    String host = endpoint.host();
    ReentrantLock lock = lock(host, endpoint);
    try {
      return used(host).orElseGet(() -> useAlso(host, configured(host)));
    } finally {
      lock.unlock();
    }
  }

  /** Empty if it is not known yet whether there are any. */
  private synchronized Optional<Optional<Credentials>> used(String host) {
    return Optional.ofNullable(credentials.get(host));
  }

  private synchronized Optional<Credentials> useAlso(String host, Optional<Credentials> found) {
    return credentials.computeIfAbsent(host, each -> found);
  }

  /** May run a program, which may ask its user. */
  private Optional<Credentials> configured(String host) {
    return options
        .credentials(host)
        .or(() -> options.dockerConfig().flatMap(file -> DockerConfig.of(file).credentials(host)));
  }

  private String token(Endpoint endpoint, String scope, Challenge challenge) throws IOException {
    String realm =
        challenge
            .parameter("realm")
            .orElseThrow(
                () ->
                    new RegistryException(
                        endpoint.host() + " wants a token, but does not say from where", null));
    URI uri = Addresses.parse(endpoint.base(), realm);
    Addresses.check(endpoint, uri, isPlain(uri));
    String wanted = scope.isEmpty() ? challenge.parameter("scope").orElse("") : scope;
    Optional<Credentials> who = credentials(endpoint);
    try (Reply reply = ask(who, uri, challenge.parameter("service"), wanted)) {
      if (reply.status() != 200) {
        throw refused(endpoint, who, reply);
      }
      return keep(endpoint, scope, who, reply);
    }
  }

  /** Only this machine, and whom the user has named, gets it unencrypted. */
  private boolean isPlain(URI uri) {
    String host = uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    return options.plainHttp(host.toLowerCase(Locale.ROOT));
  }

  private RegistryException refused(Endpoint endpoint, Optional<Credentials> who, Reply reply) {
    RegistryException failure = reply.failure();
    if (reply.status() != 401 && reply.status() != 403) {
      return failure;
    }
    String as = who.map(each -> " as " + each).orElse(" without credentials");
    return new RegistryAccessException(
        "%s gives no token%s: %s".formatted(endpoint.host(), as, failure.getMessage()),
        reply.status());
  }

  private Reply ask(Optional<Credentials> who, URI realm, Optional<String> service, String scope)
      throws IOException {
    Map<String, String> form = new LinkedHashMap<>();
    service.ifPresent(text -> form.put("service", text));
    Duration stall = options.stallTimeout();
    Duration patience = stall.compareTo(PATIENCE) < 0 ? stall : PATIENCE;
    if (who.isPresent() && who.get().isToken()) {
      if (!scope.isEmpty()) {
        form.put("scope", scope);
      }
      form.put("grant_type", "refresh_token");
      form.put("client_id", "jcontainer");
      form.put("refresh_token", who.get().secret());
      return http.exchange(
          "POST",
          realm,
          Map.of("Content-Type", "application/x-www-form-urlencoded"),
          SentBody.of(encoded(form, List.of()).getBytes(StandardCharsets.UTF_8)),
          patience);
    }
    List<String> scopes = scope.isEmpty() ? List.of() : List.of(scope.split(" "));
    String query = encoded(form, scopes);
    String separator = realm.getRawQuery() == null ? "?" : "&";
    return http.exchange(
        "GET",
        query.isEmpty() ? realm : URI.create(realm + separator + query),
        who.map(each -> Map.of("Authorization", "Basic " + each.basic())).orElse(Map.of()),
        null,
        patience);
  }

  private static String encoded(Map<String, String> form, List<String> scopes) {
    return Stream.concat(
            form.entrySet().stream().map(each -> pair(each.getKey(), each.getValue())),
            scopes.stream().map(each -> pair("scope", each)))
        .collect(Collectors.joining("&"));
  }

  private static String pair(String name, String value) {
    return name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private String keep(Endpoint endpoint, String scope, Optional<Credentials> who, Reply reply)
      throws IOException {
    String token;
    long seconds;
    try {
      JsonObject json = Json.object("token", reply.read(MOST), MOST);
      token =
          json.optionalString("token")
              .filter(text -> !text.isEmpty())
              .orElseGet(() -> json.string("access_token"));
      seconds = json.has("expires_in") ? json.integer("expires_in") : USUAL_SECONDS;
    } catch (InvalidImageException e) {
      throw new RegistryException(
          "%s: answers with %s, which has no token: %s"
              .formatted(reply.request(), Text.shown(reply.contentType()), e.getMessage()),
          e);
    }
    if (!token.matches("[\\x21-\\x7e]{1,65536}")) {
      throw new RegistryException(reply.request() + ": the token is of no form of one", null);
    }
    // A little earlier, so that it does not end on its way.
    long usable = Math.max(0, Math.min(seconds, 3600) - 5);
    String header = "Bearer " + token;
    remember(
        endpoint,
        scope,
        who,
        new Shown(header, System.nanoTime() + Duration.ofSeconds(usable).toNanos()));
    return header;
  }
}
