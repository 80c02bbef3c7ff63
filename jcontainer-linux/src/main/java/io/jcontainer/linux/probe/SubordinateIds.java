package io.jcontainer.linux.probe;

import io.jcontainer.ContainerException;
import io.jcontainer.IdMapping.Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The ranges of ids that subuid(5) and subgid(5) grant to a user. */
final class SubordinateIds {
  private static final Pattern LINE = Pattern.compile("([^:]+):([0-9]{1,10}):([0-9]{1,10})");

  /** 2^32-1 is no id: to the kernel it means none. */
  private static final long ALL_IDS = 0xFFFF_FFFFL;

  private SubordinateIds() {}

  /** Those of a user, named there by name or number; none if the file is not there. */
  static List<Range> of(String file, long uid) {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      return List.of();
    }
    String name = uid == 0 ? "root" : System.getProperty("user.name");
    List<Range> ranges = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(path)) {
        Matcher matcher = LINE.matcher(line.strip());
        boolean ours =
            matcher.matches()
                && (matcher.group(1).equals(name) || matcher.group(1).equals(Long.toString(uid)));
        if (ours) {
          add(Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3)), ranges);
        }
      }
    } catch (IOException e) {
      throw new ContainerException(file + " cannot be read: " + e, e);
    }
    return ranges;
  }

  /** Nothing is granted by a range that is empty or goes beyond all ids. */
  private static void add(long first, long count, List<Range> ranges) {
    if (count > 0 && first + count <= ALL_IDS) {
      ranges.add(new Range(0, first, count));
    }
  }
}
