package io.jcontainer.images;

import io.jcontainer.InvalidSpecException;
import io.jcontainer.images.json.Json;
import io.jcontainer.images.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the images of a store are called: a file for each name, which is called as the name's hash,
 * since a name can be longer than one of a file. Only who has the store's lock writes here; to read
 * takes none.
 */
final class Names {
  private static final int MAX_BYTES = 64 << 10;
  private static final String SUFFIX = ".json";
  private static final String TEMPORARY = "new";

  /** How many names are remembered. */
  private static final int MOST_KNOWN = 256;

  /**
   * What was written so long before it was read cannot be written again with the same time, for
   * file systems count in ticks of the kernel's: at most 10 ms.
   */
  private static final Duration SETTLED = Duration.ofMillis(100);

  private final Path directory;

  /** What the files of names were found to say, as long as they are the same files. */
  private final Map<ImageReference, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<ImageReference, Known> eldest) {
          return size() > MOST_KNOWN;
        }
      };

  private record Known(
      Path file, @Nullable Object inode, FileTime written, long size, StoredImage image) {
    boolean isOf(BasicFileAttributes now) {
      return Objects.equals(inode, now.fileKey())
          && written.equals(now.lastModifiedTime())
          && size == now.size();
    }
  }

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

  /** A name that was read before costs a look at its file. */
  Optional<StoredImage> find(ImageReference name) throws IOException {
    @Nullable Known before;
    synchronized (known) {
      before = known.get(name);
    }
    Path file = before == null ? file(key(name)) : before.file();
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (before != null && before.isOf(now)) {
      return Optional.of(before.image());
    }
    Optional<StoredImage> image = read(file);
    Instant settled = now.lastModifiedTime().toInstant().plus(SETTLED);
    if (image.isPresent() && settled.isBefore(Instant.now()) && isStill(file, now)) {
      Known read = new Known(file, now.fileKey(), now.lastModifiedTime(), now.size(), image.get());
      synchronized (known) {
        known.put(name, read);
      }
    }
    return image;
  }

  /** Or what was read is of another one. */
  private static boolean isStill(Path file, BasicFileAttributes before) throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return Objects.equals(before.fileKey(), now.fileKey())
          && before.lastModifiedTime().equals(now.lastModifiedTime());
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  void put(StoredImage image) throws IOException {
    StoreFiles.write(directory.resolve(TEMPORARY), file(key(image)), bytes(image));
  }

  /** Removes a name, unless it is another image's by now. */
  boolean remove(StoredImage image) throws IOException {
    Path file = file(key(image));
    if (isAnothers(file, image.target().digest())) {
      return false;
    }
    boolean removed = Files.deleteIfExists(file);
    StoreFiles.sync(directory);
    return removed;
  }

  private boolean isAnothers(Path file, Digest digest) throws IOException {
    try {
      return read(file).filter(now -> !now.target().digest().equals(digest)).isPresent();
    } catch (InvalidImageException e) {
      return false; // nobody's
    }
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
