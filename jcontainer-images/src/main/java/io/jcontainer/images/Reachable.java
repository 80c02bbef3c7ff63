package io.jcontainer.images;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What images are made of. An index need not have all its images here: who has pulled one for this
 * platform has not those for others, or only a part of them. But one of them is whole.
 */
final class Reachable {
  private final Blobs blobs;

  /** By digest, with the kind that they were reached as: a blob may be referred to as two kinds. */
  private final Map<Digest, Set<MediaType>> reached = new HashMap<>();

  /** Of what was reached, the documents of which a part is not here. */
  private final Set<Digest> incomplete = new HashSet<>();

  Reachable(Blobs blobs) {
    this.blobs = blobs;
  }

  Set<Digest> digests() {
    return reached.keySet();
  }

  /**
   * Follows what has a name.
   *
   * @throws ImageNotFoundException if a part of it is not here
   * @throws InvalidImageException if a part of it is damaged
   */
  void named(Descriptor target) throws IOException {
    named(target, 0);
  }

  private void named(Descriptor target, int depth) throws IOException {
    ImageDocument.checkDepth(target, depth);
    if (isNew(target)) {
      try {
        parts(target, depth);
      } catch (ImageNotFoundException e) {
        incomplete.add(target.digest());
        throw e;
      }
    } else if (incomplete.contains(target.digest())) {
      throw Blobs.missing(target.digest());
    }
  }

  private void parts(Descriptor target, int depth) throws IOException {
    if (!blobs.has(target)) {
      throw Blobs.missing(target.digest());
    }
    ImageDocument document = blobs.document(target);
    if (document instanceof Manifest manifest) {
      part(manifest.config());
      for (Descriptor layer : manifest.layers()) {
        part(layer);
      }
    } else if (document instanceof Index index) {
      int here = 0;
      for (Descriptor image : index.manifests()) {
        here += isHere(image, depth + 1) ? 1 : 0;
      }
      if (here == 0 && !index.manifests().isEmpty()) {
        throw new ImageNotFoundException(
            "index %s: none of its images is in the store".formatted(target.digest()));
      }
    }
  }

  /** Whether all of one image of an index is here. */
  private boolean isHere(Descriptor image, int depth) throws IOException {
    if (!blobs.has(image) || !image.mediaType().isDocument()) {
      isNew(image);
      return blobs.has(image);
    }
    try {
      named(image, depth);
      return true;
    } catch (ImageNotFoundException e) {
      return false; // others are pulling it just now, or were ended before they had all of it
    }
  }

  private void part(Descriptor descriptor) throws IOException {
    isNew(descriptor);
    if (!blobs.has(descriptor)) {
      throw Blobs.missing(descriptor.digest());
    }
  }

  /** Follows what a lease holds, of which not all may be here yet. */
  void held(Descriptor descriptor) throws IOException {
    held(descriptor, 0);
  }

  private void held(Descriptor descriptor, int depth) throws IOException {
    if (depth > ImageDocument.MAX_DEPTH
        || !isNew(descriptor)
        || !descriptor.mediaType().isDocument()) {
      return;
    }
    ImageDocument document;
    try {
      document = blobs.document(descriptor);
    } catch (ImageNotFoundException | InvalidImageException e) {
      return; // it will come, or never have a name
    }
    if (document instanceof Manifest manifest) {
      isNew(manifest.config());
      manifest.layers().forEach(this::isNew);
    } else if (document instanceof Index index) {
      for (Descriptor image : index.manifests()) {
        held(image, depth + 1);
      }
    }
  }

  private boolean isNew(Descriptor descriptor) {
    return reached
        .computeIfAbsent(descriptor.digest(), digest -> new HashSet<>())
        .add(descriptor.mediaType());
  }
}
