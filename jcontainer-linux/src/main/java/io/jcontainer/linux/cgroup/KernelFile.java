package io.jcontainer.linux.cgroup;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A small file of a cgroup. */
final class KernelFile {
  private static final Splitter WORDS = Splitter.on(CharMatcher.whitespace()).omitEmptyStrings();

  private static final int PAGE = 4096;

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
    // Not by a channel: that would be closed if the caller is interrupted, and takes twice as long.
    try (FileInputStream in = new FileInputStream(file.toString())) {
      byte[] bytes = new byte[PAGE];
      int length = 0;
      for (int more = in.read(bytes);
          more > 0;
          more = in.read(bytes, length, bytes.length - length)) {
        length += more;
        if (length == bytes.length) {
          bytes = Arrays.copyOf(bytes, 2 * length);
        }
      }
      return Optional.of(new String(bytes, 0, length, UTF_8).stripTrailing());
    } catch (IOException e) {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      throw new UncheckedIOException(e);
    }
  }
}
