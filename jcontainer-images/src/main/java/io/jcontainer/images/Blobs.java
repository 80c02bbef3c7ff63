package io.jcontainer.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The blobs of a store, as in the {@code blobs} of OCI's image layout: each in a file that is
 * called as its digest, whole, and never changed.
 */
final class Blobs {
  private final Path directory;

  Blobs(Path directory) throws IOException {
    this.directory = directory;
    StoreFiles.makeDirectory(directory);
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      StoreFiles.makeDirectory(directory.resolve(algorithm.id()));
    }
  }

  /** Makes the names of all blobs that are here outlive a loss of power; their bytes do already. */
  void sync() throws IOException {
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      StoreFiles.sync(directory.resolve(algorithm.id()));
    }
  }

  Path path(Digest digest) {
    return directory.resolve(digest.algorithm().id()).resolve(digest.hex());
  }

  /** The size of a blob, or empty if it is not there. */
  Optional<Long> size(Digest digest) throws IOException {
    try {
      return Optional.of(Files.size(path(digest)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether a blob is there. One of another size than somebody says is an error of either; its
   * digest is not looked at.
   */
  boolean has(Descriptor descriptor) throws IOException {
    Optional<Long> size = size(descriptor.digest());
    if (size.isPresent() && size.get() != descriptor.size()) {
      throw new InvalidImageException(
          "blob %s: has %d bytes here, but is said to have %d"
              .formatted(descriptor.digest(), size.get(), descriptor.size()));
    }
    return size.isPresent();
  }

  /** Opens a blob; what is read is verified at its end. */
  InputStream open(Descriptor descriptor) throws IOException {
    try {
      return new VerifiedInput(Files.newInputStream(path(descriptor.digest())), descriptor);
    } catch (NoSuchFileException e) {
      throw missing(descriptor.digest());
    }
  }

  static ImageNotFoundException missing(Digest digest) {
    return new ImageNotFoundException(
        "blob %s is not in the store: load or pull the image again".formatted(digest));
  }

  /** All of a small blob, verified. */
  byte[] read(Descriptor descriptor, int maxBytes) throws IOException {
    if (descriptor.size() > maxBytes) {
      throw new InvalidImageException(
          "%s %s: has %d bytes; at most %d are read"
              .formatted(descriptor.mediaType(), descriptor.digest(), descriptor.size(), maxBytes));
    }
    try (InputStream in = open(descriptor)) {
      return in.readAllBytes();
    }
  }

  ImageDocument document(Descriptor descriptor) throws IOException {
    return ImageDocument.parse(descriptor.mediaType(), read(descriptor, ImageDocument.MAX_BYTES));
  }

  /** All digests that there is a file of; in no order. */
  List<Digest> all() throws IOException {
    List<Digest> digests = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (Path file : StoreFiles.list(directory.resolve(algorithm.id()))) {
        digest(algorithm, file).ifPresent(digests::add);
      }
    }
    return digests;
  }

  /** All files that no blob can have; in no order. */
  List<Path> strangers() throws IOException {
    List<Path> strangers = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      for (Path file : StoreFiles.list(directory.resolve(algorithm.id()))) {
        if (digest(algorithm, file).isEmpty()) {
          strangers.add(file);
        }
      }
    }
    return strangers;
  }

  private static Optional<Digest> digest(Digest.Algorithm algorithm, Path file) {
    try {
      return Optional.of(new Digest(algorithm, file.getFileName().toString()));
    } catch (InvalidImageException e) {
      return Optional.empty(); // strangers() has it
    }
  }
}
