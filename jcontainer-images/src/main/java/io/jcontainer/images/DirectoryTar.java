package io.jcontainer.images;

import io.jcontainer.images.tar.TarEntry;
import io.jcontainer.images.tar.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A directory as a tar that says nothing of when, where and by whom it was written. Names are in
 * the order of their bytes, as the order in which a directory is listed is nobody's promise.
 */
final class DirectoryTar {
  private static final boolean UNIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private final Path root;
  private final Map<Object, String> firstNames = new HashMap<>();

  DirectoryTar(Path root) {
    this.root = root;
  }

  void writeTo(OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      addChildren(tar, root, "");
    }
  }

  private void addChildren(TarWriter tar, Path directory, String prefix) throws IOException {
    List<Path> children = StoreFiles.children(directory);
    children.sort(
        Comparator.comparing(
            child -> text(child, child.getFileName()).getBytes(StandardCharsets.UTF_8),
            Arrays::compareUnsigned));
    for (Path child : children) {
      add(tar, child, prefix + text(child, child.getFileName()));
    }
  }

  /** Names are bytes; what the JVM cannot decode becomes a sign that stands for anything. */
  private static String text(Path file, Path name) {
    String text = name.toString();
    if (text.indexOf('\uFFFD') >= 0) {
      throw new ImageException(
          "%s: has a name that this JVM cannot decode; start it where the locale is one of UTF-8, such as LC_ALL=C.UTF-8"
              .formatted(file));
    }
    return text;
  }

  private void add(TarWriter tar, Path file, String name) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isSymbolicLink()) {
      tar.put(
          new TarEntry(
              name, TarEntry.SYMBOLIC_LINK, 0, 0777, text(file, Files.readSymbolicLink(file))));
    } else if (attributes.isDirectory()) {
      tar.put(TarEntry.directory(name, mode(file)));
      addChildren(tar, file, name + "/");
    } else if (attributes.isRegularFile()) {
      addFile(tar, file, name, attributes);
    } else {
      throw new ImageException(
          "%s: is neither a file, a directory nor a link; leave it out of the layer"
              .formatted(file));
    }
  }

  private void addFile(TarWriter tar, Path file, String name, BasicFileAttributes attributes)
      throws IOException {
    Object key = attributes.fileKey();
    String first = key == null || links(file) < 2 ? null : firstNames.putIfAbsent(key, name);
    if (first != null) {
      tar.put(new TarEntry(name, TarEntry.HARD_LINK, 0, mode(file), first));
      return;
    }
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      tar.put(TarEntry.file(name, attributes.size(), mode(file)), in);
    }
  }

  private static int links(Path file) throws IOException {
    return UNIX
        ? (Integer)
            Objects.requireNonNull(
                Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS))
        : 1;
  }

  private static int mode(Path file) throws IOException {
    if (UNIX) {
      Object mode = Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (Integer) Objects.requireNonNull(mode) & 07777;
    }
    return Files.isDirectory(file) || Files.isExecutable(file) ? 0755 : 0644;
  }
}
