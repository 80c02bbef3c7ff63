package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What the images of a store are called: a file for each name, which is called as the name's hash,
 * since a name can be longer than one of a file. Only who has the store's lock writes here; to read
 * takes none.
 */
final class Names {
  private static final int MAX_BYTES = 64 << 10;
  private static final String SUFFIX = ".json";
  private static final String TEMPORARY = "new";

  private final Path directory;

  Names(Path directory) throws IOException {
    this.directory = directory;
    StoreFiles.makeDirectory(directory);
  }

  /** What an image without a name is kept by. */
  private static String key(StoredImage image) {
    return image.name().map(Names::key).orElseGet(() -> image.target().digest().toString());
  }

  /** A tag says nothing where there is a digest. */
  private static String key(ImageReference name) {
    return name.digest().map(name::withDigest).orElse(name).toString();
  }

  private Path file(String key) {
    return directory.resolve(Digest.of(key.getBytes(StandardCharsets.UTF_8)).hex() + SUFFIX);
  }

  Optional<StoredImage> find(ImageReference name) throws IOException {
    return read(file(key(name)));
  }

  void put(StoredImage image) throws IOException {
    StoreFiles.write(directory.resolve(TEMPORARY), file(key(image)), bytes(image));
  }

  boolean remove(StoredImage image) throws IOException {
    boolean removed = Files.deleteIfExists(file(key(image)));
    StoreFiles.sync(directory);
    return removed;
  }

  /** Removes what a JVM has left that was killed while it wrote. */
  void removeTemporary() throws IOException {
    Files.deleteIfExists(directory.resolve(TEMPORARY));
  }

  /** All images, by name; those without one come first. */
  List<StoredImage> all() throws IOException {
    List<StoredImage> images = new ArrayList<>();
    for (Path file : files()) {
      read(file).ifPresent(images::add);
    }
    images.sort(Comparator.comparing(image -> image.name().map(Object::toString).orElse("")));
    return images;
  }

  /** The files of all names. */
  List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path file : StoreFiles.list(directory)) {
      if (file.getFileName().toString().endsWith(SUFFIX)) {
        files.add(file);
      }
    }
    return files;
  }

  /** All files that are none of a name. */
  List<Path> strangers() throws IOException {
    List<Path> strangers = new ArrayList<>();
    for (Path file : StoreFiles.list(directory)) {
      String name = file.getFileName().toString();
      if (!name.endsWith(SUFFIX) && !name.equals(TEMPORARY)) {
        strangers.add(file);
      }
    }
    return strangers;
  }

  /** What a file says, or empty if the name was taken away since. */
  Optional<StoredImage> read(Path file) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      JsonObject json = Json.object("name", bytes, MAX_BYTES);
      StoredImage image =
          new StoredImage(
              json.optionalString("name").map(ImageReference::parse),
              DocumentJson.descriptor(json.object("descriptor")));
      if (!file.equals(file(key(image)))) {
        throw new InvalidImageException("name: is not the one of this file: " + key(image));
      }
      return Optional.of(image);
    } catch (InvalidImageException | InvalidSpecException e) {
      throw new InvalidImageException(file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] bytes(StoredImage image) {
    return Json.bytes(
        out -> {
          out.writeStartObject();
          DocumentJson.write(out, "name", image.name().map(Names::key));
          out.writeFieldName("descriptor");
          DocumentJson.write(out, image.target());
          out.writeEndObject();
        });
  }
}
