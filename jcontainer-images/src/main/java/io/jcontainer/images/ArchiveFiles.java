package io.jcontainer.images;

import io.jcontainer.ImageLimits;
import io.jcontainer.images.json.Text;
import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of an archive. In a stream they come in any order and are read once, so all are written
 * before it is known which are needed: those that are called as blobs become blobs, the others are
 * numbered files of the lease. Of an open file it is only found out where in it they are. No name
 * from the archive is ever a path here.
 */
final class ArchiveFiles implements AutoCloseable {
  private static final Pattern BLOB = Pattern.compile("blobs/([a-z0-9]+)/([0-9a-f]+)");
  private static final int MOST_LINKS = 8;

  private final Lease lease;
  private final ImageStore store;
  private final ImageLimits limits;
  private final Map<String, Found> found = new HashMap<>();

  ArchiveFiles(Lease lease, ImageStore store, ImageLimits limits) {
    this.lease = lease;
    this.store = store;
    this.limits = limits;
  }

  /** Where in an open file something is. */
  private record Range(FileChannel file, long position, long size) {
    InputStream open() {
      return new FileInput(file, position, size);
    }
  }

  /**
   * What a name leads to: another name, or bytes that are still in the archive, or are a blob or a
   * numbered file.
   */
  private record Found(
      @Nullable String link,
      @Nullable Range range,
      @Nullable Descriptor content,
      Lease.@Nullable Part part) {
    static Found link(String target) {
      return new Found(target, null, null, null);
    }
  }

  /** Where the next entry is. */
  private interface Place {
    Found file(String name, TarEntry entry) throws IOException;
  }

  /** Writes all that is in a stream. */
  void readAll(TarReader tar) throws IOException {
    readAll(tar, (name, entry) -> written(name, entry, tar));
  }

  /** Finds all that is in a file, which has to stay open, and is no longer than it is now. */
  void findAll(FileChannel file) throws IOException {
    if (file.size() > limits.expanded().bytes()) {
      throw new InvalidImageException(
          "has more than %d bytes; no more are taken (ImageLimits.expanded)"
              .formatted(limits.expanded().bytes()));
    }
    FileInput in = FileInput.of(file);
    try (TarReader tar = TarReader.skipping(in)) {
      readAll(
          tar,
          (name, entry) ->
              new Found(null, new Range(file, in.position(), entry.size()), null, null));
    }
  }

  private void readAll(TarReader tar, Place place) throws IOException {
    long count = 0;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      if (++count > limits.entries()) {
        throw new InvalidImageException(
            "has more than %d entries; no more are taken (ImageLimits.entries)"
                .formatted(limits.entries()));
      }
      String name = path("", entry.name());
      switch (entry.type()) {
        case TarEntry.DIRECTORY -> {}
        case TarEntry.FILE -> add(name, place.file(name, entry));
        case TarEntry.SYMBOLIC_LINK -> {
          int slash = name.lastIndexOf('/');
          String parent = slash < 0 ? "" : name.substring(0, slash);
          add(name, Found.link(path(parent, entry.linkName())));
        }
        case TarEntry.HARD_LINK -> add(name, Found.link(path("", entry.linkName())));
        default ->
            throw new InvalidImageException(
                "entry \"%s\": is neither a file, a directory nor a link"
                    .formatted(Text.shown(entry.name())));
      }
    }
  }

  /** Where a name leads, seen from a directory of the archive; never out of it. */
  private static String path(String from, String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (from + "/" + name).split("/", -1)) {
      if (part.equals("..")) {
        if (parts.isEmpty()) {
          throw new InvalidImageException(
              "entry \"%s\": leads out of the archive".formatted(Text.shown(name)));
        }
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    if (name.startsWith("/")) {
      throw new InvalidImageException(
          "entry \"%s\": leads out of the archive".formatted(Text.shown(name)));
    }
    return String.join("/", parts);
  }

  /** A reader that takes the last of two and one that takes the first would see two images. */
  private void add(String name, Found file) {
    if (found.put(name, file) != null) {
      throw new InvalidImageException("entry \"%s\": occurs twice".formatted(Text.shown(name)));
    }
  }

  private Found written(String name, TarEntry entry, TarReader tar) {
    Matcher matcher = BLOB.matcher(name);
    if (matcher.matches()) {
      Digest digest = Digest.parse(matcher.group(1) + ":" + matcher.group(2));
      Descriptor blob = Descriptor.of(Lease.UNKNOWN, digest, entry.size());
      lease.write(blob, tar);
      return new Found(null, null, blob, null);
    }
    return copied(tar);
  }

  private Found copied(InputStream in) {
    Lease.Part part = lease.part();
    Descriptor content = part.copy(in, Long.MAX_VALUE);
    return new Found(null, null, content, part);
  }

  boolean has(String name) {
    return find(name).isPresent();
  }

  private Optional<Found> find(String name) {
    return Optional.ofNullable(found.get(target(name)));
  }

  /** The name at the end of links, of which there may be something or not. */
  private String target(String name) {
    String target = path("", name);
    for (int links = 0; ; links++) {
      Found file = found.get(target);
      if (file == null || file.link() == null) {
        return target;
      }
      if (links == MOST_LINKS) {
        throw new InvalidImageException(
            "entry \"%s\": is a link that leads to a link without end".formatted(Text.shown(name)));
      }
      target = file.link();
    }
  }

  private Found get(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new InvalidImageException(
                    "\"%s\" is not in the archive".formatted(Text.shown(name))));
  }

  /** How large a file is that is still in the archive; empty for others. */
  Optional<Long> sizeInside(String name) {
    return Optional.ofNullable(get(name).range()).map(Range::size);
  }

  /** The digest and the size of a file, which is taken out of the archive for that. */
  private Descriptor content(String name) throws IOException {
    Range range = get(name).range();
    if (range != null) {
      try (InputStream in = range.open()) {
        found.put(target(name), copied(in));
      }
    }
    Descriptor content = get(name).content();
    if (content == null) {
      throw new IllegalStateException("a link was not followed: " + name);
    }
    return content;
  }

  InputStream open(String name) throws IOException {
    Found file = get(name);
    if (file.range() != null) {
      return file.range().open();
    }
    Lease.Part part = file.part();
    return part == null ? store.read(content(name)) : Files.newInputStream(part.file());
  }

  /** All of a small file; one byte too many is refused by whoever parses it. */
  byte[] small(String name, int maxBytes) throws IOException {
    try (InputStream in = open(name)) {
      return in.readNBytes(maxBytes + 1);
    }
  }

  /** A blob of a layout. */
  Optional<InputStream> blob(Digest digest) throws IOException {
    String name = "blobs/" + digest.algorithm().id() + "/" + digest.hex();
    return has(name) ? Optional.of(open(name)) : Optional.empty();
  }

  /** Makes a file a blob of this kind, if it is none already. */
  Descriptor blob(String name, MediaType mediaType) throws IOException {
    Descriptor content = content(name);
    Descriptor blob = Descriptor.of(mediaType, content.digest(), content.size());
    boolean there = lease.hold(blob);
    Lease.Part part = get(name).part();
    if (part != null) {
      if (!there) {
        part.publish(blob.digest());
      }
      part.close();
      found.put(target(name), new Found(null, null, blob, null));
    }
    return blob;
  }

  @Override
  public void close() {
    for (Found file : found.values()) {
      Lease.Part part = file.part();
      if (part != null) {
        part.close();
      }
    }
  }
}
