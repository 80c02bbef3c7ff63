package io.jcontainer.images;

import io.jcontainer.images.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** What OCI's image layout has of some images, the same for the same images. */
final class LayoutContent {
  static final byte[] MARKER =
      "{\"imageLayoutVersion\":\"%s\"}"
          .formatted(LayoutReader.VERSION)
          .getBytes(StandardCharsets.UTF_8);

  private final ImageStore store;
  private final List<StoredImage> images;
  private final TreeMap<Digest, Descriptor> blobs = new TreeMap<>();

  /** Indexes can share what is in them, and have exponentially many ways to it. */
  private final Set<Digest> followed = new HashSet<>();

  LayoutContent(ImageStore store, List<StoredImage> images) {
    this.store = store;
    this.images =
        images.stream()
            .distinct()
            .sorted(
                Comparator.comparing(StoredImage::label)
                    .thenComparing(image -> image.target().digest()))
            .toList();
    for (StoredImage image : this.images) {
      add(image.target(), 0);
    }
  }

  /** All blobs, by digest. */
  Map<Digest, Descriptor> blobs() {
    return blobs;
  }

  private void add(Descriptor target, int depth) {
    ImageDocument.checkDepth(target, depth);
    if (!followed.add(target.digest())) {
      return;
    }
    ImageDocument document = store.document(target);
    blobs.put(target.digest(), target);
    if (document instanceof Manifest manifest) {
      blobs.put(manifest.config().digest(), manifest.config());
      manifest.layers().forEach(layer -> blobs.put(layer.digest(), layer));
    } else if (document instanceof Index index) {
      for (Descriptor image : index.manifests()) {
        // those for other platforms may be missing
        if (image.mediaType().isDocument()
            && !followed.contains(image.digest())
            && store.containsImage(image)) {
          add(image, depth + 1);
        }
      }
    }
  }

  byte[] index() {
    return Index.of(images.stream().map(LayoutContent::named).toList()).toBytes();
  }

  private static Descriptor named(StoredImage image) {
    Map<String, String> annotations = new HashMap<>();
    image
        .name()
        .ifPresent(
            name -> {
              annotations.put(LayoutReader.NAME, name.toString());
              name.tag().ifPresent(tag -> annotations.put(LayoutReader.REF_NAME, tag));
            });
    return image.target().withAnnotations(annotations);
  }

  static String path(Digest digest) {
    return "blobs/" + digest.algorithm().id() + "/" + digest.hex();
  }

  /** An image in Docker's form. */
  private record DockerImage(Manifest manifest, List<String> tags) {}

  /** Docker's {@code manifest.json}: of an index, the image for this machine. */
  byte[] dockerManifest() {
    Map<Digest, DockerImage> docker = new LinkedHashMap<>();
    for (StoredImage image : images) {
      manifest(image.target())
          .ifPresent(
              manifest ->
                  docker
                      .computeIfAbsent(
                          manifest.config().digest(),
                          digest -> new DockerImage(manifest, new ArrayList<>()))
                      .tags()
                      .addAll(tag(image)));
    }
    return Json.bytes(
        out -> {
          out.writeStartArray();
          for (DockerImage image : docker.values()) {
            out.writeStartObject();
            out.writeStringField("Config", path(image.manifest().config().digest()));
            DocumentJson.writeStrings(out, "RepoTags", image.tags());
            out.writeArrayFieldStart("Layers");
            for (Descriptor layer : image.manifest().layers()) {
              out.writeString(path(layer.digest()));
            }
            out.writeEndArray();
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  private static List<String> tag(StoredImage image) {
    return image
        .name()
        .flatMap(name -> name.tag().map(name::withTag))
        .map(name -> List.of(name.familiar()))
        .orElse(List.of());
  }

  private Optional<Manifest> manifest(Descriptor target) {
    try {
      Manifest manifest = store.manifest(target);
      return manifest.config().mediaType().isConfig() ? Optional.of(manifest) : Optional.empty();
    } catch (ImageNotFoundException e) {
      return Optional.empty(); // it is for other machines
    }
  }
}
