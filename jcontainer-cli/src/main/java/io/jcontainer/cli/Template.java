package io.jcontainer.cli;

import io.jcontainer.InvalidSpecException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What Docker's {@code --format} has of Go's templates: text with {@code {{.Name}}}, {@code
 * {{.Outer.Inner}}} and {@code {{json .Name}}}. Backslash and t is a tab.
 */
final class Template {
  private static final Pattern ACTION = Pattern.compile("\\{\\{(.*?)}}");
  private static final Pattern FIELD =
      Pattern.compile("\\s*(json\\s+)?\\.([A-Za-z0-9_]+(?:\\.[A-Za-z0-9_]+)*)?\\s*");

  private final String text;

  /**
   * A template.
   *
   * @throws InvalidSpecException if there is more in it than is understood here
   */
  Template(String text) {
    this.text = text.replace("\\t", "\t").replace("\\n", "\n");
    Matcher action = ACTION.matcher(text);
    while (action.find()) {
      if (!FIELD.matcher(action.group(1)).matches()) {
        throw new InvalidSpecException(
            "format",
            "\"%s\" is not understood, only {{.Name}}, {{.Outer.Inner}} and {{json .Name}}"
                .formatted(action.group()));
      }
    }
  }

  /**
   * The text for these values.
   *
   * @throws InvalidSpecException if there is no such field, with those that there are
   */
  String of(Map<String, ?> values) {
    return ACTION
        .matcher(text)
        .replaceAll(
            action -> {
              Matcher field = FIELD.matcher(action.group(1));
              if (!field.matches()) {
                throw new IllegalStateException(action.group());
              }
              Object value = value(values, field.group(2));
              return Matcher.quoteReplacement(
                  field.group(1) == null ? TableText.printable(go(value)) : Json.of(value));
            });
  }

  private static @Nullable Object value(Map<String, ?> values, @Nullable String path) {
    Object value = values;
    if (path == null) {
      return value;
    }
    for (String name : path.split("\\.", -1)) {
      if (!(value instanceof Map<?, ?> map) || !map.containsKey(name)) {
        throw new InvalidSpecException(
            "format",
            "there is no field %s%s"
                .formatted(
                    path,
                    value instanceof Map<?, ?> map
                        ? ", only "
                            + map.keySet().stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "))
                        : ""));
      }
      value = map.get(name);
      if (value instanceof Optional<?> optional) {
        value = optional.orElse(null);
      }
    }
    return value;
  }

  /** As Go prints values. */
  private static String go(@Nullable Object value) {
    UnaryOperator<String> inBrackets = inner -> "[" + inner + "]";
    if (value == null) {
      return "<nil>";
    }
    if (value instanceof Collection<?> all) {
      return inBrackets.apply(all.stream().map(Template::go).collect(Collectors.joining(" ")));
    }
    if (value instanceof Map<?, ?> map) {
      return "map"
          + inBrackets.apply(
              map.entrySet().stream()
                  .map(entry -> entry.getKey() + ":" + go(entry.getValue()))
                  .collect(Collectors.joining(" ")));
    }
    return value.toString();
  }
}
