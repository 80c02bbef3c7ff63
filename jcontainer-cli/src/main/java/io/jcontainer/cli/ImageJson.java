package io.jcontainer.cli;

import io.jcontainer.images.Descriptor;
import io.jcontainer.images.ImageConfig;
import io.jcontainer.images.ImageReference;
import io.jcontainer.images.StoredImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What {@code inspect} shows of an image: Docker's fields, and the problem of one that is damaged.
 */
final class ImageJson {
  private ImageJson() {}

  /**
   * The fields.
   *
   * @param image the image
   * @param all of the store, among which its other names are
   */
  static Map<String, Object> of(ImageFacts image, List<StoredImage> all) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("Id", image.id());
    List<String> tags = new ArrayList<>();
    List<String> digests = new ArrayList<>();
    for (StoredImage each : all) {
      if (each.target().digest().equals(image.digest()) && each.name().isPresent()) {
        ImageReference name = each.name().get();
        if (name.digest().isEmpty()) {
          tags.add(name.familiar());
        }
        String digest = ImageFacts.repository(name) + "@" + image.digest();
        if (!digests.contains(digest)) {
          digests.add(digest);
        }
      }
    }
    json.put("RepoTags", tags);
    json.put("RepoDigests", digests);
    image.content().ifPresent(content -> put(json, content.config()));
    json.put("Size", image.size());
    json.put(
        "RootFS",
        map(
            "Type",
            "layers",
            "Layers",
            image.content().map(content -> content.config().diffIds()).orElse(List.of())));
    json.put("Descriptor", descriptor(image.stored().target()));
    json.put(
        "Layers",
        image
            .content()
            .map(
                content -> content.manifest().layers().stream().map(ImageJson::descriptor).toList())
            .orElse(List.of()));
    image.problem().ifPresent(problem -> json.put("Problem", problem));
    return json;
  }

  private static void put(Map<String, Object> json, ImageConfig config) {
    json.put("Comment", comment(config));
    json.put("Created", config.created().map(Instant::toString));
    json.put("Author", config.author().orElse(""));
    json.put("Config", execution(config.execution()));
    json.put("Architecture", config.platform().architecture());
    config.platform().variant().ifPresent(variant -> json.put("Variant", variant));
    json.put("Os", config.platform().os());
  }

  /** That of the topmost layer, as Docker has it. */
  private static String comment(ImageConfig config) {
    List<ImageConfig.History> history = config.history();
    return history.isEmpty() ? "" : history.get(history.size() - 1).comment().orElse("");
  }

  private static Map<String, Object> execution(ImageConfig.Execution execution) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("User", execution.user());
    json.put("ExposedPorts", names(execution.exposedPorts()));
    json.put("Env", execution.env());
    json.put("Cmd", orNull(execution.cmd()));
    json.put("Volumes", names(execution.volumes()));
    json.put("WorkingDir", execution.workingDir());
    json.put("Entrypoint", orNull(execution.entrypoint()));
    json.put("Labels", execution.labels());
    json.put("StopSignal", execution.stopSignal());
    return json;
  }

  private static Optional<List<String>> orNull(List<String> words) {
    return Optional.of(words).filter(each -> !each.isEmpty());
  }

  private static Map<String, Object> names(Set<String> names) {
    Map<String, Object> json = new LinkedHashMap<>();
    names.forEach(name -> json.put(name, Map.of()));
    return json;
  }

  private static Map<String, Object> descriptor(Descriptor descriptor) {
    return map(
        "mediaType",
        descriptor.mediaType(),
        "digest",
        descriptor.digest(),
        "size",
        descriptor.size());
  }

  /** In this order. */
  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return map;
  }
}
