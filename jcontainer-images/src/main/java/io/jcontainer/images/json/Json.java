package io.jcontainer.images.json;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.jcontainer.images.InvalidImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON from strangers, as maps, lists, strings, {@link Long}s and {@link Boolean}s. What two
 * readers could take for two different documents is refused: fields that occur twice, anything
 * behind the end, and other encodings than UTF-8. So is what would need much memory.
 */
public final class Json {
  private static final int MAX_DEPTH = 64;

  /** Lists and maps need much more memory than the brackets that they are written with. */
  private static final int MAX_VALUES = 200_000;

  /** The parser needs several times as much memory for one while it reads it. */
  private static final int MAX_STRING = 1 << 20;

  /** Stands for a number that is no 64-bit integer; no field that is known here has one. */
  public static final Object OTHER_NUMBER = new Object();

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(64)
                  .maxStringLength(MAX_STRING)
                  .build())
          .build();

  private final JsonParser parser;
  private int values;

  private Json(JsonParser parser) {
    this.parser = parser;
  }

  /** Parses one object. */
  public static JsonObject object(String what, byte[] bytes, int maxBytes) {
    Object value = value(what, bytes, maxBytes);
    return JsonObject.of(what, value);
  }

  /** Parses a list of objects. */
  public static List<JsonObject> objects(String what, byte[] bytes, int maxBytes) {
    return JsonObject.listOf(what, value(what, bytes, maxBytes));
  }

  /** Parses a list of strings. */
  public static List<String> strings(String what, byte[] bytes, int maxBytes) {
    return JsonObject.stringsOf(what, value(what, bytes, maxBytes));
  }

  private static @Nullable Object value(String what, byte[] bytes, int maxBytes) {
    if (bytes.length > maxBytes) {
      throw new InvalidImageException(
          "%s: has %d bytes; at most %d are read".formatted(what, bytes.length, maxBytes));
    }
    // As text, for of bytes the parser would find out itself which encoding they have.
    Reader text =
        new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
    try (JsonParser parser = FACTORY.createParser(text)) {
      Json json = new Json(parser);
      parser.nextToken();
      Object value = json.read();
      if (parser.nextToken() != null) {
        throw new InvalidImageException(what + ": something follows the end of the document");
      }
      return value;
    } catch (CharacterCodingException e) {
      throw new InvalidImageException(what + ": is not UTF-8", e);
    } catch (JacksonException e) {
      throw new InvalidImageException(
          "%s: is no JSON that is read here: %s"
              .formatted(what, Text.shown(String.valueOf(e.getOriginalMessage()))),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is read from outside
    }
  }

  private @Nullable Object read() throws IOException {
    if (++values > MAX_VALUES) {
      throw new InvalidImageException(
          "JSON: has more than %d values; no more are read".formatted(MAX_VALUES));
    }
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new InvalidImageException("JSON: the document is empty");
    }
    return switch (token) {
      case START_OBJECT -> readObject();
      case START_ARRAY -> readList();
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? OTHER_NUMBER
              : (Object) parser.getLongValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      default -> OTHER_NUMBER;
    };
  }

  private Map<String, @Nullable Object> readObject() throws IOException {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      map.put(name, read());
    }
    return map;
  }

  private List<@Nullable Object> readList() throws IOException {
    List<@Nullable Object> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(read());
    }
    return list;
  }

  /** What writes a document. */
  @FunctionalInterface
  public interface Content {
    void writeTo(JsonGenerator out) throws IOException;
  }

  /** Writes a document without spaces. */
  public static byte[] bytes(Content content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
      content.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written to outside
    }
    return bytes.toByteArray();
  }
}
