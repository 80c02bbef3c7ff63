package io.jcontainer.images.json;

import io.jcontainer.images.InvalidImageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An object of a JSON document, which knows where in it it is. A field that is null is one that is
 * not there, since that is how Go writes and reads them. Go also takes {@code Layers} for {@code
 * layers}, so fields whose names differ in case only are refused.
 */
public final class JsonObject {
  private final String where;
  private final Map<String, @Nullable Object> fields;

  private JsonObject(String where, Map<String, @Nullable Object> fields) {
    this.where = where;
    this.fields = fields;
  }

  public static JsonObject of(String where, @Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new InvalidImageException(where + ": must be an object, but is " + kind(value));
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    map.forEach((name, field) -> fields.put((String) name, field));
    return new JsonObject(where, fields);
  }

  public static List<JsonObject> listOf(String where, @Nullable Object value) {
    List<JsonObject> objects = new ArrayList<>();
    for (Object each : list(where, value)) {
      objects.add(of(where + "[" + objects.size() + "]", each));
    }
    return objects;
  }

  static List<String> stringsOf(String where, @Nullable Object value) {
    List<String> strings = new ArrayList<>();
    for (Object each : list(where, value)) {
      strings.add(string(where + "[" + strings.size() + "]", each));
    }
    return strings;
  }

  private static List<?> list(String where, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new InvalidImageException(where + ": must be a list, but is " + kind(value));
  }

  private static String string(String where, @Nullable Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new InvalidImageException(where + ": must be a string, but is " + kind(value));
  }

  private static String kind(@Nullable Object value) {
    if (value == null) {
      return "null";
    }
    return value instanceof Map
        ? "an object"
        : value instanceof List
            ? "a list"
            : value instanceof String
                ? "a string"
                : value instanceof Boolean ? "true or false" : "a number";
  }

  public String where() {
    return where;
  }

  private String where(String name) {
    return where.isEmpty() ? name : where + (where.indexOf(':') < 0 ? ": " : ".") + name;
  }

  private Optional<Object> find(String name) {
    for (String each : fields.keySet()) {
      if (each.equalsIgnoreCase(name) && !each.equals(name)) {
        throw new InvalidImageException(
            "%s: is written \"%s\"".formatted(where(name), Text.shown(each)));
      }
    }
    return Optional.ofNullable(fields.get(name));
  }

  private Object get(String name) {
    return find(name)
        .orElseThrow(() -> new InvalidImageException(where(name) + ": is missing, or null"));
  }

  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** Fails if there is a field that a document of this kind has not. */
  public void refuse(String kind, String... names) {
    for (String name : names) {
      if (has(name)) {
        throw new InvalidImageException(
            "%s: a document with this field is no %s".formatted(where(name), kind));
      }
    }
  }

  public String string(String name) {
    return string(where(name), get(name));
  }

  public Optional<String> optionalString(String name) {
    return find(name).map(value -> string(where(name), value));
  }

  public long integer(String name) {
    if (get(name) instanceof Long number) {
      return number;
    }
    throw new InvalidImageException(
        where(name) + ": must be a whole number of 64 bits, but is " + kind(get(name)));
  }

  public boolean flag(String name) {
    Object value = find(name).orElse(false);
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw new InvalidImageException(where(name) + ": must be true or false");
  }

  public JsonObject object(String name) {
    return of(where(name), get(name));
  }

  public Optional<JsonObject> optionalObject(String name) {
    return find(name).map(value -> of(where(name), value));
  }

  public List<JsonObject> objects(String name) {
    return listOf(where(name), get(name));
  }

  /** None if there is no such field. */
  public List<JsonObject> optionalObjects(String name) {
    return has(name) ? objects(name) : List.of();
  }

  public List<String> strings(String name) {
    return stringsOf(where(name), get(name));
  }

  /** None if there is no such field. */
  public List<String> optionalStrings(String name) {
    return has(name) ? strings(name) : List.of();
  }

  /** Strings by name; none if there is no such field. */
  public Map<String, String> stringMap(String name) {
    Map<String, String> strings = new LinkedHashMap<>();
    optionalObject(name)
        .ifPresent(
            object ->
                object.fields.forEach(
                    (key, value) ->
                        strings.put(key, string(object.where(Text.shown(key)), value))));
    return strings;
  }

  /** The names in an object that is a set; none if there is no such field. */
  public Set<String> names(String name) {
    return optionalObject(name).map(object -> Set.copyOf(object.fields.keySet())).orElse(Set.of());
  }

  /** Parses a string with what may refuse it, which then does not know where it was. */
  public <T> T parsed(String name, Function<String, T> parser) {
    String text = string(name);
    try {
      return parser.apply(text);
    } catch (InvalidImageException e) {
      throw new InvalidImageException(where(name) + ": " + e.getMessage(), e);
    }
  }

  /** The same if there is such a field. */
  public <T> Optional<T> optionalParsed(String name, Function<String, T> parser) {
    return has(name) ? Optional.of(parsed(name, parser)) : Optional.empty();
  }
}
