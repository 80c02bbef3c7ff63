package io.jcontainer.cli;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Text of JSON, RFC 8259, in one line. Everything that is not plain ASCII is escaped, so the
 * encoding of the output does not matter.
 */
final class Json {
  private Json() {}

  /**
   * A value: maps become objects, collections arrays, numbers and truth values themselves, all else
   * strings; what is absent becomes null.
   */
  static String of(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Optional<?> optional) {
      return of(optional.orElse(null));
    }
    if (value instanceof OptionalLong optional) {
      return optional.isPresent() ? Long.toString(optional.getAsLong()) : "null";
    }
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> quoted(String.valueOf(entry.getKey())) + ": " + of(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof Collection<?> all) {
      return all.stream().map(Json::of).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof Number || value instanceof Boolean
        ? value.toString()
        : quoted(value.toString());
  }

  /** The same over several lines, as Docker's inspect prints it. */
  static String indented(@Nullable Object value) {
    return indented(value, "\n");
  }

  private static String indented(@Nullable Object value, String newLine) {
    String inner = newLine + "    ";
    if (value instanceof Optional<?> optional) {
      return indented(optional.orElse(null), newLine);
    }
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      return map.entrySet().stream()
          .map(
              entry ->
                  inner
                      + quoted(String.valueOf(entry.getKey()))
                      + ": "
                      + indented(entry.getValue(), inner))
          .collect(Collectors.joining(",", "{", newLine + "}"));
    }
    if (value instanceof Collection<?> all && !all.isEmpty()) {
      return all.stream()
          .map(each -> inner + indented(each, inner))
          .collect(Collectors.joining(",", "[", newLine + "]"));
    }
    return of(value);
  }

  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
