package io.jcontainer.images.registry;

import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lists that come page by page, each of which says where the next one is (RFC 8288). */
final class Listing {
  private static final int MAX_PAGE = 4 << 20;
  private static final int MAX_ENTRIES = 200_000;
  private static final int MAX_PAGES = 2_000;
  private static final Pattern NEXT =
      Pattern.compile("<([^>]*)>\\s*;(?:[^,]*;)?\\s*rel=\"?next\"?(?:\\s*[;,].*)?");

  private final Client client;
  private final Endpoint endpoint;
  private final String scope;

  Listing(Client client, Endpoint endpoint, String scope) {
    this.client = client;
    this.endpoint = endpoint;
    this.scope = scope;
  }

  /**
   * All of a list.
   *
   * @param path of the first page, below {@code /v2/}
   * @param field what the list is called
   * @param good what an entry has to be
   */
  List<String> all(String path, String field, Predicate<String> good) {
    Set<String> entries = new LinkedHashSet<>();
    Set<URI> seen = new HashSet<>();
    Optional<URI> page = Optional.of(endpoint.uri(path));
    while (page.isPresent()) {
      if (!seen.add(page.get()) || seen.size() > MAX_PAGES || entries.size() > MAX_ENTRIES) {
        throw new RegistryException(
            "%s: the list does not end: %d pages, %d entries"
                .formatted(Addresses.shown(page.get()), seen.size(), entries.size()),
            null);
      }
      page =
          client.read(
              Ask.of(endpoint, "GET", page.get(), scope),
              reply -> page(reply, field, good, entries),
              200);
    }
    return new ArrayList<>(entries);
  }

  /** Adds the entries of a page, and says where the next one is. */
  private Optional<URI> page(Reply reply, String field, Predicate<String> good, Set<String> entries)
      throws IOException {
    List<String> found;
    try {
      found = Json.object(field, reply.read(MAX_PAGE), MAX_PAGE).optionalStrings(field);
    } catch (InvalidImageException e) {
      throw new RegistryException(
          "%s: answers with %s, which is no list: %s"
              .formatted(reply.request(), Text.shown(reply.contentType()), e.getMessage()),
          e);
    }
    for (String entry : found) {
      if (!good.test(entry)) {
        throw new RegistryException(
            "%s: has \"%s\", which cannot be".formatted(reply.request(), Text.shown(entry)),
            reply.status());
      }
      entries.add(entry);
    }
    return reply.headers().allValues("Link").stream()
        .map(NEXT::matcher)
        .filter(Matcher::matches)
        .findFirst()
        .map(link -> next(reply, link.group(1)));
  }

  private URI next(Reply reply, String link) {
    URI next = Addresses.parse(reply.uri(), link);
    if (!endpoint.owns(next)) {
      throw new RegistryException(
          "%s: the list goes on at %s, which is another host"
              .formatted(reply.request(), Addresses.shown(next)),
          reply.status());
    }
    return next;
  }
}
