package io.jcontainer.images;

import com.fasterxml.jackson.core.JsonGenerator;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import io.jcontainer.images.json.Text;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;

/** Configurations of images in JSON. */
final class ConfigJson {
  private ConfigJson() {}

  static ImageConfig parse(byte[] bytes) {
    JsonObject json = Json.object("config", bytes, ImageConfig.MAX_BYTES);
    json.refuse("configuration", "layers", "manifests", "fsLayers");
    JsonObject rootfs = json.object("rootfs");
    if (!rootfs.string("type").equals("layers")) {
      throw new InvalidImageException(
          "config: rootfs.type: must be \"layers\", but is \"%s\""
              .formatted(Text.shown(rootfs.string("type"))));
    }
    return new ImageConfig(
        DocumentJson.platform(json),
        time(json),
        json.optionalString("author"),
        json.optionalObject("config")
            .map(ConfigJson::execution)
            .orElse(ImageConfig.Execution.none()),
        // null is what Go makes of a list without elements
        rootfs.optionalStrings("diff_ids").stream().map(ConfigJson::diffId).toList(),
        json.optionalObjects("history").stream().map(ConfigJson::history).toList());
  }

  private static Digest diffId(String text) {
    try {
      return Digest.parse(text);
    } catch (InvalidImageException e) {
      throw new InvalidImageException("config: rootfs.diff_ids: " + e.getMessage(), e);
    }
  }

  private static Optional<Instant> time(JsonObject json) {
    return json.optionalParsed(
        "created",
        text -> {
          try {
            return OffsetDateTime.parse(text).toInstant();
          } catch (DateTimeException e) {
            throw new InvalidImageException(
                "\"%s\" is no time as in RFC 3339".formatted(Text.shown(text)), e);
          }
        });
  }

  private static ImageConfig.Execution execution(JsonObject json) {
    return new ImageConfig.Execution(
        json.optionalString("User").orElse(""),
        json.optionalStrings("Env"),
        json.optionalStrings("Entrypoint"),
        json.optionalStrings("Cmd"),
        json.optionalString("WorkingDir").orElse(""),
        json.names("ExposedPorts"),
        json.names("Volumes"),
        json.stringMap("Labels"),
        json.optionalString("StopSignal").filter(text -> !text.isEmpty()));
  }

  private static ImageConfig.History history(JsonObject json) {
    return new ImageConfig.History(
        time(json),
        json.optionalString("created_by"),
        json.optionalString("author"),
        json.optionalString("comment"),
        json.flag("empty_layer"));
  }

  static byte[] bytes(ImageConfig config) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          DocumentJson.write(out, "created", config.created().map(Instant::toString));
          DocumentJson.write(out, "author", config.author());
          DocumentJson.write(out, config.platform());
          write(out, config.execution());
          out.writeObjectFieldStart("rootfs");
          out.writeStringField("type", "layers");
          out.writeArrayFieldStart("diff_ids");
          for (Digest each : config.diffIds()) {
            out.writeString(each.toString());
          }
          out.writeEndArray();
          out.writeEndObject();
          writeHistory(out, config);
          out.writeEndObject();
        });
  }

  private static void write(JsonGenerator out, ImageConfig.Execution execution) throws IOException {
    out.writeObjectFieldStart("config");
    DocumentJson.write(out, "User", Optional.of(execution.user()).filter(text -> !text.isEmpty()));
    writeNames(out, "ExposedPorts", execution.exposedPorts());
    DocumentJson.writeStrings(out, "Env", execution.env());
    DocumentJson.writeStrings(out, "Entrypoint", execution.entrypoint());
    DocumentJson.writeStrings(out, "Cmd", execution.cmd());
    writeNames(out, "Volumes", execution.volumes());
    DocumentJson.write(
        out, "WorkingDir", Optional.of(execution.workingDir()).filter(text -> !text.isEmpty()));
    DocumentJson.write(out, "Labels", execution.labels());
    DocumentJson.write(out, "StopSignal", execution.stopSignal());
    out.writeEndObject();
  }

  private static void writeNames(JsonGenerator out, String name, Set<String> names)
      throws IOException {
    if (!names.isEmpty()) {
      out.writeObjectFieldStart(name);
      for (String each : names) {
        out.writeObjectFieldStart(each);
        out.writeEndObject();
      }
      out.writeEndObject();
    }
  }

  private static void writeHistory(JsonGenerator out, ImageConfig config) throws IOException {
    if (config.history().isEmpty()) {
      return;
    }
    out.writeArrayFieldStart("history");
    for (ImageConfig.History each : config.history()) {
      out.writeStartObject();
      DocumentJson.write(out, "created", each.created().map(Instant::toString));
      DocumentJson.write(out, "created_by", each.createdBy());
      DocumentJson.write(out, "author", each.author());
      DocumentJson.write(out, "comment", each.comment());
      if (each.emptyLayer()) {
        out.writeBooleanField("empty_layer", true);
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
