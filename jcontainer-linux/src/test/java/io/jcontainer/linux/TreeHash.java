package io.jcontainer.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is in a directory tree: for each path its kind, mode, owner, and content. */
final class TreeHash {
  private TreeHash() {}

  static Map<String, String> of(Path root) {
    Map<String, String> entries = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      paths.forEach(path -> entries.put(root.relativize(path).toString(), describe(path)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entries;
  }

  private static String describe(Path path) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path, "unix:mode,uid,gid", LinkOption.NOFOLLOW_LINKS);
      String what = new TreeMap<>(attributes).toString();
      if (Files.isSymbolicLink(path)) {
        return what + Files.readSymbolicLink(path);
      }
      if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        return what + java.util.Arrays.hashCode(Files.readAllBytes(path));
      }
      return what;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
