package io.jcontainer.linux.cgroup;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A small file of a cgroup. */
final class KernelFile {
  private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

  private KernelFile() {}

  /** Its words; none if it is not there. */
  static List<String> words(Path file) {
    return WORDS.splitToList(read(file).orElse(""));
  }

  /**
   * What it says, without the last newline.
   *
   * @return empty if it is not there; also if its cgroup is removed meanwhile, which read(2) says
   *     by ENODEV
   */
  static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).stripTrailing());
    } catch (IOException e) {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      throw new UncheckedIOException(e);
    }
  }
}
