package io.jcontainer.images.registry;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request.
 *
 * @param endpoint who is asked, and gets credentials if it wants some
 * @param method of HTTP
 * @param uri what is asked for
 * @param headers but {@code Authorization}
 * @param body what is sent along
 * @param scope what a token has to allow
 * @param patient whether it is asked again also where there is no connection at all
 */
record Ask(
    Endpoint endpoint,
    String method,
    URI uri,
    Map<String, String> headers,
    @Nullable SentBody body,
    String scope,
    boolean patient) {

  static Ask of(Endpoint endpoint, String method, URI uri, String scope) {
    return new Ask(endpoint, method, uri, Map.of(), null, scope, false);
  }

  Ask header(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Ask(endpoint, method, uri, more, body, scope, patient);
  }

  Ask withBody(SentBody sent) {
    return new Ask(endpoint, method, uri, headers, sent, scope, patient);
  }

  Ask patiently() {
    return new Ask(endpoint, method, uri, headers, body, scope, true);
  }

  /** As messages show it. */
  String shown() {
    return method + " " + Addresses.shown(uri);
  }
}
