package io.jcontainer.images.registry;

import io.jcontainer.images.InvalidImageException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An answer, to be closed.
 *
 * @param request what was asked, as messages show it
 * @param uri who has answered in the end
 * @param status the status
 * @param headers the headers
 * @param body the body
 */
record Reply(String request, URI uri, int status, HttpHeaders headers, BodyInput body)
    implements AutoCloseable {
  private static final int MOST_OF_ERROR = 16 << 10;

  Optional<String> header(String name) {
    return headers.firstValue(name);
  }

  /** The type, without parameters; empty if there is none. */
  String contentType() {
    String type = header("Content-Type").orElse("");
    int semicolon = type.indexOf(';');
    return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  /** All of the body, which may not have more bytes than this. */
  byte[] read(int maxBytes) throws IOException {
    byte[] bytes = body.readNBytes(maxBytes + 1);
    if (bytes.length > maxBytes) {
      throw new InvalidImageException(
          "%s: the answer has more than %d bytes; no more are taken".formatted(request, maxBytes));
    }
    return bytes;
  }

  /** How long to wait before the next attempt, if it says so. */
  Optional<Duration> retryAfter() {
    return header("Retry-After").flatMap(Reply::duration);
  }

  private static Optional<Duration> duration(String text) {
    try {
      if (text.matches("[0-9]{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
      }
      Instant time = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text));
      Duration left = Duration.between(Instant.now(), time);
      return Optional.of(left.isNegative() ? Duration.ZERO : left);
    } catch (DateTimeException e) {
      return Optional.empty(); // it is told nothing
    }
  }

  /** What to throw where another status was needed. */
  RegistryException failure() {
    String message = "%s: %d%s".formatted(request, status, reason());
    if (status == 401 || status == 403) {
      return new RegistryAccessException(message + "; log in there, or as somebody else", status);
    }
    return new RegistryException(message + hint(), status);
  }

  private String hint() {
    if (status == 400
        && uri.getScheme().equals("http")
        && !contentType().equals("application/json")) {
      return "; if the registry speaks TLS, say so: RegistryOptions.withTls";
    }
    return retryAfter()
        .map(wait -> "; it asks to be left alone for %d s".formatted(wait.toSeconds()))
        .orElse("");
  }

  /** What the body says, if it is an error as registries write it. */
  private String reason() {
    byte[] bytes;
    try {
      bytes = body.readNBytes(MOST_OF_ERROR);
    } catch (IOException e) {
      return ""; // the status is the failure
    }
    try {
      List<JsonObject> errors =
          Json.object("error", bytes, MOST_OF_ERROR).optionalObjects("errors");
      StringBuilder reason = new StringBuilder();
      for (JsonObject error : errors.subList(0, Math.min(3, errors.size()))) {
        reason
            .append(reason.isEmpty() ? " " : "; ")
            .append(Text.shown(error.optionalString("code").orElse("")))
            .append(
                error.optionalString("message").map(text -> ": " + Text.shown(text)).orElse(""));
      }
      return reason.toString();
    } catch (InvalidImageException e) {
      return contentType().isEmpty() || bytes.length == 0
          ? ""
          : " with %s, which is no registry's error".formatted(Text.shown(contentType()));
    }
  }

  @Override
  public void close() {
    body.finish();
  }
}
