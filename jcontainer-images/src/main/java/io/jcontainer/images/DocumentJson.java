package io.jcontainer.images;

import com.fasterxml.jackson.core.JsonGenerator;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Manifests and indexes in JSON. */
final class DocumentJson {
  private static final int SCHEMA_VERSION = 2;

  private DocumentJson() {}

  static Manifest manifest(MediaType expected, byte[] bytes) {
    JsonObject json = Json.object("manifest", bytes, ImageDocument.MAX_BYTES);
    // fsLayers is the list of layers in schema 1, whose other fields no reader of schema 2 looks
    // at.
    json.refuse("manifest", "manifests", "fsLayers");
    MediaType mediaType = mediaType(json, expected);
    return new Manifest(
        mediaType,
        json.optionalParsed("artifactType", MediaType::new),
        descriptor(json.object("config")),
        json.objects("layers").stream().map(DocumentJson::descriptor).toList(),
        json.optionalObject("subject").map(DocumentJson::descriptor),
        json.stringMap("annotations"));
  }

  static Index index(MediaType expected, byte[] bytes) {
    JsonObject json = Json.object("index", bytes, ImageDocument.MAX_BYTES);
    json.refuse("index", "config", "layers", "fsLayers");
    MediaType mediaType = mediaType(json, expected);
    return new Index(
        mediaType,
        json.optionalParsed("artifactType", MediaType::new),
        json.objects("manifests").stream().map(DocumentJson::descriptor).toList(),
        json.optionalObject("subject").map(DocumentJson::descriptor),
        json.stringMap("annotations"));
  }

  /** Its own type. OCI's documents need not say it, since what refers to them does. */
  private static MediaType mediaType(JsonObject json, MediaType expected) {
    if (json.integer("schemaVersion") != SCHEMA_VERSION) {
      throw new InvalidImageException(
          "%s: schemaVersion: must be 2, but is %d"
              .formatted(json.where(), json.integer("schemaVersion")));
    }
    boolean oci = expected.equals(MediaType.OCI_MANIFEST) || expected.equals(MediaType.OCI_INDEX);
    if (oci && !json.has("mediaType")) {
      return expected;
    }
    MediaType own = json.parsed("mediaType", MediaType::new);
    if (!own.equals(expected)) {
      throw new InvalidImageException(
          "%s: mediaType: is %s, but it was referred to as %s"
              .formatted(json.where(), own, expected));
    }
    return own;
  }

  static Descriptor descriptor(JsonObject json) {
    MediaType mediaType = json.parsed("mediaType", MediaType::new);
    Digest digest = json.parsed("digest", Digest::parse);
    long size = json.integer("size");
    if (size < 0) {
      throw new InvalidImageException(json.where() + ": size: cannot be negative: " + size);
    }
    return new Descriptor(
        mediaType,
        digest,
        size,
        json.optionalStrings("urls"),
        json.stringMap("annotations"),
        json.optionalObject("platform").map(DocumentJson::platform),
        json.optionalParsed("artifactType", MediaType::new));
  }

  static Platform platform(JsonObject json) {
    return new Platform(
        json.string("os"),
        json.string("architecture"),
        json.optionalString("variant").filter(text -> !text.isEmpty()),
        json.optionalString("os.version").filter(text -> !text.isEmpty()),
        json.optionalStrings("os.features"));
  }

  static byte[] bytes(Manifest manifest) {
    return Json.bytes(
        out -> {
          start(out, manifest);
          out.writeFieldName("config");
          write(out, manifest.config());
          write(out, "layers", manifest.layers());
          end(out, manifest);
        });
  }

  static byte[] bytes(Index index) {
    return Json.bytes(
        out -> {
          start(out, index);
          write(out, "manifests", index.manifests());
          end(out, index);
        });
  }

  private static void start(JsonGenerator out, ImageDocument document) throws IOException {
    out.writeStartObject();
    out.writeNumberField("schemaVersion", SCHEMA_VERSION);
    out.writeStringField("mediaType", document.mediaType().value());
    write(out, "artifactType", document.artifactType().map(MediaType::value));
  }

  private static void end(JsonGenerator out, ImageDocument document) throws IOException {
    if (document.subject().isPresent()) {
      out.writeFieldName("subject");
      write(out, document.subject().get());
    }
    write(out, "annotations", document.annotations());
    out.writeEndObject();
  }

  static void write(JsonGenerator out, Descriptor descriptor) throws IOException {
    out.writeStartObject();
    out.writeStringField("mediaType", descriptor.mediaType().value());
    out.writeStringField("digest", descriptor.digest().toString());
    out.writeNumberField("size", descriptor.size());
    writeStrings(out, "urls", descriptor.urls());
    write(out, "annotations", descriptor.annotations());
    if (descriptor.platform().isPresent()) {
      out.writeObjectFieldStart("platform");
      write(out, descriptor.platform().get());
      out.writeEndObject();
    }
    write(out, "artifactType", descriptor.artifactType().map(MediaType::value));
    out.writeEndObject();
  }

  /** The fields of a platform, which a configuration has among others. */
  static void write(JsonGenerator out, Platform platform) throws IOException {
    out.writeStringField("architecture", platform.architecture());
    out.writeStringField("os", platform.os());
    write(out, "os.version", platform.osVersion());
    writeStrings(out, "os.features", platform.osFeatures());
    write(out, "variant", platform.variant());
  }

  private static void write(JsonGenerator out, String name, List<Descriptor> descriptors)
      throws IOException {
    out.writeArrayFieldStart(name);
    for (Descriptor each : descriptors) {
      write(out, each);
    }
    out.writeEndArray();
  }

  static void write(JsonGenerator out, String name, Optional<String> text) throws IOException {
    if (text.isPresent()) {
      out.writeStringField(name, text.get());
    }
  }

  /** Left out if there are none. */
  static void writeStrings(JsonGenerator out, String name, List<String> strings)
      throws IOException {
    if (!strings.isEmpty()) {
      out.writeArrayFieldStart(name);
      for (String each : strings) {
        out.writeString(each);
      }
      out.writeEndArray();
    }
  }

  /** Left out if there are none. */
  static void write(JsonGenerator out, String name, Map<String, String> strings)
      throws IOException {
    if (!strings.isEmpty()) {
      out.writeObjectFieldStart(name);
      for (Map.Entry<String, String> each : strings.entrySet()) {
        out.writeStringField(each.getKey(), each.getValue());
      }
      out.writeEndObject();
    }
  }
}
